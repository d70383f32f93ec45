// Single sign-on as strangers use it: openid-client and Authlib log in through the gateway; kcadm.sh and the Polaris CLI administer.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import * as oidc from 'openid-client'
import { beforeAll, describe, expect, it } from 'vitest'
import { polarisCli } from '#test/support/judges'
import { keycloakHome, SHORT_LIVED } from '#test/support/jvm'
import { logIn } from '#test/support/login'
import { platform, run } from '#test/support/platform'
import { python } from '#test/support/python'

let caFile = ''

beforeAll(async () => {
  const env = await platform().env()
  caFile = env.AKKO_CA_FILE as string
  setDefaultCACertificates([...getCACertificates('default'), readFileSync(caFile, 'utf8')])
})

describe('openid-client', () => {
  it('logs in with code and PKCE, refreshes, and logs out', async () => {
    const { AKKO_OIDC_ISSUER } = await platform().env()
    const config = await oidc.discovery(new URL(AKKO_OIDC_ISSUER as string), 'cli')
    const verifier = oidc.randomPKCECodeVerifier()
    const redirect = 'http://127.0.0.1:45123/callback'
    const url = oidc.buildAuthorizationUrl(config, {
      redirect_uri: redirect,
      scope: 'openid profile email',
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state: 's1',
    })
    const { location } = await logIn(url, { username: 'analyst@demo', password: 'analyst-demo' }, redirect)
    const tokens = await oidc.authorizationCodeGrant(config, new URL(location), { pkceCodeVerifier: verifier, expectedState: 's1' })
    expect(tokens.claims()).toMatchObject({ preferred_username: 'analyst@demo', iss: AKKO_OIDC_ISSUER })
    expect(tokens.refresh_token).toBeTruthy()
    const refreshed = await oidc.refreshTokenGrant(config, tokens.refresh_token as string)
    expect(refreshed.access_token).not.toBe(tokens.access_token)
    const info = await oidc.fetchUserInfo(config, refreshed.access_token, tokens.claims()?.sub as string)
    expect(info).toMatchObject({ preferred_username: 'analyst@demo', realm_access: { roles: expect.arrayContaining(['akko-analyst']) } })
  })

  it('gets tokens by client credentials', async () => {
    const { AKKO_OIDC_ISSUER } = await platform().env()
    const config = await oidc.discovery(new URL(AKKO_OIDC_ISSUER as string), 'mcp', platform().secret('identity.client.mcp'))
    const tokens = await oidc.clientCredentialsGrant(config)
    expect(tokens.access_token.split('.')).toHaveLength(3)
  })

  it('is refused with a redirect URI that is not registered', async () => {
    const { AKKO_OIDC_ISSUER } = await platform().env()
    const answer = await fetch(
      `${AKKO_OIDC_ISSUER}/protocol/openid-connect/auth?client_id=superset&response_type=code&scope=openid&redirect_uri=${encodeURIComponent('https://evil.example/cb')}`,
      { redirect: 'manual' },
    )
    expect(answer.status).toBe(400)
    expect(answer.headers.get('location')).toBeNull()
  })
})

describe('Authlib', () => {
  it('logs in', async () => {
    const who = await python<{ user: string; roles: string[] }>(
      'strangers/authlib_login.py',
      ['superset', platform().secret('identity.client.superset'), `${platform().origin('bi')}/oauth-authorized/keycloak`],
      await platform().env(),
    )
    expect(who.user).toBe('engineer@demo')
    expect(who.roles).toContain('akko-engineer')
  })
})

describe('foreign admin clients', () => {
  const stranger = `stranger-${Date.now()}`

  it('kcadm.sh creates, changes and reads clients, users and roles', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'akko-kcadm-'))
    const config = join(dir, 'kcadm.config')
    const server = platform().address('identity').origin
    const env = { ...process.env, KC_OPTS: SHORT_LIVED.join(' ') }
    const kcadm = async (...args: string[]) => {
      const result = await run(join(keycloakHome(), 'bin/kcadm.sh'), [...args, '--config', config], { env })
      expect(result.code, `kcadm ${args.join(' ')}: ${result.stderr}`).toBe(0)
      return result.stdout
    }
    await kcadm(
      'config',
      'credentials',
      '--server',
      server,
      '--realm',
      'master',
      '--user',
      'admin',
      '--password',
      platform().secret('identity.admin'),
    )
    const clients = JSON.parse(await kcadm('get', 'clients', '-r', 'akko', '--fields', 'clientId')) as { clientId: string }[]
    expect(clients.map((c) => c.clientId)).toEqual(expect.arrayContaining(['cockpit', 'trino', 'superset', 'mcp']))
    await kcadm('create', 'users', '-r', 'akko', '-s', `username=${stranger}`, '-s', 'enabled=true', '-s', `email=${stranger}@example.org`)
    await kcadm('set-password', '-r', 'akko', '--username', stranger, '--new-password', 'long-enough-1')
    await kcadm('add-roles', '-r', 'akko', '--uusername', stranger, '--rolename', 'akko-viewer')
    const roles = JSON.parse(await kcadm('get-roles', '-r', 'akko', '--uusername', stranger)) as { name: string }[]
    expect(roles.map((r) => r.name)).toContain('akko-viewer')
    rmSync(dir, { recursive: true, force: true })
  })

  it('the polaris CLI lists catalogues and makes a principal', async () => {
    const [id, secret] = platform().secret('catalog.root').split(':') as [string, string]
    const catalog = platform().address('catalog')
    const polaris = (...args: string[]) =>
      run(polarisCli(), ['--host', catalog.hostname, '--port', catalog.port, '--client-id', id, '--client-secret', secret, ...args])
    const catalogs = await polaris('catalogs', 'list')
    expect(catalogs.code, catalogs.stderr).toBe(0)
    expect(catalogs.stdout).toContain('akko-warehouse')
    const made = await polaris('principals', 'create', stranger)
    expect(made.code, made.stderr).toBe(0)
    expect(made.stdout).toContain('clientSecret')
    expect((await polaris('principals', 'list')).stdout).toContain(stranger)
  })
})

/** The doors of parts, each asked in its own protocol, by the audience that opens it. */
async function doors(): Promise<Record<string, (token: string, user?: string) => Promise<Response>>> {
  const env = await platform().env()
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
  return {
    trino: (token, user = 'analyst@demo') =>
      fetch(`${env.AKKO_SQL_URL}/v1/statement`, {
        method: 'POST',
        body: 'SELECT 1',
        headers: { ...bearer(token), 'x-trino-user': user },
      }),
    polaris: (token) => fetch(`${env.AKKO_CATALOG_URI}/v1/config?warehouse=akko-warehouse`, { headers: bearer(token) }),
    'realm-management': (token) => fetch(`${platform().address('identity').origin}/admin/realms/akko/roles`, { headers: bearer(token) }),
  }
}

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'

async function client(id: string): Promise<oidc.Configuration> {
  const { AKKO_OIDC_ISSUER } = await platform().env()
  return oidc.discovery(new URL(AKKO_OIDC_ISSUER as string), id, id === 'cli' ? undefined : platform().secret(`identity.client.${id}`))
}

async function tokenFor(user: string, ...audiences: string[]): Promise<string> {
  const form = new URLSearchParams({ requested_subject: user })
  for (const audience of audiences) form.append('audience', audience)
  return (await oidc.genericGrantRequest(await client('trino'), EXCHANGE, form)).access_token
}

/** The cockpit's API behind the gateway, whose name only browsers resolve: status and text. */
async function askCockpit(token: string): Promise<{ status: number; text: string }> {
  const curl = ['-s', '--cacert', caFile, '-H', `Authorization: Bearer ${token}`, '-w', '\n%{http_code}']
  const { stdout } = await run('curl', [...curl, `${platform().origin('')}/api/session`])
  return { status: Number(stdout.slice(-3)), text: stdout.slice(0, -4) }
}

describe('a token opens the part that it is for, and no other', () => {
  it.each(['trino', 'polaris', 'realm-management'])('%s', async (audience) => {
    const token = await tokenFor(audience === 'realm-management' ? 'admin@demo' : 'analyst@demo', audience)
    for (const [name, open] of Object.entries(await doors())) {
      const answer = await open(token)
      const text = await answer.text()
      expect(answer.status, `${audience} at ${name}: ${text}`).toBe(name === audience ? 200 : 401)
      if (name !== audience) expect(text).toContain(`with the audience ${name}`.replace('the audience realm-management', 'that audience'))
    }
  })

  it('the guarded hosts and the cockpit want their own', async () => {
    const refusal = (audience: string) => ({ status: 401, text: expect.stringContaining(`with the audience ${audience}`) })
    expect(await askCockpit(await tokenFor('analyst@demo', 'docs'))).toEqual(refusal('gateway'))
    // Through the gateway's door, and no further.
    expect(await askCockpit(await tokenFor('analyst@demo', 'gateway'))).toEqual(refusal('cockpit'))
    expect((await askCockpit(await tokenFor('analyst@demo', 'gateway', 'cockpit'))).status).toBe(200)
  })

  it('a client’s own token opens SQL only where that is declared', async () => {
    const open = (await doors()).trino as (token: string) => Promise<Response>
    const own = async (id: string) => (await oidc.clientCredentialsGrant(await client(id))).access_token
    expect((await open(await own('polaris'))).status).toBe(401)
    // It is admitted, and may then not act as somebody else.
    expect((await open(await own('mcp'))).status).toBe(403)
  })
})
