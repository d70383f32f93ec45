// All kinds by name: the only list that a new kind is added to.
import type { Kind as KindName } from '#platform/resources'
import type { AnyKind } from './kind.ts'
import { databaseKind } from './kinds/database.ts'
import { extensionKind } from './kinds/extension.ts'
import { roleKind } from './kinds/role.ts'
import { schemaKind } from './kinds/schema.ts'
import { tableKind } from './kinds/table.ts'

export const kinds = {
  role: roleKind,
  database: databaseKind,
  extension: extensionKind,
  schema: schemaKind,
  table: tableKind,
} as Readonly<Record<KindName, AnyKind>>
