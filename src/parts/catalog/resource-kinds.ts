// What this part asks the authoriser about, and who may: catalogues, schemas, tables, views, and the files of tables.
import { administrators, defineResourceKind, members, readers, tableReaders, writers } from '#kit/resource-kind'

const catalog = defineResourceKind('catalog', ['catalog'], {
  list: members,
  read: members,
  write: administrators,
  create: administrators,
  drop: administrators,
  manage: administrators,
})

const schema = defineResourceKind('schema', ['catalog', 'schema'], {
  list: readers,
  read: readers,
  write: writers,
  create: writers,
  drop: administrators,
  manage: administrators,
})

const onTables = { list: tableReaders, read: tableReaders, write: writers, create: writers, drop: writers, manage: writers } as const
const table = defineResourceKind('table', ['catalog', 'schema', 'table'], onTables)
/** Who reads one is shown what the policy leaves of a table of this name, whatever lies below. */
const view = defineResourceKind('view', ['catalog', 'schema', 'view'], onTables)
/** Direct access to a table's files: lent keys, S3. Asked beside the table; who is shown less than all of it gets none. */
const files = defineResourceKind('files', ['catalog', 'schema', 'table'], onTables)

export const catalogKinds = [catalog, schema, table, view, files]
