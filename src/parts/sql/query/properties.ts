// Session properties: those that are obeyed, and those that tools set and the client remembers without effect here.
import { sqlError } from '#parts/sql/errors'
import type { ClientContext } from '#wire/trino/headers'
import { zoneId } from '#wire/trino/zones'

interface SessionProperty {
  readonly name: string
  readonly value: string
  readonly type: 'varchar' | 'integer'
  readonly text: string
  /** What a value must be, and whether it is. */
  readonly accepts: readonly [what: string, test: (value: string) => boolean]
}

const DURATION = /^\s*(\d+(?:\.\d+)?)\s*(ns|us|ms|s|m|h|d)\s*$/
const SECONDS: ReadonlyMap<string, number> = new Map(Object.entries({ ns: 1e-9, us: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600, d: 86400 }))
const duration = ['a duration such as 90s or 5m', (value: string) => DURATION.test(value)] as const
const whole = ['a whole number', (value: string) => /^-?\d+$/.test(value)] as const

export const SESSION_PROPERTIES: readonly SessionProperty[] = [
  {
    name: 'query_max_run_time',
    value: '1h',
    type: 'varchar',
    text: 'Longest time that a query may take, with its waiting',
    accepts: duration,
  },
  { name: 'query_max_execution_time', value: '1h', type: 'varchar', text: 'Longest time that a query may execute', accepts: duration },
  { name: 'query_priority', value: '1', type: 'integer', text: 'Kept for clients; all queries are equal here', accepts: whole },
  {
    name: 'join_distribution_type',
    value: 'AUTOMATIC',
    type: 'varchar',
    text: 'Kept for clients; there is one node',
    accepts: ['AUTOMATIC, BROADCAST or PARTITIONED', (value) => /^(AUTOMATIC|BROADCAST|PARTITIONED)$/i.test(value)],
  },
  { name: 'task_concurrency', value: '2', type: 'integer', text: 'Kept for clients', accepts: whole },
  {
    name: 'time_zone_id',
    value: 'UTC',
    type: 'varchar',
    text: 'Time zone of the session; without it, that of the client',
    accepts: ['the name of a time zone or an offset such as +02:00', (value) => zoneId(value) !== undefined],
  },
]

/** What is wrong with a property, and with its value where one is given: as a literal of some kind, or by the client without one. */
export function propertyFault(name: string, catalogs: object, value?: string, literal?: string): string | undefined {
  const property = SESSION_PROPERTIES.find((known) => known.name === name)
  if (!property) {
    const [catalog = '', ...rest] = name.split('.')
    return rest.length === 1 && Object.hasOwn(catalogs, catalog) ? undefined : `Session property '${name}' does not exist`
  }
  const [what, test] = property.accepts
  const typed = literal === undefined || (property.type === 'varchar') === (literal === 'string')
  return value === undefined || (typed && test(value)) ? undefined : `Session property '${name}' must be ${what}`
}

const secondsOf = (text: string | undefined): number => {
  const [, amount, unit] = DURATION.exec(text ?? '') ?? []
  return unit === undefined ? Number.POSITIVE_INFINITY : Number(amount) * (SECONDS.get(unit) as number)
}

/** The id of the session's time zone: the one that was set, else the client's. */
export function sessionZone({ session, timeZone }: Pick<ClientContext, 'session' | 'timeZone'>): string {
  const given = session.time_zone_id ?? timeZone ?? 'UTC'
  const zone = zoneId(given)
  if (zone === undefined) throw sqlError('NOT_SUPPORTED', undefined, `Time zone not supported: ${given}`)
  return zone
}

/** Seconds that the session allows a query, from its submission and from its start. */
export const sessionLimits = (session: Readonly<Record<string, string>>) => ({
  run: secondsOf(session.query_max_run_time),
  execution: secondsOf(session.query_max_execution_time),
})
