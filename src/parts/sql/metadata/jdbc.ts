// system.jdbc: the tables behind the JDBC driver's DatabaseMetaData, with the columns that java.sql names.
import { own } from '#kit/own'
import { schemasOf, tablesIn } from '#parts/sql/metadata/information-schema'
import { asked, catalogsOf, columnsOf, type MetadataDeps, type MetadataSource, shown } from '#parts/sql/metadata/source'
import type { Cell, Pushdown } from '#parts/sql/ports'
import { describedType, parseType, type TrinoType } from '#wire/trino/type'

const empty = (columns: string): MetadataSource => ({ columns: columnsOf(columns), rows: async () => [] })

/** As Trino 476 tells a type: its code of java.sql.Types, how large values are, and in which base that is counted. */
interface JdbcType {
  readonly code: number
  readonly size: number | null
  readonly radix?: 2 | 10
}
const OTHER = 2000
const MOST = 2147483647
/** Characters of a value before its fraction of a second. */
const TIMES: Readonly<Record<string, { readonly code: number; readonly characters: number }>> = {
  time: { code: 92, characters: 8 },
  'time with time zone': { code: 2013, characters: 14 },
  timestamp: { code: 93, characters: 21 },
  'timestamp with time zone': { code: 2014, characters: 55 },
}
const PLAIN: Readonly<Record<string, JdbcType>> = {
  boolean: { code: 16, size: null },
  tinyint: { code: -6, size: 3, radix: 10 },
  smallint: { code: 5, size: 5, radix: 10 },
  integer: { code: 4, size: 10, radix: 10 },
  bigint: { code: -5, size: 19, radix: 10 },
  real: { code: 7, size: 24, radix: 2 },
  double: { code: 8, size: 53, radix: 2 },
  varbinary: { code: -3, size: MOST },
  date: { code: 91, size: 14 },
}

const plainType = (base: string): JdbcType => own(PLAIN, base) ?? { code: base === 'array' ? 2003 : OTHER, size: null }

function jdbcType({ base, numbers }: TrinoType): JdbcType & { readonly digits: number | null; readonly octets: number | null } {
  const [first = null, second = null] = numbers
  if (base === 'decimal') return { code: 3, size: first, radix: 10, digits: second, octets: null }
  if (base === 'varchar' || base === 'char')
    return { code: base === 'char' ? 1 : 12, size: first ?? MOST, digits: null, octets: first ?? MOST }
  const time = own(TIMES, base)
  if (time) return { code: time.code, size: time.characters + (first ? first + 1 : 0), digits: first, octets: null }
  return { ...plainType(base), digits: null, octets: base === 'varbinary' ? MOST : null }
}

/** java.sql.DatabaseMetaData.typeSearchable */
const SEARCHABLE = 3
/** Types that are made of others or of numbers are told without these, and as not searchable, as Trino does. */
const TYPES: readonly (readonly [name: string, isComparable: boolean])[] = [
  ...[...Object.keys(PLAIN), 'uuid', 'json', 'ipaddress', 'unknown', 'interval day to second', 'interval year to month'].map(
    (name) => [name, true] as const,
  ),
  ...['decimal', 'varchar', 'char', ...Object.keys(TIMES), 'array', 'map', 'row'].map((name) => [name, false] as const),
]

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
      TYPES.map(([name, isComparable]) => {
        const { code, size, radix = null } = plainType(name)
        const searchable = isComparable ? SEARCHABLE : 0
        return [name, code, size, null, null, null, 1, false, searchable, null, false, null, null, 0, 0, null, null, radix]
      }),
  },
  table_types: {
    columns: columnsOf('table_type varchar'),
    rows: async () => [['TABLE'], ['VIEW']],
  },
  procedures: empty(
    'procedure_cat varchar; procedure_schem varchar; procedure_name varchar; remarks varchar; procedure_type bigint; specific_name varchar',
  ),
  procedure_columns: empty(
    `procedure_cat varchar; procedure_schem varchar; procedure_name varchar; column_name varchar; column_type bigint; data_type bigint;
     type_name varchar; precision bigint; length bigint; scale bigint; radix bigint; nullable bigint; remarks varchar; column_def varchar;
     sql_data_type bigint; sql_datetime_sub bigint; char_octet_length bigint; ordinal_position bigint; is_nullable varchar; specific_name varchar`,
  ),
  pseudo_columns: empty(
    `table_cat varchar; table_schem varchar; table_name varchar; column_name varchar; data_type bigint; column_size bigint;
     decimal_digits bigint; num_prec_radix bigint; column_usage varchar; remarks varchar; char_octet_length bigint; is_nullable bigint`,
  ),
  super_tables: empty('table_cat varchar; table_schem varchar; table_name varchar; supertable_name varchar'),
  super_types: empty(
    'type_cat varchar; type_schem varchar; type_name varchar; supertype_cat varchar; supertype_schem varchar; supertype_name varchar',
  ),
  udts: empty(
    'type_cat varchar; type_schem varchar; type_name varchar; class_name varchar; data_type varchar; remarks varchar; base_type varchar',
  ),
  attributes: empty(
    `type_cat varchar; type_schem varchar; type_name varchar; attr_name varchar; data_type bigint; attr_type_name varchar; attr_size bigint;
     decimal_digits bigint; num_prec_radix bigint; nullable bigint; remarks varchar; attr_def varchar; sql_data_type bigint;
     sql_datetime_sub bigint; char_octet_length bigint; ordinal_position bigint; is_nullable varchar; scope_catalog varchar;
     scope_schema varchar; scope_table varchar; source_data_type bigint`,
  ),
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
      (await shown({ ...deps, catalog: t.catalog }, await deps.connectors[t.catalog]?.table(deps.caller, t.schema, t.name)))?.columns ??
      []
    for (const [i, c] of columns.entries()) {
      const { code, size, digits, radix = null, octets } = jdbcType(parseType(c.type))
      const [nullable, isNullable] = c.nullable ? [1, 'YES'] : [0, 'NO']
      rows.push([
        ...[t.catalog, t.schema, t.name, c.name, code, describedType(c.type), size],
        0, // Of the buffer, which nobody uses.
        ...[digits, radix, nullable, c.comment, null, null, null, octets, i + 1, isNullable],
        ...[null, null, null, null, null, null],
      ])
    }
  }
  return rows
}
