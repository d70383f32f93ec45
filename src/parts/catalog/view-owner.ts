// Whose rights a view is read with: the person's who made what it reads, and nobody else's, however its metadata is written.
import type { Caller } from '#kit/access'
import { OwnerRefused } from '#parts/catalog/errors'
import { printTable } from '#parts/catalog/names'
import type { TableIdent } from '#wire/iceberg/rest'
import { RUN_AS_OWNER } from '#wire/iceberg/view-metadata'
import type { ViewMetadata, ViewUpdate } from '#wire/iceberg/view-types'

/** The account of a person, by name. Throws while it cannot be told. */
export type AccountOf = (username: string) => Promise<string>

export interface Owned {
  readonly metadata: ViewMetadata
  /** Of the owner whom the metadata names; null where there is none, or accounts are not known here. */
  readonly account: string | null
}

/** Principals act by a credential of their own: their names are not those of people. */
const isPerson = (caller: Caller): boolean => caller.entitlements === undefined && caller.via !== 'principal' && caller.via !== 'internal'

const ownerOf = (metadata: ViewMetadata): string | undefined =>
  Object.hasOwn(metadata.properties, RUN_AS_OWNER) ? metadata.properties[RUN_AS_OWNER] : undefined

/** Throws OwnerRefused for a request that names an owner who is not its sender. */
export function assertOwnName(caller: Caller, view: TableIdent, ...given: readonly Readonly<Record<string, string>>[]): void {
  for (const properties of given) {
    if (!Object.hasOwn(properties, RUN_AS_OWNER)) continue
    const owner = properties[RUN_AS_OWNER] as string
    if (owner !== caller.sub || !isPerson(caller))
      throw OwnerRefused({ user: caller.sub, owner, view: printTable(view), property: RUN_AS_OWNER })
  }
}

/** Same, of a commit. */
export function assertOwnNames(caller: Caller, view: TableIdent, updates: readonly ViewUpdate[]): void {
  assertOwnName(caller, view, ...updates.flatMap((u) => (u.action === 'set-properties' ? [u.updates] : [])))
}

/** A new view, whose properties were looked at. */
export async function ownedAtFirst(metadata: ViewMetadata, accountOf: AccountOf | undefined): Promise<Owned> {
  const owner = ownerOf(metadata)
  return { metadata, account: owner === undefined ? null : await account(owner, accountOf) }
}

/** The view after a change by `caller`: who changes what it reads is its owner, or, without an account of a person, it has none any more. */
export async function ownedAfter(
  caller: Caller,
  before: Owned,
  after: ViewMetadata,
  accountOf: AccountOf | undefined,
  changes: 'its properties' | 'what it reads',
): Promise<Owned> {
  const owner = ownerOf(after)
  if (owner === undefined) return { metadata: after, account: null }
  if (changes === 'its properties' && owner === ownerOf(before.metadata)) return { metadata: after, account: before.account }
  if (isPerson(caller)) {
    const named = owner === caller.sub ? after : { ...after, properties: { ...after.properties, [RUN_AS_OWNER]: caller.sub } }
    return { metadata: named, account: await account(caller.sub, accountOf) }
  }
  const { [RUN_AS_OWNER]: _gone, ...properties } = after.properties
  return { metadata: { ...after, properties }, account: null }
}

async function account(owner: string, accountOf: AccountOf | undefined): Promise<string | null> {
  return accountOf ? accountOf(owner) : null
}
