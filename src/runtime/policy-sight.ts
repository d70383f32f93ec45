// What somebody sees of a table whose columns are known: the answer of `explain`, asked as the SQL door asks.
import { own } from '#kit/own'
import type { Policy } from '#platform/policy/source'
import { type Asked, explain, type Thing } from '#runtime/policy-explain'
import type { Sight, SightCounts, TableForm } from '#wire/governance'
import { parseType, rowFields } from '#wire/trino/type'

type Who = Pick<Asked, 'user' | 'roles'>

/** A table of which all columns are known. */
export type KnownTable = Thing & Required<Pick<Thing, 'form'>>

/** Linear in the columns, and in the rules of the policy. */
export function sightOf(policy: Policy, who: Who, thing: KnownTable): Sight {
  const said = explain(policy, { ...who, action: 'read', thing })
  const { allow: reads, reason, columnMasks = {}, visibleColumns, rowFilters = [], because } = said
  const visible = visibleColumns && new Set(visibleColumns)
  const names = reads ? thing.form.columns : []
  return {
    reads,
    writes: explain(policy, { ...who, action: 'write', thing }).allow,
    ...(reads || reason === undefined ? {} : { reason }),
    part: visible !== undefined,
    hidden: names.filter((name) => visible?.has(name) === false),
    masks: Object.fromEntries(
      names.flatMap((name) => {
        const mask = own(columnMasks, name)
        return mask === undefined ? [] : [[name, mask]]
      }),
    ),
    rowFilters,
    because,
  }
}

export const countsOf = ({ reads, writes, part, hidden, masks, rowFilters }: Sight): SightCounts => ({
  ...{ reads, writes, part },
  hidden: hidden.length,
  masked: Object.keys(masks).length,
  filters: rowFilters.length,
})

export function knownTable({ path, columns }: TableForm): KnownTable {
  const nested = Object.fromEntries(columns.map(({ name, type }) => [name, fieldsOf(type)]))
  return { kind: 'table', path, form: { columns: columns.map(({ name }) => name), nested } }
}

/** None in a type of a connector's own. */
function fieldsOf(type: string): readonly string[] {
  try {
    return rowFields(parseType(type))
  } catch {
    return []
  }
}
