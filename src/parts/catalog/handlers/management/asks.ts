// The questions of the management API to the authoriser.
import { type Action, type Authoriser, authorise, type Caller, decide } from '#kit/access'
import { policyName } from '#parts/catalog/operations'
import type { CatalogDeps } from '#parts/catalog/ports'

export interface ManagementAsks {
  mustCatalog(caller: Caller, action: Action, name: string): Promise<void>
  mayCatalog(caller: Caller, action: Action, name: string): Promise<boolean>
  /** Making a catalogue: nothing has its name yet. */
  mustCreateCatalog(caller: Caller): Promise<void>
  mustPrincipal(caller: Caller, action: Action, name: string): Promise<void>
  /** All principals, and their roles, which reach across them: for those who manage all of them. */
  mustPrincipals(caller: Caller, action: Action): Promise<void>
}

export function createManagementAsks(
  deps: Pick<CatalogDeps, 'warehouse' | 'sqlCatalog'> & { readonly authoriser: Authoriser },
): ManagementAsks {
  const { authoriser } = deps
  const catalog = (name: string) => ({ kind: 'catalog', path: [policyName(deps, name)] }) as const
  const user = (...path: string[]) => ({ kind: 'user', path }) as const
  return {
    mustCatalog: async (caller, action, name) => void (await authorise(authoriser, caller, action, catalog(name))),
    mayCatalog: async (caller, action, name) => (await decide(authoriser, caller, action, catalog(name))).allow,
    mustCreateCatalog: async (caller) => void (await authorise(authoriser, caller, 'create', { kind: 'catalog', path: [] })),
    mustPrincipal: async (caller, action, name) => void (await authorise(authoriser, caller, action, user(name))),
    mustPrincipals: async (caller, action) => void (await authorise(authoriser, caller, action, user())),
  }
}
