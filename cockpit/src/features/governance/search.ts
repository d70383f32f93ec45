// What of the page Governance stands in its address.
import { own } from '~/lib/own'

export const TABS = ['access', 'people', 'roles', 'rules', 'events'] as const
export type Tab = (typeof TABS)[number]

export interface GovernanceSearch {
  readonly tab?: Tab
  /** What is looked for in the list of the tab: a table, a person, a role. */
  readonly find?: string
  /** How many are passed over. */
  readonly from?: number
  readonly catalog?: string
  /** Whose rights the table of access shows: those of roles, or of people. */
  readonly by?: 'people'
  /** Which of them. */
  readonly whom?: string
  /** A cell that is open: `role:clerk` or `user:kim`, and `catalogue/schema/table`. */
  readonly who?: string
  readonly table?: string
  /** A place in the policy's files: `policy.yaml:3`. */
  readonly at?: string
  readonly revision?: number
  /** The one that it is compared with. */
  readonly against?: number
}

export function toGovernanceSearch(search: Record<string, unknown>): GovernanceSearch {
  const text = (key: keyof GovernanceSearch) => {
    const value = own(search, key)
    return typeof value === 'string' || typeof value === 'number' ? { [key]: String(value) } : {}
  }
  const number = (key: keyof GovernanceSearch) => {
    const value = own(search, key)
    return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? { [key]: value } : {}
  }
  return {
    ...(TABS.includes(search.tab as Tab) ? { tab: search.tab as Tab } : {}),
    ...(search.by === 'people' ? { by: 'people' } : {}),
    ...text('find'),
    ...text('catalog'),
    ...text('whom'),
    ...text('who'),
    ...text('table'),
    ...text('at'),
    ...number('from'),
    ...number('revision'),
    ...number('against'),
  }
}

/** The change is laid over what stands in the address; undefined takes away. */
export type Go = (change: { readonly [K in keyof GovernanceSearch]?: GovernanceSearch[K] | undefined }) => void
