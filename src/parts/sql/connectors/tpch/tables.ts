// The schemas and tables of TPC-H as Trino's connector shows them.
import { columnsOf } from '#parts/sql/metadata/source'
import type { ColumnInfo, HiddenColumn } from '#parts/sql/ports'

export type TpchTable = 'customer' | 'lineitem' | 'nation' | 'orders' | 'part' | 'partsupp' | 'region' | 'supplier'

/** In the order in which their rows are made. */
export const COLUMNS: Readonly<Record<TpchTable, readonly ColumnInfo[]>> = {
  customer: never(
    `custkey bigint; name varchar(25); address varchar(40); nationkey bigint; phone varchar(15); acctbal double; mktsegment varchar(10);
     comment varchar(117)`,
  ),
  lineitem: never(
    `orderkey bigint; partkey bigint; suppkey bigint; linenumber integer; quantity double; extendedprice double; discount double; tax double;
     returnflag varchar(1); linestatus varchar(1); shipdate date; commitdate date; receiptdate date; shipinstruct varchar(25);
     shipmode varchar(10); comment varchar(44)`,
  ),
  nation: never('nationkey bigint; name varchar(25); regionkey bigint; comment varchar(152)'),
  orders: never(
    `orderkey bigint; custkey bigint; orderstatus varchar(1); totalprice double; orderdate date; orderpriority varchar(15); clerk varchar(15);
     shippriority integer; comment varchar(79)`,
  ),
  part: never(
    `partkey bigint; name varchar(55); mfgr varchar(25); brand varchar(10); type varchar(25); size integer; container varchar(10);
     retailprice double; comment varchar(23)`,
  ),
  partsupp: never('partkey bigint; suppkey bigint; availqty integer; supplycost double; comment varchar(199)'),
  region: never('regionkey bigint; name varchar(25); comment varchar(152)'),
  supplier: never(
    'suppkey bigint; name varchar(25); address varchar(40); nationkey bigint; phone varchar(15); acctbal double; comment varchar(101)',
  ),
}

/** Which of the rows that are made one by one it belongs to: an order's number with each of its lines. */
export const ROW_NUMBER: HiddenColumn = { name: 'row_number', type: 'bigint', nullable: false }

export const TABLES = Object.keys(COLUMNS) as readonly TpchTable[]

/** Those that are listed; the number behind `sf` may be another. */
export const SCHEMAS = ['sf1', 'sf100', 'sf1000', 'sf10000', 'sf100000', 'sf300', 'sf3000', 'sf30000', 'tiny']

/** Of a schema's name; undefined where it has none. */
export function scaleOf(schema: string): number | undefined {
  if (schema === 'tiny') return 0.01
  const number = /^sf(\d+\.?\d*|\.\d+)(e[+-]?\d+)?[df]?$/.exec(schema)
  const scale = number ? Number(`${number[1]}${number[2] ?? ''}`) : 0
  return scale > 0 && Number.isFinite(scale) ? scale : undefined
}

export const isTable = (name: string): name is TpchTable => Object.hasOwn(COLUMNS, name)

function never(text: string): readonly ColumnInfo[] {
  return columnsOf(text).map((column) => ({ ...column, nullable: false }))
}
