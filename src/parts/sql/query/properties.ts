// Session properties: those that are obeyed, and those that tools set and the client remembers without effect here.
import { parseDataSize, parseDuration, type Quantity } from '#kit/quantity'
import { sqlError } from '#parts/sql/errors'
import type { Position } from '#parts/sql/syntax/ast'
import type { ClientContext } from '#wire/trino/headers'
import { zoneId } from '#wire/trino/zones'

interface SessionProperty {
  readonly name: string
  readonly value: string
  readonly type: 'varchar' | 'integer'
  readonly text: string
  /** Why a value is none, in Trino's words. */
  readonly fault: (value: string) => string | undefined
}

const faultOf = (parsed: Quantity | string): string | undefined => (typeof parsed === 'string' ? parsed : undefined)
const duration = (value: string) => faultOf(parseDuration(value))
const size = (value: string) => faultOf(parseDataSize(value))
const whole = (value: string) => (/^-?\d+$/.test(value) ? undefined : `For input string: "${value}"`)
const powerOfTwo = (name: string) => (value: string) =>
  whole(value) ?? (Number(value) > 0 && Number.isInteger(Math.log2(Number(value))) ? undefined : `${name} must be a power of 2: ${value}`)
const oneOf = (values: readonly string[]) => (value: string) =>
  values.includes(value.toUpperCase()) ? undefined : `Invalid value [${value}]. Valid values: [${values.join(', ')}]`

export const SESSION_PROPERTIES: readonly SessionProperty[] = [
  {
    name: 'query_max_run_time',
    value: '1h',
    type: 'varchar',
    text: 'Longest time that a query may take, with its waiting',
    fault: duration,
  },
  { name: 'query_max_execution_time', value: '1h', type: 'varchar', text: 'Longest time that a query may execute', fault: duration },
  { name: 'query_max_cpu_time', value: '', type: 'varchar', text: 'Most time of processors that a query may use', fault: duration },
  {
    name: 'query_max_scan_physical_bytes',
    value: '',
    type: 'varchar',
    text: 'Most bytes that a query may read of its sources',
    fault: size,
  },
  { name: 'query_max_memory', value: '', type: 'varchar', text: 'Most memory that a query may use at once', fault: size },
  {
    name: 'query_priority',
    value: '1',
    type: 'integer',
    text: 'Of the queries that wait in a resource group of the policy query_priority, the highest goes first',
    fault: whole,
  },
  {
    name: 'join_distribution_type',
    value: 'AUTOMATIC',
    type: 'varchar',
    text: 'Kept for clients; there is one node',
    fault: oneOf(['BROADCAST', 'PARTITIONED', 'AUTOMATIC']),
  },
  { name: 'task_concurrency', value: '2', type: 'integer', text: 'Kept for clients', fault: powerOfTwo('task_concurrency') },
  {
    name: 'time_zone_id',
    value: 'UTC',
    type: 'varchar',
    text: 'Time zone of the session; without it, that of the client',
    fault: (value) => (zoneId(value) === undefined ? `Time zone not supported: ${value}` : undefined),
  },
]

/** One of these, or undefined for one of a catalogue, whose values nobody here knows. Throws when there is none of the name. */
export function sessionProperty(name: string, catalogs: object, pos?: Position): SessionProperty | undefined {
  const property = SESSION_PROPERTIES.find((known) => known.name === name)
  const [catalog = '', ...rest] = name.split('.')
  if (property || (rest.length === 1 && Object.hasOwn(catalogs, catalog))) return property
  if (rest.length === 1) throw sqlError('CATALOG_NOT_FOUND', pos, `Catalog '${catalog}' not found`)
  throw sqlError('INVALID_SESSION_PROPERTY', pos, `Session property '${name}' does not exist`)
}

/** Of those that wait, the highest goes first where the resource group's policy says so. */
export function priorityOf(session: Readonly<Record<string, string>>): number {
  const priority = Number(session.query_priority ?? 1)
  return Number.isFinite(priority) ? priority : 1 // What is no number is refused when the query begins.
}

/** The id of the session's time zone: the one that was set, else the client's. */
export function sessionZone({ session, timeZone }: Pick<ClientContext, 'session' | 'timeZone'>): string {
  const given = session.time_zone_id ?? timeZone ?? 'UTC'
  const zone = zoneId(given)
  if (zone === undefined) throw sqlError('NOT_SUPPORTED', undefined, `Time zone not supported: ${given}`)
  return zone
}
