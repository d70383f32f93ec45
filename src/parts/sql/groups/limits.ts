// What one query may use: of the limits that its groups, its session and the server set, the lowest of each kind.

import type { AkkoError, DefinedError } from '#kit/errors'
import { own } from '#kit/own'
import { parseDataSize, parseDuration, printDataSize, type Quantity } from '#kit/quantity'
import { CpuLimit, ExecutionTimeLimit, MemoryLimit, ScanLimit, TimeLimit } from '#parts/sql/errors'
import type { GroupDeclaration, QueryLimitsDeclaration } from '#parts/sql/groups/declaration'

type Kind = 'run' | 'execution' | 'cpu' | 'scan' | 'memory'

export type QueryLimits = Readonly<Partial<Record<Kind, Quantity>>>

/** What a query has used so far, where it is known: milliseconds since it came and since it began, of processors; bytes. */
export type Used = Readonly<Partial<Record<Kind, number>>>

interface LimitKind {
  readonly field: keyof QueryLimitsDeclaration
  readonly property: string
  readonly parse: (text: string) => Quantity | string
  readonly exceeded: DefinedError
}

const KINDS: Readonly<Record<Kind, LimitKind>> = {
  run: { field: 'maxRunTime', property: 'query_max_run_time', parse: parseDuration, exceeded: TimeLimit },
  execution: { field: 'maxExecutionTime', property: 'query_max_execution_time', parse: parseDuration, exceeded: ExecutionTimeLimit },
  cpu: { field: 'maxCpuTime', property: 'query_max_cpu_time', parse: parseDuration, exceeded: CpuLimit },
  scan: { field: 'maxScanPhysicalBytes', property: 'query_max_scan_physical_bytes', parse: parseDataSize, exceeded: ScanLimit },
  memory: { field: 'maxMemory', property: 'query_max_memory', parse: parseMemory, exceeded: MemoryLimit },
}

const NAMES = Object.keys(KINDS) as Kind[]

/** Trino prints it in another unit than that of the text. */
function parseMemory(text: string): Quantity | string {
  const size = parseDataSize(text)
  return typeof size === 'string' ? size : { ...size, printed: printDataSize(size.value) }
}

/** Of a session's value that is none, nothing: the query is refused when it begins. */
export function limitsOf(
  groups: readonly GroupDeclaration[],
  session: Readonly<Record<string, string>>,
  server: QueryLimitsDeclaration,
): QueryLimits {
  const limits = NAMES.map((name): [Kind, Quantity | undefined] => {
    const { field, property, parse } = KINDS[name]
    const declared = groups.flatMap(({ queryLimits }) => queryLimits?.[field] ?? [])
    const texts = [...(declared.length > 0 ? declared : [server[field]]), own(session, property)]
    return [name, lowest(texts.flatMap((text) => (text === undefined ? [] : quantities(parse(text)))))]
  })
  return Object.fromEntries(limits.filter(([, limit]) => limit !== undefined))
}

const quantities = (read: Quantity | string): Quantity[] => (typeof read === 'string' ? [] : [read])

const lowest = (limits: readonly Quantity[]): Quantity | undefined =>
  limits.reduce<Quantity | undefined>((low, limit) => (low === undefined || limit.value < low.value ? limit : low), undefined)

/** The first that is passed, as an error of Trino's name. */
export function exceeded(limits: QueryLimits, used: Used): AkkoError | undefined {
  const kind = NAMES.find((name) => (used[name] ?? 0) > (limits[name]?.value ?? Number.POSITIVE_INFINITY))
  return kind && KINDS[kind].exceeded({ limit: limits[kind]?.printed })
}
