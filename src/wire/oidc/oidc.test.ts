// The pure rules: clients as metadata, claims, representations, paths.
import { createLocalJWKSet, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { accessTokenClaims, callerFromClaims, identityClaims } from '#wire/oidc/claims'
import { grantTypes, isLoopback, postLogoutUris, toClientMetadata } from '#wire/oidc/client-metadata'
import { mergeClient, newClient, unknownField } from '#wire/oidc/keycloak'
import { parseRealmPath } from '#wire/oidc/paths'
import { verifyToken } from '#wire/oidc/verify'

const ISSUER = 'https://localhost:8443/realms/akko'

describe('client metadata', () => {
  it('grants follow the flags', () => {
    const flags = (given: object) => grantTypes(newClient('1', given as Record<string, unknown>))
    expect(flags({ redirectUris: ['https://a/b'] })).toEqual(['authorization_code', 'refresh_token'])
    expect(flags({ standardFlowEnabled: false, serviceAccountsEnabled: true })).toEqual(['client_credentials'])
    expect(flags({ standardFlowEnabled: false, serviceAccountsEnabled: true, publicClient: true })).toEqual([])
    expect(flags({ attributes: { 'standard.token.exchange.enabled': 'true' }, publicClient: true })).toEqual([])
  })

  it('wildcards, disabled clients and clients without a secret never reach the provider', () => {
    const wild = toClientMetadata(newClient('1', { secret: 's', redirectUris: ['https://a/*', 'https://a/b'] }))
    expect(wild?.redirect_uris).toEqual(['https://a/b'])
    expect(toClientMetadata(newClient('1', { secret: 's', enabled: false }))).toBeUndefined()
    expect(toClientMetadata(newClient('1', {}))).toBeUndefined()
  })

  it('only a loopback client is native', () => {
    expect(toClientMetadata(newClient('1', { publicClient: true, redirectUris: ['http://127.0.0.1/callback'] }))?.application_type).toBe(
      'native',
    )
    expect(toClientMetadata(newClient('1', { secret: 's', redirectUris: ['https://127.0.0.1/callback'] }))?.application_type).toBe('web')
    expect(isLoopback('http://127.0.0.1.evil.example/')).toBe(false)
  })

  it('post-logout URIs: + is the redirect URIs', () => {
    const client = newClient('1', { redirectUris: ['https://a/b'], attributes: { 'post.logout.redirect.uris': '+##https://a/' } })
    expect(postLogoutUris(client)).toEqual(['https://a/b', 'https://a/'])
  })
})

describe('representations', () => {
  it('a null field is an absent one; the id cannot be changed', () => {
    const client = newClient('1', { clientId: 'x', name: 'X' })
    expect(mergeClient(client, { id: '2', name: null, enabled: false })).toMatchObject({ id: '1', name: 'X', enabled: false })
  })
  it('names the first field that Keycloak does not know', () => {
    expect(unknownField('UserRepresentation', { username: 'a', nope: 1 })).toBe('nope')
    expect(unknownField('UserRepresentation', { username: 'a', email: 'b' })).toBeUndefined()
  })
  it('splits realm paths', () => {
    expect(parseRealmPath('/realms/akko/protocol/openid-connect/auth')).toEqual({ realm: 'akko', rest: '/protocol/openid-connect/auth' })
    expect(parseRealmPath('/realms/akko')).toEqual({ realm: 'akko', rest: '' })
    expect(parseRealmPath('/realms/a%2fb')).toBeUndefined()
  })
})

describe('claims', () => {
  it('make a caller again', () => {
    const claims = identityClaims({ id: '1', username: 'ada', emailVerified: false, realmRoles: ['akko-admin'], groups: [] })
    expect(claims).not.toHaveProperty('name')
    expect(callerFromClaims(claims, 'r')).toEqual({ sub: 'ada', account: claims.sub, roles: ['akko-admin'], via: 'bearer', requestId: 'r' })
    expect(callerFromClaims({ realm_access: { roles: 'all' } }, 'r')).toBeUndefined()
  })
})

describe('the verifier', async () => {
  const { publicKey, privateKey } = await generateKeyPair('RS256')
  const keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'RS256' }] })
  const token = (claims: Record<string, unknown>, expires = '5m', issuer = ISSUER) =>
    new SignJWT({ preferred_username: 'ada', ...accessTokenClaims({ clientId: 'c', allowedOrigins: [], audiences: ['c'] }), ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: 'k' })
      .setIssuer(issuer)
      .setExpirationTime(expires)
      .sign(privateKey)
  const callerOf = async (token: string) => (await verifyToken(token, { issuer: ISSUER, keys, audience: 'c' })).caller

  it('takes a good token', async () => {
    expect(await callerOf(await token({ realm_access: { roles: ['r'] } }))).toMatchObject({
      sub: 'ada',
      roles: ['r'],
      via: 'bearer',
    })
  })
  it.each([
    ['expired', () => token({}, '-1h'), 'has expired'],
    ['of another issuer', () => token({}, '5m', 'https://evil.example'), 'not valid here'],
    ['an id token', () => token({ typ: 'ID' }), 'not an access token'],
    [
      'for another audience',
      () => token({ aud: ['account', 'd'] }),
      'the token is for d, not for c: log in again, or ask for a token with the audience c',
    ],
    ['for nobody', () => token({ aud: 'account' }), 'the token is for nobody, not for c'],
    ['without an audience', () => token({ aud: undefined }), 'the token is for nobody, not for c'],
    ['issued to the client but not for it', () => token({ azp: 'c', aud: ['account', 'd'] }), 'not for c'],
    ['no token', async () => 'x.y.z', 'not valid here'],
  ])('refuses one that is %s', async (_what, make, reason) => {
    await expect(callerOf(await make())).rejects.toThrow(reason)
  })
})
