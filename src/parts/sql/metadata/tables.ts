// The registry of the tables that this part makes itself: information_schema of every catalogue, and the catalogue `system`.
import { dictionary } from '#kit/dictionary'
import { INFORMATION_SCHEMA } from '#parts/sql/metadata/information-schema'
import type { MetadataSource } from '#parts/sql/metadata/source'
import { SYSTEM } from '#parts/sql/metadata/system'

const NONE = dictionary<MetadataSource>({})

export function metadataTable(catalog: string, schema: string, table: string): MetadataSource | undefined {
  return metadataTables(catalog, schema)[table]
}

export function metadataTables(catalog: string, schema: string): Readonly<Record<string, MetadataSource>> {
  if (schema === 'information_schema') return INFORMATION_SCHEMA
  return (catalog === 'system' ? SYSTEM[schema] : undefined) ?? NONE
}
