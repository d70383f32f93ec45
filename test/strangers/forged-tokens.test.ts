// Every door that takes tokens, to what is no token of its realm: forged by a library of JOSE that is not the one who checks alone, or of another kind.
import { createHmac, createPublicKey, generateKeyPairSync, type JsonWebKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { exportJWK, exportSPKI, SignJWT } from 'jose'
import * as oidc from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TokenDoor, tokenDoors, untilRefused } from '#cli/bench/token-doors'
import { EVERY_PART } from '#platform/audiences'
import { loadMachine } from '#runtime/home'
import { logIn } from '#test/support/login'
import { platform } from '#test/support/platform'
import { makeUser, realmAdmin, realmRole } from '#test/support/realm-admin'

/** Catches what hangs. */
const CEILING_MS = 50_000
const PASSWORD = 'forging-nothing-1'
const SECONDS = 4
const REDIRECT = 'http://127.0.0.1:45124/callback'

const name = `forger-${Date.now()}`
let doors: TokenDoor[]
/** Good ones, of an administrator, for every part. */
let tokens: oidc.TokenEndpointResponse
let header: { kid: string; alg: string; typ?: string }
let claims: Record<string, unknown>
let realmKey: JsonWebKey & { kid: string }
/** Where a verifier would fetch what a header points to. */
const lure = http.createServer((_, res) => res.end('{"keys":[]}'))
const fetched: string[] = []

const part = (token: string, at: number) => token.split('.')[at] as string
const decoded = (text: string) => JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

async function loggedIn(client: string): Promise<oidc.TokenEndpointResponse> {
  const config = await oidc.discovery(new URL((await platform().env()).AKKO_OIDC_ISSUER as string), client)
  const pkceCodeVerifier = oidc.randomPKCECodeVerifier()
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: REDIRECT,
    scope: 'openid',
    code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
  })
  const { location } = await logIn(url, { username: name, password: PASSWORD }, REDIRECT)
  return oidc.authorizationCodeGrant(config, new URL(location), { pkceCodeVerifier })
}

beforeAll(async () => {
  const machine = loadMachine(platform().home)
  setDefaultCACertificates([...getCACertificates('default'), readFileSync(join(machine.paths.ca, 'ca.pem'), 'utf8')])
  doors = tokenDoors(machine)
  const id = await makeUser(name, { credentials: [{ type: 'password', value: PASSWORD, temporary: false }] })
  await realmAdmin('POST', `/users/${id}/role-mappings/realm`, [await realmRole('akko-admin')])
  tokens = await loggedIn('cli')
  header = decoded(part(tokens.access_token, 0))
  claims = decoded(part(tokens.access_token, 1))
  const { origin } = platform().address('identity')
  const { keys } = (await (await fetch(`${origin}/realms/akko/protocol/openid-connect/certs`)).json()) as { keys: (typeof realmKey)[] }
  realmKey = keys.find(({ kid }) => kid === header.kid) as typeof realmKey
  lure.on('request', ({ url }) => fetched.push(url ?? ''))
  await new Promise<void>((done) => lure.listen(0, '127.0.0.1', done))
}, 60_000)
afterAll(() => void lure.close())

const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 })
const signedBy = (key: Parameters<SignJWT['sign']>[0], more: object = {}) =>
  new SignJWT(claims).setProtectedHeader({ ...header, ...more }).sign(key)
const withHeader = (more: object, signature = part(tokens.access_token, 2)) =>
  `${encoded({ ...header, ...more })}.${part(tokens.access_token, 1)}.${signature}`
const unsigned = (alg: string) => withHeader({ alg }, '')
const hmac = (secret: string | Buffer) => {
  const head = encoded({ ...header, alg: 'HS256' })
  const body = part(tokens.access_token, 1)
  return `${head}.${body}.${createHmac('sha256', secret).update(`${head}.${body}`).digest('base64url')}`
}
const lured = () => `http://127.0.0.1:${(lure.address() as AddressInfo).port}`
const claiming = (more: object) => [part(tokens.access_token, 0), encoded({ ...claims, ...more }), part(tokens.access_token, 2)].join('.')

const FORGED: Readonly<Record<string, () => Promise<string> | string>> = {
  'an empty one': () => '',
  'no signature, by alg none': () => unsigned('none'),
  'no signature, by alg nOnE': () => unsigned('nOnE'),
  'no signature': () => withHeader({}, ''),
  'the realm’s public key as a secret, as PEM': async () => hmac(await exportSPKI(createPublicKey({ key: realmKey, format: 'jwk' }))),
  'the realm’s public key as a secret, as DER': () =>
    hmac(createPublicKey({ key: realmKey, format: 'jwk' }).export({ type: 'spki', format: 'der' })),
  'the realm’s modulus as a secret': () => hmac(Buffer.from(realmKey.n as string, 'base64url')),
  'another’s key under the realm’s key id': () => signedBy(foreign.privateKey),
  'another’s key that the header brings': async () =>
    signedBy(foreign.privateKey, { jwk: await exportJWK(foreign.publicKey), kid: undefined }),
  'another’s key that the header points to': () => signedBy(foreign.privateKey, { jku: `${lured()}/jku`, kid: 'elsewhere' }),
  'a certificate that the header points to': () => signedBy(foreign.privateKey, { x5u: `${lured()}/x5u`, kid: 'elsewhere' }),
  'a key id that is a path': () => signedBy(foreign.privateKey, { kid: '../../../../dev/null' }),
  'an elliptic key under the realm’s key id': async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    return signedBy(privateKey, { alg: 'ES256' })
  },
  'another header over the realm’s signature': () => withHeader({ typ: 'JWT', note: 'x' }),
  'another’s name over the realm’s signature': () => claiming({ preferred_username: 'admin', sub: 'admin' }),
  'a later end over the realm’s signature': () => claiming({ exp: 4_102_444_800 }),
  'an extension that must be understood': () => withHeader({ crit: ['unheard'], unheard: true }),
  'a token twice': () => `${tokens.access_token}.${tokens.access_token}`,
  'an ID token of the same login': () => tokens.id_token as string,
  'a refresh token of the same login': () => tokens.refresh_token as string,
  'a signature of thousands of letters': () => withHeader({}, 'A'.repeat(7000)),
}

describe('every door refuses what is no token of its realm', () => {
  it('and opens to one that is', async () => {
    expect(doors.map(({ audience }) => EVERY_PART.includes(audience))).not.toContain(false)
    for (const door of doors) expect([door.name, await door.ask(tokens.access_token)]).toEqual([door.name, 200])
    expect(realmKey.kid).toBe(header.kid)
  })

  it.each(Object.keys(FORGED))('%s', async (kind) => {
    const forged = await (FORGED[kind] as () => Promise<string> | string)()
    for (const door of doors) expect([door.name, await door.ask(forged)]).toEqual([door.name, 401])
    expect(fetched).toEqual([])
  })

  it('nor what stands elsewhere than in its header, or says of itself who asks', async () => {
    const { access_token: token } = tokens
    for (const headers of [
      {},
      { authorization: `Basic ${Buffer.from(`${name}:${PASSWORD}`).toString('base64')}` },
      { authorization: token },
      { authorization: `Bearer  ` },
      { 'x-access-token': token, 'x-forwarded-access-token': token },
      {
        'x-forwarded-user': 'admin',
        'x-forwarded-email': 'admin@akko.localhost',
        'x-auth-request-user': 'admin',
        'x-remote-user': 'admin',
      },
      { 'x-trino-user': 'admin', 'x-akko-user': 'admin', 'x-akko-roles': 'akko-admin' },
      { 'x-akko-gateway-key': 'guessed', 'x-akko-user': 'admin', 'x-forwarded-for': '127.0.0.1' },
      { cookie: `akko_session=${token}; access_token=${token}; kcToken=${token}` },
    ])
      for (const door of doors) expect([door.name, headers, await door.ask('', headers as never)]).toEqual([door.name, headers, 401])
  })

  it('nor one of another realm', async () => {
    const form = { grant_type: 'password', client_id: 'admin-cli', username: 'admin', password: platform().secret('identity.admin') }
    const { origin } = platform().address('identity')
    const granted = await fetch(`${origin}/realms/master/protocol/openid-connect/token`, {
      method: 'POST',
      body: new URLSearchParams(form),
    })
    const { access_token: masters } = (await granted.json()) as { access_token: string }
    // That realm administers the others, on this machine.
    const others = doors.filter((door) => door.name !== 'identity')
    expect(others).not.toEqual([])
    for (const door of others) expect([door.name, await door.ask(masters)]).toEqual([door.name, 401])
  })

  it('nor one whose time is over', async () => {
    const client = `short-${Date.now()}`
    await realmAdmin('POST', '/clients', {
      clientId: client,
      publicClient: true,
      redirectUris: [REDIRECT],
      attributes: { 'access.token.lifespan': String(SECONDS) },
      protocolMappers: EVERY_PART.map((audience) => ({
        name: audience,
        protocol: 'openid-connect',
        protocolMapper: 'oidc-audience-mapper',
        config: { 'included.client.audience': audience, 'access.token.claim': 'true' },
      })),
    })
    const { access_token: token, expires_in: lives } = await loggedIn(client)
    expect(lives).toBe(SECONDS)
    for (const door of doors) expect([door.name, await door.ask(token)]).toEqual([door.name, 200])
    await delay(SECONDS * 1000)
    await untilRefused(new Map(doors.map((door) => [door.name, () => door.ask(token)])), CEILING_MS)
  }, 90_000)
})
