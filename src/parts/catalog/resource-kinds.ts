// What this part asks the authoriser about, and who may: catalogues, schemas, tables, views, and the files of tables.
import {
  ADMINISTRATORS,
  acquaintances,
  administrators,
  defineResourceKind,
  makers,
  members,
  readers,
  tableReaders,
  writers,
} from '#kit/resource-kind'

const catalog = defineResourceKind('catalog', ['catalog'], {
  ...ADMINISTRATORS,
  list: members,
  read: members,
})

const schema = defineResourceKind('schema', ['catalog', 'schema'], {
  list: acquaintances,
  read: readers,
  write: writers,
  create: makers,
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
