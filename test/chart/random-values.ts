// Valid values drawn at random from the chart's own schema, by a seed.
import type { Schema } from '#chart/schema'
import { EMPTY_PROFILE } from '#chart/values'

export type Random = () => number

type Values = Record<string, unknown>

/** Each key with even odds; what one key demands of another is then given. */
export function randomValues(schema: Schema, random: Random): Values {
  const values = draw(schema, random, 0) as Values
  const global = (values.global ?? {}) as Values
  const cnpg = global.cnpg as Values | undefined
  if (cnpg?.enabled === true) {
    const backup = (cnpg.backup ?? {}) as Values
    cnpg.backup = { ...backup, endpoint: backup.endpoint || 'https://s3.elsewhere.example.org' }
  }
  // The profile whose services do not exist is refused by name (chart.test.ts).
  if (values.tags) delete (values.tags as Values)[EMPTY_PROFILE]
  const sync = (values['akko-init'] as Values | undefined)?.keycloakSync as Values | undefined
  if (sync?.enabled === true)
    for (const [key, given] of Object.entries({ url: 'ldap://ldap.example.org', bindDn: 'cn=akko', usersDn: 'ou=people' }))
      sync[key] ||= given
  const tls = global.tls as Values | undefined
  if (tls?.mode === 'certManager') tls.issuer = { ...(tls.issuer as Values | undefined), name: 'issuer' }
  return values
}

function draw(schema: Schema, random: Random, depth: number): unknown {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T
  if (schema.enum) return pick(schema.enum)
  if (schema.examples) return pick(schema.examples)
  switch (schema.type) {
    case 'boolean':
      return random() < 0.5
    case 'integer': {
      const { minimum = 0, maximum = 100 } = schema
      return minimum + Math.floor(random() * (maximum - minimum + 1))
    }
    case 'array':
      return [...new Set(Array.from({ length: Math.floor(random() * 3) }, () => draw(schema.items as Schema, random, depth + 1)))]
    case 'object': {
      if (schema.properties) {
        const kept = Object.entries(schema.properties).filter(([key]) => key !== 'akko-common' && (depth === 0 || random() < 0.5))
        return Object.fromEntries(kept.map(([key, s]) => [key, draw(s, random, depth + 1)]))
      }
      const name = schema.propertyNames ? draw(schema.propertyNames, random, depth + 1) : 'akko.io_note'
      return typeof schema.additionalProperties === 'object' && random() < 0.3 ? { [String(name)]: 'drawn' } : {}
    }
    default:
      return 'drawn'
  }
}

/** Every boolean of some values, as `path=true`. */
export function togglesOf(value: unknown, path: readonly string[] = []): string[] {
  if (typeof value === 'boolean') return [`${path.join('.')}=${value}`]
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return []
  return Object.entries(value).flatMap(([key, v]) => togglesOf(v, [...path, key]))
}

/** Every boolean that the schema knows, both ways. */
export function allToggles(schema: Schema, path: readonly string[] = []): string[] {
  if (schema.type === 'boolean') return [`${path.join('.')}=true`, `${path.join('.')}=false`]
  return Object.entries(schema.properties ?? {}).flatMap(([key, s]) => allToggles(s, [...path, key]))
}
