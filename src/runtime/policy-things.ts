// How things are named to the commands of the policy.
import { defineError } from '#kit/errors'
import { nearOf } from '#kit/nearest'
import { SQL_CATALOGS } from '#platform/names'
import { RESOURCE_KINDS } from '#runtime/policy'
import type { Thing } from '#runtime/policy-explain'

export const ThingUnknown = defineError('policy.thing', 400, '{text} names nothing that a policy speaks of: {problem}', {
  hint: 'a table is catalog.schema.table, a schema catalog.schema, a catalogue its name; others are KIND:NAME, as bucket:akko-shared',
})

/** `iceberg.banking.customers`, `bucket:akko-shared`, `report:a-slug`. What lies between the first and the last name of a table is its schema. */
export function thingOf(text: string): Thing {
  const colon = text.indexOf(':')
  if (colon < 0) return ofLake(text)
  const [kind, rest] = [text.slice(0, colon), text.slice(colon + 1)]
  const kinds = RESOURCE_KINDS.map((one) => one.kind)
  if (!kinds.includes(kind)) throw ThingUnknown({ text, problem: `there is no kind ${kind}${nearOf(kind, kinds)}` })
  return { kind, path: rest === '' ? [] : rest.split('/') }
}

function ofLake(text: string): Thing {
  const names = text.split('.')
  if (names.includes('')) throw ThingUnknown({ text, problem: 'a name in it is empty' })
  const [catalog, ...rest] = names as [string, ...string[]]
  if (!SQL_CATALOGS.includes(catalog.toLowerCase()))
    throw ThingUnknown({ text, problem: `there is no catalogue ${catalog}${nearOf(catalog, SQL_CATALOGS)}` })
  const last = rest.at(-1)
  if (last === undefined) return { kind: 'catalog', path: [catalog] }
  if (rest.length === 1) return { kind: 'schema', path: [catalog, last] }
  return { kind: 'table', path: [catalog, rest.slice(0, -1).join('.'), last] }
}
