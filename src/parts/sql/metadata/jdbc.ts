// system.jdbc: the tables behind the JDBC driver's DatabaseMetaData, with the columns that java.sql names.
import { own } from '#kit/own'
import { schemasOf, tablesIn } from '#parts/sql/metadata/information-schema'
import { asked, catalogsOf, columnsOf, type MetadataDeps, type MetadataSource } from '#parts/sql/metadata/source'
import type { Cell, Pushdown } from '#parts/sql/ports'
import { parseType, type TrinoType } from '#wire/trino/type'

const empty = (columns: string): MetadataSource => ({ columns: columnsOf(columns), rows: async () => [] })

/** java.sql.Types */
const SQL_TYPES: Readonly<Record<string, number>> = {
  boolean: 16,
  tinyint: -6,
  smallint: 5,
  integer: 4,
  bigint: -5,
  real: 7,
  double: 8,
  decimal: 3,
  varchar: 12,
  char: 1,
  varbinary: -3,
  date: 91,
  time: 92,
  'time with time zone': 2013,
  timestamp: 93,
  'timestamp with time zone': 2014,
  array: 2003,
}
const SIZES: Readonly<Record<string, number>> = { tinyint: 3, smallint: 5, integer: 10, bigint: 19, real: 24, double: 53, date: 14 }

export const JDBC: Readonly<Record<string, MetadataSource>> = {
  catalogs: {
    columns: columnsOf('table_cat varchar'),
    rows: async (deps) => (await catalogsOf(deps)).map((name) => [name]),
  },
  schemas: {
    columns: columnsOf('table_schem varchar; table_catalog varchar'),
    rows: async (deps, predicates) => (await all(deps, predicates, 'table_catalog')).map(({ catalog, schema }) => [schema, catalog]),
  },
  tables: {
    columns: columnsOf(
      `table_cat varchar; table_schem varchar; table_name varchar; table_type varchar; remarks varchar; type_cat varchar; type_schem varchar;
       type_name varchar; self_referencing_col_name varchar; ref_generation varchar`,
    ),
    rows: async (deps, predicates) =>
      (await tables(deps, predicates)).map((t) => [
        t.catalog,
        t.schema,
        t.name,
        t.kind === 'view' ? 'VIEW' : 'TABLE',
        null,
        null,
        null,
        null,
        null,
        null,
      ]),
  },
  columns: {
    columns: columnsOf(
      `table_cat varchar; table_schem varchar; table_name varchar; column_name varchar; data_type bigint; type_name varchar; column_size bigint;
       buffer_length bigint; decimal_digits bigint; num_prec_radix bigint; nullable bigint; remarks varchar; column_def varchar;
       sql_data_type bigint; sql_datetime_sub bigint; char_octet_length bigint; ordinal_position bigint; is_nullable varchar;
       scope_catalog varchar; scope_schema varchar; scope_table varchar; source_data_type bigint; is_autoincrement varchar; is_generatedcolumn varchar`,
    ),
    rows: columnRows,
  },
  types: {
    columns: columnsOf(
      `type_name varchar; data_type bigint; precision bigint; literal_prefix varchar; literal_suffix varchar; create_params varchar;
       nullable bigint; case_sensitive boolean; searchable bigint; unsigned_attribute boolean; fixed_prec_scale boolean; auto_increment boolean;
       local_type_name varchar; minimum_scale bigint; maximum_scale bigint; sql_data_type bigint; sql_datetime_sub bigint; num_prec_radix bigint`,
    ),
    rows: async () =>
      Object.entries(SQL_TYPES).map(([name, code]) => [
        name,
        code,
        own(SIZES, name) ?? null,
        null,
        null,
        null,
        1,
        name === 'varchar' || name === 'char',
        3,
        false,
        false,
        false,
        null,
        0,
        0,
        null,
        null,
        10,
      ]),
  },
  table_types: {
    columns: columnsOf('table_type varchar'),
    rows: async () => [['TABLE'], ['VIEW']],
  },
  procedures: empty(
    'procedure_cat varchar; procedure_schem varchar; procedure_name varchar; remarks varchar; procedure_type bigint; specific_name varchar',
  ),
  procedure_columns: empty('procedure_cat varchar; procedure_schem varchar; procedure_name varchar; column_name varchar'),
  pseudo_columns: empty('table_cat varchar; table_schem varchar; table_name varchar; column_name varchar; data_type bigint'),
  super_tables: empty('table_cat varchar; table_schem varchar; table_name varchar; supertable_name varchar'),
  super_types: empty(
    'type_cat varchar; type_schem varchar; type_name varchar; supertype_cat varchar; supertype_schem varchar; supertype_name varchar',
  ),
  udts: empty(
    'type_cat varchar; type_schem varchar; type_name varchar; class_name varchar; data_type bigint; remarks varchar; base_type bigint',
  ),
  attributes: empty('type_cat varchar; type_schem varchar; type_name varchar; attr_name varchar; data_type bigint'),
}

async function all(deps: MetadataDeps, predicates: readonly Pushdown[], column: string): Promise<{ catalog: string; schema: string }[]> {
  const wanted = asked(predicates, column)
  const schemas = asked(predicates, 'table_schem')
  const names = (await catalogsOf(deps)).filter((c) => !wanted || wanted.has(c))
  const found = await Promise.all(
    names.map(async (catalog) => (await schemasOf({ ...deps, catalog })).map((schema) => ({ catalog, schema }))),
  )
  return found.flat().filter((s) => !schemas || schemas.has(s.schema))
}

async function tables(deps: MetadataDeps, predicates: readonly Pushdown[]) {
  const names = asked(predicates, 'table_name')
  const found = await Promise.all(
    (await all(deps, predicates, 'table_cat')).map(async ({ catalog, schema }) =>
      (await tablesIn({ ...deps, catalog }, schema)).map((t) => ({ catalog, schema, ...t })),
    ),
  )
  return found.flat().filter((t) => !names || names.has(t.name))
}

async function columnRows(deps: MetadataDeps, predicates: readonly Pushdown[]): Promise<Cell[][]> {
  const rows: Cell[][] = []
  for (const t of await tables(deps, predicates)) {
    const columns =
      deps.made(t.catalog, t.schema)[t.name]?.columns ??
      (await deps.connectors[t.catalog]?.table(deps.caller, t.schema, t.name))?.columns ??
      []
    for (const [i, c] of columns.entries()) {
      const type = parseType(c.type)
      rows.push([
        t.catalog,
        t.schema,
        t.name,
        c.name,
        own(SQL_TYPES, type.base) ?? 2000,
        c.type,
        sizeOf(type),
        null,
        type.base === 'decimal' ? type.numbers[1] : null,
        10,
        c.nullable ? 1 : 0,
        c.comment,
        null,
        null,
        null,
        null,
        i + 1,
        c.nullable ? 'YES' : 'NO',
        null,
        null,
        null,
        null,
        null,
        null,
      ])
    }
  }
  return rows
}

function sizeOf(type: TrinoType): number | null {
  if (type.base === 'varchar') return type.numbers[0] ?? 2147483647
  return type.numbers[0] ?? own(SIZES, type.base) ?? null
}
