// A principal of the catalogue: its roles, and its credentials as an output in the store of secrets.

import { management, names } from '#ensure/clients/polaris'
import { defineKind, type EnsureContext } from '#ensure/kind'
import { Secret } from '#kit/secret'
import type { ResourceOf } from '#platform/resources'

declare module '#platform/resources' {
  interface ResourceKinds {
    principal: {
      readonly name: string
      /** Secret that holds `clientId:clientSecret` as the server gave them. */
      readonly secret: string
      readonly roles: readonly string[]
    }
  }
}

type Principal = ResourceOf<'principal'>

interface Live {
  readonly roles: ReadonlySet<string>
  readonly credentialsWork: boolean
}

interface Credentials {
  readonly credentials: { readonly clientId: string; readonly clientSecret: string }
}

export const principalKind = defineKind<'principal', Live>({
  kind: 'principal',
  id: ({ name }) => name,
  after: ['principalRole'],
  read: async ({ clients, secrets }, { name, secret }) => {
    const polaris = clients.polaris()
    if (!(await names(polaris, 'principals', management('principals'), 'principals')).has(name)) return undefined
    const [roles, credentialsWork] = await Promise.all([
      names(polaris, `principal ${name}`, management('principals', name, 'principal-roles'), 'roles'),
      opens(await secrets.get(secret), (id, value) => polaris.opens(id, value)),
    ])
    return { roles, credentialsWork }
  },
  diff: (live, principal) => [
    ...(live.credentialsWork ? [] : ['the stored credentials do not open it']),
    ...missing(live.roles, principal).map((role) => `without role ${role}`),
  ],
  create: async (context, principal) => {
    const { body } = await context.clients
      .polaris()
      .write<Credentials>('POST', management('principals'), { principal: { name: principal.name }, credentialRotationRequired: false })
    await store(context, principal, body)
    await assign(context, principal, principal.roles)
  },
  // The server tells a secret only when it makes one, so a lost one is reset.
  update: async (context, principal, live) => {
    if (!live.credentialsWork) {
      const { body } = await context.clients.polaris().write<Credentials>('POST', management('principals', principal.name, 'reset'), {})
      await store(context, principal, body)
    }
    await assign(context, principal, missing(live.roles, principal))
  },
})

const missing = (live: ReadonlySet<string>, { roles }: Principal) => roles.filter((role) => !live.has(role))

async function store({ secrets }: EnsureContext, { secret }: Principal, { credentials }: Credentials): Promise<void> {
  await secrets.put(secret, new Secret(`${credentials.clientId}:${credentials.clientSecret}`))
}

async function assign({ clients }: EnsureContext, { name }: Principal, roles: readonly string[]): Promise<void> {
  for (const role of roles)
    await clients.polaris().write('PUT', management('principals', name, 'principal-roles'), { principalRole: { name: role } })
}

async function opens(stored: Secret | undefined, ask: (id: string, secret: Secret) => Promise<boolean>): Promise<boolean> {
  const [id, ...rest] = stored?.reveal().split(':') ?? []
  return id !== undefined && rest.length > 0 && ask(id, new Secret(rest.join(':')))
}
