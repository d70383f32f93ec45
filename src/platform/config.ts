// The one config schema of a machine: flag > env > file > default, each value with its origin, all problems reported together.
import { z } from 'zod'
import { AUDIT_DAYS, LEAST_AUDIT_DAYS } from '#kit/audit-days'
import { defineError } from '#kit/errors'
import { nearest } from '#kit/nearest'
import { own } from '#kit/own'
import { machineServices } from '#platform/registry'
import { parseYaml, worded } from '#platform/yaml'

export const ConfigInvalid = defineError('config.invalid', 400, '{count} problem(s) in the configuration:\n{problems}', {
  blame: 'operator',
  hint: 'correct {places}, or see `akko config`',
})
export const ConfigUnreadable = defineError('config.unreadable', 400, '{file} is not valid YAML: {reason}', {
  blame: 'operator',
  hint: 'correct that line, or move the file away: everything in it has a default',
})

const secretFile = z.string().regex(/^[a-z0-9.-]{1,100}$/)

/** One receiver of the audit. */
const forwardTarget = z
  .strictObject({
    syslog: z.url({ protocol: /^tls$/ }).optional().describe('RFC 5424 over TLS'),
    http: z
      .url({ protocol: /^https$/ })
      .optional()
      .describe('Lines of JSON, signed with the secret'),
    otlp: z
      .url({ protocol: /^https$/ })
      .optional()
      .describe('OpenTelemetry logs, JSON over HTTP'),
    ca: z
      .string()
      .regex(/^\//)
      .optional()
      .describe('A file of certificates (PEM) of authorities that the receiver is believed by, in the place of the system’s'),
    secret: secretFile
      .optional()
      .describe('Name of the file among the home’s secrets that holds the key of the signature, or the token for OTLP'),
  })
  .refine(({ syslog, http, otlp }) => [syslog, http, otlp].filter((address) => address !== undefined).length === 1, {
    error: 'a target is one of syslog, http and otlp',
  })
  .refine(({ http, secret }) => http === undefined || secret !== undefined, { path: ['secret'], error: 'http needs a secret to sign with' })

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
      anchors: z
        .strictObject({
          bucket: z
            .string()
            .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/)
            .optional()
            .describe('A bucket elsewhere, with object lock, that keeps the anchors of the audit too'),
          endpoint: z
            .url({ protocol: /^https?$/ })
            .optional()
            .describe('Where that bucket is'),
          region: z.string().min(1).default('us-east-1').describe('Region of that bucket'),
          secret: secretFile
            .default('audit.anchors')
            .describe('Name of the file among the home’s secrets that holds `ID:SECRET` of a key for that bucket'),
        })
        .refine(({ bucket, endpoint }) => bucket === undefined || endpoint !== undefined, {
          path: ['endpoint'],
          error: 'a bucket needs its endpoint',
        })
        .prefault({}),
      forward: z
        .array(forwardTarget)
        .max(16)
        .default([])
        .describe(
          'Whom events of the audit are sent on to: `{syslog: tls://host:6514}`, `{http: https://…, secret}` or `{otlp: https://…/v1/logs}`',
        ),
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

/** A value as a reader finds it in a table. */
export function printSetting(value: unknown): string {
  if (value === undefined) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** Every setting's path and text, in the order of the schema. */
export function configLeaves(): Leaf[] {
  const json = z.toJSONSchema(configSchema, { io: 'input' }) as JsonNode
  const walk = (node: JsonNode, path: readonly string[]): Leaf[] => {
    if (node.not) return [] // What is named only to be refused.
    if (!node.properties) return [{ path, description: node.description ?? '' }]
    return Object.entries(node.properties).flatMap(([key, child]) => walk(child, [...path, key]))
  }
  return walk(json, [])
}

interface JsonNode {
  readonly properties?: Readonly<Record<string, JsonNode>>
  readonly description?: string
  readonly not?: object
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

/** A setting that is well formed and cannot be kept. */
export interface SettingProblem {
  readonly path: readonly PropertyKey[]
  readonly problem: string
}

/** Resolves the layers once; `check` finds what the schema cannot. `flags` are by path: `{ 'sql.authentication': { value: 'none', flag: '--set sql.authentication' } }`. */
export function resolveConfig(input: {
  readonly file: { readonly path: string; readonly text: string } | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  readonly flags: Readonly<Record<string, FlagValue>>
  readonly check?: (config: object) => readonly SettingProblem[]
}): ResolvedConfig {
  const file = input.file && readFile(input.file)
  const fromFile = file?.value ?? {}
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
  const found = parsed.success ? (input.check?.(parsed.data) ?? []) : parsed.error.issues.flatMap((issue) => describeIssue(issue, leaves))
  if (!parsed.success || found.length > 0) {
    const problems = found.map(({ path, problem }) => {
      const key = path.join('.')
      const place = placeOf(key, input.flags, origin)
      const line = place === undefined ? file?.placeOf(path)?.line : undefined
      const where = place ?? (line === undefined ? undefined : `line ${line}`)
      return { place: place ?? input.file?.path ?? 'config.yaml', text: `${key || '(root)'}: ${problem}${where ? ` (${where})` : ''}` }
    })
    throw ConfigInvalid({
      count: problems.length,
      problems: problems.map(({ text }) => `  ${text}`).join('\n'),
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

function readFile(file: { readonly path: string; readonly text: string }) {
  return parseYaml(file.text, (reason) => ConfigUnreadable({ file: file.path, reason }))
}

function describeIssue(issue: z.core.$ZodIssue, leaves: readonly Leaf[]): SettingProblem[] {
  if (issue.code !== 'unrecognized_keys') return [{ path: issue.path, problem: worded(issue) }]
  const known = new Set(leaves.flatMap(({ path }) => path.map((_, i) => path.slice(0, i + 1).join('.'))))
  const inList = issue.path.some((name) => typeof name === 'number') // What an item of a list may hold is no setting by itself.
  return issue.keys.map((key) => {
    const path = [...issue.path, key]
    const near = inList ? undefined : nearest(path.join('.'), [...known])
    return { path, problem: near === undefined ? 'unknown key' : `unknown key; the nearest valid one is ${near}` }
  })
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
