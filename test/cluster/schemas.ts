// Makes test/chart/schemas.tgz again: one closed JSON schema per kind, from the OpenAPI document of a live API server with the custom
// resources of crds.ts. `./akko run test/cluster/schemas.ts`
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { customResources } from '#test/cluster/crds'
import { type ControlPlane, startControlPlane } from '#test/cluster/kubernetes'

type Schema = Record<string, unknown>
type Schemas = Record<string, Schema>
interface Kind {
  readonly group: string
  readonly version: string
  readonly kind: string
}

const REFERENCE = '#/definitions/'
const OWN_KINDS = 'x-kubernetes-group-version-kind'

/** An object with named properties is closed, unless the server itself keeps unknown fields. */
function convert(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(convert)
  if (value === null || typeof value !== 'object') return value
  const schema = value as Schema
  const out: Schema = {}
  for (const [key, part] of Object.entries(schema)) {
    if (key === '$ref') out.$ref = (part as string).replace('#/components/schemas/', REFERENCE)
    else if (key === 'enum') out.enum = part
    else if (key === 'properties') out.properties = properties(part as Schemas, (schema.required ?? []) as string[])
    else if (!DROPPED.test(key)) out[key] = convert(part)
  }
  if (schema['x-kubernetes-int-or-string']) {
    delete out.type
    out.anyOf ??= [{ type: 'integer' }, { type: 'string' }]
  }
  if (schema['x-kubernetes-embedded-resource'])
    out.properties = { apiVersion: true, kind: true, metadata: true, ...(out.properties as Schema) }
  const open = schema.additionalProperties !== undefined || schema['x-kubernetes-preserve-unknown-fields']
  if (schema.properties && !open) out.additionalProperties = false
  if (schema.nullable && out.type) out.type = [out.type, 'null'].flat()
  return out
}

/** Says nothing about validity, or in words that JSON schema has not (int32, byte). */
const DROPPED = /^(description|default|nullable|format|x-kubernetes-.*)$/

function properties(all: Schemas, required: readonly string[]): Schema {
  return Object.fromEntries(
    Object.entries(all).map(([name, part]) => [name, required.includes(name) ? convert(part) : orNull(convert(part) as Schema | true)]),
  )
}

/** The server reads null as absent. */
function orNull(schema: Schema | true): unknown {
  if (schema === true) return schema
  if (!schema.type) return { anyOf: [schema, { type: 'null' }] }
  return { ...schema, type: [schema.type, 'null'].flat(), ...(schema.enum ? { enum: [...(schema.enum as unknown[]), null] } : {}) }
}

/** What a schema refers to, and what that refers to. */
function referred(root: unknown, definitions: Schema, found: Schema = {}): Schema {
  if (Array.isArray(root)) for (const part of root) referred(part, definitions, found)
  else if (root && typeof root === 'object')
    for (const [key, part] of Object.entries(root)) {
      const name = key === '$ref' && typeof part === 'string' ? part.slice(REFERENCE.length) : undefined
      if (name === undefined) referred(part, definitions, found)
      else if (!found[name]) {
        found[name] = definitions[name]
        referred(definitions[name], definitions, found)
      }
    }
  return found
}

/** Writes `folder`/<group, or version of the core group>/<kind>_<version>.json; returns how many. */
async function writeSchemas(plane: ControlPlane, folder: string): Promise<number> {
  const ask = async (path: string) => JSON.parse(await plane.kubectl(['get', '--raw', path]))
  const { paths } = (await ask('/openapi/v3')) as { paths: Record<string, { serverRelativeURL: string }> }
  let count = 0
  for (const [path, { serverRelativeURL }] of Object.entries(paths)) {
    const [, group = '', version] = /^(?:api|apis\/([^/]+))\/(v\d\w*)$/.exec(path) ?? []
    if (!version) continue
    const all = ((await ask(serverRelativeURL)).components?.schemas ?? {}) as Schemas
    const definitions = Object.fromEntries(Object.entries(all).map(([name, schema]) => [name, convert(schema)])) as Schemas
    for (const [name, schema] of Object.entries(all)) {
      for (const { group: g, version: v, kind } of (schema[OWN_KINDS] ?? []) as Kind[]) {
        const fields = schema.properties as Schemas | undefined
        if (g !== group || v !== version || !fields?.metadata) continue
        const own = definitions[name] as Schema
        const root = {
          ...own,
          properties: {
            ...(own.properties as Schema),
            apiVersion: { enum: [group ? `${group}/${version}` : version] },
            kind: { enum: [kind] },
          },
          required: [...new Set([...((schema.required ?? []) as string[]), 'apiVersion', 'kind'])],
        }
        const file = join(folder, group || version, `${kind.toLowerCase()}_${version}.json`)
        mkdirSync(join(file, '..'), { recursive: true })
        const $schema = 'http://json-schema.org/draft-07/schema#'
        writeFileSync(file, JSON.stringify({ $schema, ...root, definitions: referred(root, definitions) }))
        count++
      }
    }
  }
  return count
}

const say = (line: string) => process.stdout.write(`${line}\n`)
const plane = await startControlPlane(say)
try {
  await plane.kubectl(['apply', '--server-side', '-f', customResources(say)])
  await plane.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s'])
  await sleep(5000) // the OpenAPI document follows the custom resources a little later
  const count = await writeSchemas(plane, join(plane.folder, 'schemas'))
  const archive = resolve(import.meta.dirname, '../chart/schemas.tgz')
  const tar = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner', '-C', plane.folder, '-c', 'schemas']
  const packed = execFileSync('sh', ['-c', 'tar "$@" | gzip -9n', 'tar', ...tar], { maxBuffer: 1 << 28 })
  writeFileSync(archive, packed)
  say(`${count} kinds, ${(packed.length / 1024).toFixed(0)} KiB in ${archive}`)
} finally {
  await plane.stop()
}
