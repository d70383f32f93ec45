// A declaration makes an account once; what an administrator takes from it afterwards stays taken.

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { KeycloakEndpoint } from '#ensure/clients/keycloak'
import { apply, createEnsureContext, plan } from '#ensure/index'
import { createMemoryStore } from '#ensure/test-laws'
import { type AdminLawServer, startIdentityLawServer } from '#ensure/test-servers'
import { readText } from '#kit/body'
import type { Resource, ResourceOf } from '#platform/resources'

type User = ResourceOf<'user'>

let server: AdminLawServer
beforeAll(async () => {
  server = await startIdentityLawServer()
})
afterAll(() => server?.stop())

interface Account {
  readonly id: string
  readonly enabled: boolean
  readonly lastName: string
}
interface Role {
  readonly id: string
  readonly name: string
}

const HERS = 'a password that she chose'

function setUp(realm: string) {
  const secrets = createMemoryStore()
  const user: User = {
    ...{ kind: 'user', realm, username: 'ada', email: 'ada@example.test', firstName: 'Ada', lastName: 'Lovelace' },
    ...{ secret: `user.${realm}`, roles: ['reader', 'writer'] },
  }
  const ground: Resource[] = [
    { kind: 'realm', name: realm },
    ...['reader', 'writer'].map((name) => ({ kind: 'realmRole' as const, realm, name, description: name })),
  ]
  const call = <T>(method: string, path: string, body?: unknown) => server.call(method, `/admin/realms/${realm}${path}`, body) as Promise<T>
  const account = async () => (await call<Account[]>('GET', '/users?username=ada&exact=true'))[0]
  const rolesOf = async (id: string) =>
    (await call<Role[]>('GET', `/users/${id}/role-mappings/realm`)).filter(({ name }) => ['reader', 'writer'].includes(name))
  const signIn = async (password: string) =>
    (
      await fetch(`${server.endpoints.keycloak?.url}/realms/${realm}/protocol/openid-connect/token`, {
        method: 'POST',
        body: new URLSearchParams({ grant_type: 'password', client_id: 'admin-cli', username: 'ada', password }),
      })
    ).status
  const run = (...resources: Resource[]) => runBy(server.endpoints.keycloak?.url as string, ...resources)
  const runBy = async (url: string, ...resources: Resource[]) => {
    const keycloak = { ...(server.endpoints.keycloak as KeycloakEndpoint), url }
    const context = createEnsureContext({ ...server.endpoints, keycloak, secrets })
    return { reports: await apply(resources, context), writes: context.clients.writes }
  }
  return {
    secrets,
    user,
    ground,
    call,
    account,
    rolesOf,
    signIn,
    run,
    runBy,
    context: () => createEnsureContext({ ...server.endpoints, secrets }),
  }
}

it('a disabled account and roles that were taken away stay so, also when its name is declared anew', async () => {
  const { user, ground, call, account, rolesOf, run, context } = setUp('withdrawn')
  await run(...ground, user)
  const { id } = (await account()) as Account
  expect((await rolesOf(id)).map(({ name }) => name).sort()).toEqual(['reader', 'writer'])

  await call('PUT', `/users/${id}`, { enabled: false })
  await call('DELETE', `/users/${id}/role-mappings/realm`, await rolesOf(id))

  expect(await plan([...ground, user], context())).toEqual([])
  expect((await run(...ground, user)).writes).toBe(0)
  const renamed = await run(...ground, { ...user, lastName: 'King', roles: ['reader'] })
  expect(renamed.reports.map((r) => r.outcome)).toEqual([...ground.map(() => 'unchanged'), 'updated'])

  expect(await account()).toMatchObject({ id, enabled: false, lastName: 'King' })
  expect(await rolesOf(id)).toEqual([])
})

it('a password that was changed stays so', async () => {
  // The realm where a password alone opens something.
  const { secrets, user: declared, call, account, signIn, run } = setUp('master')
  const user: User = { ...declared, roles: [] }
  await run(user)
  const { id } = (await account()) as Account
  const first = (await secrets.get(user.secret))?.reveal() ?? ''
  expect([await signIn(HERS), await signIn(first)]).toEqual([400, 200])
  await call('PUT', `/users/${id}/reset-password`, { type: 'password', value: HERS, temporary: false })
  await run(user)
  await run({ ...user, lastName: 'King' })
  expect([await signIn(HERS), await signIn(first)]).toEqual([200, 400])
  expect((await secrets.get(user.secret))?.reveal()).toBe(first)
})

it('an account that cannot be given its first roles does not stay, and the next run makes it whole', async () => {
  const { user, ground, account, rolesOf, run } = setUp('half')
  const failed = await run(...ground.slice(0, -1), user)
  expect(failed.reports.at(-1)).toMatchObject({ outcome: 'failed', detail: expect.stringContaining('no role writer') })
  expect(await account()).toBeUndefined()
  expect((await run(...ground, user)).reports.at(-1)).toMatchObject({ outcome: 'created' })
  const { id, enabled } = (await account()) as Account
  expect([enabled, (await rolesOf(id)).map(({ name }) => name).sort()]).toEqual([true, ['reader', 'writer']])
})

/** The way to the server, which breaks once its first change of users was made and before its answer arrives. */
async function breakingWay(target: string) {
  const way = createServer(async (req, res) => {
    const body = await readText(req, 1 << 20)
    const { host: _, 'content-length': __, 'transfer-encoding': ___, connection: ____, ...headers } = req.headers
    const change = req.method !== 'GET' && /users|Import/.test(req.url ?? '')
    const answer = await fetch(target + req.url, {
      method: req.method as string,
      headers: headers as Record<string, string>,
      ...(body.length > 0 ? { body } : {}),
    })
    const text = await answer.text()
    if (change) {
      way.close()
      way.closeAllConnections()
    } else res.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' }).end(text)
  })
  way.listen(0, '127.0.0.1')
  await once(way, 'listening')
  return `http://127.0.0.1:${(way.address() as AddressInfo).port}`
}

it('an account whose making was cut off has its first roles all the same', async () => {
  const { user, ground, account, rolesOf, run, runBy } = setUp('cut')
  await run(...ground)
  const cut = await runBy(await breakingWay(server.endpoints.keycloak?.url as string), ...ground, user)
  expect(cut.reports.at(-1)).toMatchObject({ outcome: 'failed' })
  const again = await run(...ground, user)
  expect(again.reports.filter((r) => r.outcome === 'failed')).toEqual([])
  const { id, enabled } = (await account()) as Account
  expect([enabled, (await rolesOf(id)).map(({ name }) => name).sort()]).toEqual([true, ['reader', 'writer']])
})
