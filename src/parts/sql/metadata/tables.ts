// The registry of the tables that this part makes itself: information_schema of every catalogue, and the catalogue `system`.
import { INFORMATION_SCHEMA } from './information-schema.ts'
import type { MetadataSource } from './source.ts'
import { SYSTEM } from './system.ts'

export function metadataTable(catalog: string, schema: string, table: string): MetadataSource | undefined {
  const tables = metadataTables(catalog, schema)
  return Object.hasOwn(tables, table) ? tables[table] : undefined
}

export function metadataTables(catalog: string, schema: string): Readonly<Record<string, MetadataSource>> {
  if (schema === 'information_schema') return INFORMATION_SCHEMA
  return (catalog === 'system' && Object.hasOwn(SYSTEM, schema) ? SYSTEM[schema] : undefined) ?? {}
}
