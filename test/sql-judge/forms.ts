// Casts, operators and literals: each pair of types, each operator, each form.
import { SQL_TYPES, typical, VALUES } from '#test/sql-judge/values'

const CAST_TO = [
  ...[
    'boolean',
    'tinyint',
    'smallint',
    'integer',
    'bigint',
    'decimal(5,1)',
    'decimal(38,10)',
    'real',
    'double',
    'varchar',
    'varchar(2)',
    'char(3)',
  ],
  ...[
    'varbinary',
    'json',
    'uuid',
    'ipaddress',
    'date',
    'time(3)',
    'time(0)',
    'time with time zone',
    'timestamp(3)',
    'timestamp(0)',
    'timestamp(6)',
  ],
  ...['timestamp(9)', 'timestamp with time zone', 'timestamp(6) with time zone', 'interval day to second', 'interval year to month'],
  ...['array(varchar)', 'array(integer)', 'map(varchar,varchar)', 'row(a bigint, b varchar)'],
]

/** Texts that a cast may take for a value of the type, or refuse. */
const TEXTS: Readonly<Record<string, readonly string[]>> = {
  boolean: ['true', 'T', '1', 'yes', ' true', 'FALSE', ''],
  bigint: ['1', ' 1', '1 ', '+1', '-0', '1.0', '1e3', '0x1', '9223372036854775808', '', '١'],
  integer: ['2147483648', '-2147483648', '007', '1_000'],
  double: ['1', '1.5', '.5', '5.', '1e3', 'NaN', 'nan', 'Infinity', '+Infinity', '-infinity', '1f', '1d', '0x1p3', ' 1 ', '1e400', ''],
  real: ['1.1', '16777217', '1e39', '1e-46'],
  'decimal(5,2)': ['1.234', '1.235', '-1.235', '999.994', '999.995', '1e2', ' 1', '1.', '.5', '+1', '', 'abc'],
  date: [
    '2024-02-29',
    '2023-02-29',
    '2024-2-9',
    ' 2024-01-01 ',
    '2024-01-01 00:00',
    '20240101',
    '-0001-01-01',
    '12024-01-01',
    '+2024-01-01',
    'x',
  ],
  'time(3)': ['01:02', '01:02:03', '1:2:3', '01:02:03.4567', '23:59:59.9996', '24:00', '', '01:02:03+01:00'],
  'timestamp(3)': [
    '2024-01-01',
    '2024-01-01 1:02',
    '2024-01-01 01:02:03.4567',
    '2024-01-01T01:02:03',
    '2024-01-01 01:02:03 UTC',
    '2024-13-01',
    '-2024-01-01 00:00:00',
  ],
  'timestamp(3) with time zone': [
    '2024-01-01',
    '2024-01-01 01:02 UTC',
    '2024-01-01 01:02:03.4567 Europe/Paris',
    '2024-01-01 01:02+05:30',
    '2024-01-01 01:02 Nowhere/City',
  ],
  'time with time zone': ['01:02:03+01:00', '01:02 -08', '01:02'],
  uuid: ['12151fd2-7586-11e9-8f9e-2a86e4085a59', '12151FD2-7586-11E9-8F9E-2A86E4085A59', '12151fd2758611e98f9e2a86e4085a59', 'x'],
  ipaddress: ['10.0.0.1', '::1', '::ffff:1.2.3.4', '1.2.3', '2001:db8:0:0:1:0:0:1'],
  json: ['{"a":1}', 'abc', '"q"', ''],
  'char(3)': ['ab', 'abcd', 'ab   ', ''],
  'varchar(3)': ['abcd', 'é💥xy'],
}

export function* castStatements(): Generator<string> {
  for (const from of [...SQL_TYPES, 'unknown'])
    for (const to of CAST_TO) {
      const values = (VALUES[from] as readonly string[]).slice(0, from === 'varchar' || from === 'unknown' ? 1 : 3)
      for (const [i, value] of values.entries()) yield `SELECT ${i === 2 ? 'TRY_CAST' : 'CAST'}(${value} AS ${to})`
    }
  for (const [to, texts] of Object.entries(TEXTS))
    for (const text of texts) {
      yield `SELECT CAST('${text}' AS ${to})`
      yield `SELECT TRY_CAST(VARCHAR '${text}' AS ${to})`
    }
  for (const json of [
    '1',
    '1.5',
    '"1"',
    'true',
    'null',
    '[1,2]',
    '[1,null,"x"]',
    '{"a":1,"b":"x"}',
    '{"b":null}',
    '"2024-01-01"',
    '1e400',
    '12345678901234567890',
  ])
    for (const to of [
      'boolean',
      'bigint',
      'integer',
      'double',
      'decimal(10,2)',
      'varchar',
      'varchar(2)',
      'date',
      'timestamp(3)',
      'array(bigint)',
      'array(varchar)',
      'array(json)',
      'map(varchar,bigint)',
      'map(varchar,json)',
      'row(a bigint, b varchar)',
    ])
      yield `SELECT CAST(JSON '${json}' AS ${to})`
  for (const number of [
    '1.005e0',
    '2.675e0',
    '0.5e0',
    '1.5e0',
    '2.5e0',
    '-2.5e0',
    '1e20',
    '123456.789e0',
    '1e15',
    '1e-7',
    '9007199254740993e0',
    '99999.5e0',
  ])
    for (const to of [
      'bigint',
      'integer',
      'tinyint',
      'decimal(4,2)',
      'decimal(38,2)',
      'decimal(18,0)',
      'real',
      'varchar',
      'varchar(4)',
      'json',
    ])
      for (const kind of ['', 'real'])
        yield kind === '' ? `SELECT CAST(${number} AS ${to})` : `SELECT CAST(CAST(${number} AS real) AS ${to})`
  for (const number of ['0.5', '1.5', '-1.5', '2.45', '99.995', '-99.995', '12345678901234567890.5', '0.0000000001'])
    for (const to of ['bigint', 'integer', 'decimal(4,2)', 'decimal(10,0)', 'decimal(3,1)', 'real', 'double', 'varchar', 'json', 'boolean'])
      yield `SELECT CAST(${number} AS ${to})`
}

const ARITHMETIC = ['+', '-', '*', '/', '%']
const COMPARE = ['=', '<>', '<', '<=', '>', '>=', 'IS DISTINCT FROM']
const CALCULATED = SQL_TYPES.filter((type) => !/boolean|char|json|uuid|ip|array|map|row/.test(type))

export function* operatorStatements(): Generator<string> {
  for (const a of CALCULATED) for (const b of CALCULATED) for (const op of ARITHMETIC) yield `SELECT ${typical(a)} ${op} ${typical(b)}`
  for (const type of CALCULATED.slice(0, 7)) {
    const values = VALUES[type] as readonly string[]
    for (const op of ARITHMETIC)
      for (const [i, a] of values.entries()) for (const k of [1]) yield `SELECT ${a} ${op} ${values[(i + k) % values.length]}`
  }
  for (const [i, a] of SQL_TYPES.entries())
    for (const [j, b] of SQL_TYPES.entries()) yield `SELECT ${typical(a)} ${COMPARE[(i + j) % COMPARE.length]} ${typical(b)}`
  for (const type of SQL_TYPES) {
    const values = VALUES[type] as readonly string[]
    for (const [k, op] of COMPARE.entries())
      for (const [i, a] of values.entries()) if (i < 4) yield `SELECT ${a} ${op} ${values[(i + 1 + (k % 3)) % values.length]}`
    yield `SELECT ${values[0]} IN (${values.slice(1).join(', ')})`
    yield `SELECT ${values[0]} NOT IN (${values[0]}, ${values[1]})`
    yield `SELECT ${values[0]} BETWEEN ${values[1]} AND ${values.at(-2)}`
    yield `SELECT nullif(${values[0]}, ${values[1]}), coalesce(${values.at(-1)}, ${values[0]})`
    yield `SELECT ${values[0]} IS NULL, ${values.at(-1)} IS NOT NULL`
    yield `SELECT -(${values[0]})`
    yield `SELECT +(${values[1]})`
    yield `SELECT ${values[0]} || ${values[1]}`
    yield `SELECT CASE ${values[0]} WHEN ${values[1]} THEN 1 WHEN ${values[0]} THEN 2 ELSE 3 END`
    yield `SELECT ${values[0]}`
    yield `SELECT DISTINCT x FROM (VALUES ${values.join(', ')}, ${values[0]}) t(x)`
    yield `SELECT x, count(*) FROM (VALUES ${values.join(', ')}, ${values[0]}) t(x) GROUP BY x`
    yield `SELECT x FROM (VALUES ${values.join(', ')}) t(x) ORDER BY x`
    yield `SELECT x FROM (VALUES ${values.join(', ')}) t(x) ORDER BY x DESC NULLS FIRST`
    yield `SELECT count(*) FROM (VALUES ${values.join(', ')}) t(x) JOIN (VALUES ${values.join(', ')}) u(y) ON x = y`
    yield `SELECT typeof(${values[0]}), typeof(${values.at(-1)}), typeof(ARRAY[${values[0]}]), typeof(ROW(${values[1]}))`
    yield `SELECT ARRAY[${values.join(', ')}]`
    yield `SELECT MAP(ARRAY[${values[0]}], ARRAY[${values[1]}])`
    yield `SELECT ARRAY[${values[0]}, ${values.at(-1)}] = ARRAY[${values[0]}, ${values.at(-1)}]`
    yield `SELECT ROW(${values[0]}, 1) = ROW(${values[1]}, 1)`
    yield `SELECT CAST(${values[0]} AS varchar) || '|' || CAST(${values[1]} AS varchar)`
    yield `SELECT json_format(CAST(${values[0]} AS json)), json_format(CAST(ARRAY[${values[1]}] AS json))`
    yield `SELECT format('%s|%s', ${values[0]}, ${values[1]})`
    for (const value of values.slice(1, 4)) yield `SELECT greatest(${values[0]}, ${value}), least(${value}, ${values[0]})`
  }
  for (const pattern of ['%', '', 'h%', '_ello', '%l%l%', 'hello', 'HELLO', 'h\\%', '%\\'])
    for (const value of ["'hello'", "''", "'h%'", "'héllo'", "CHAR 'hello '"]) {
      yield `SELECT ${value} LIKE '${pattern}'`
      yield `SELECT ${value} LIKE '${pattern}' ESCAPE '\\'`
    }
  for (const a of ['true', 'false', 'NULL', '1', "'x'"])
    for (const b of ['true', 'false', 'NULL']) yield `SELECT ${a} AND ${b}, ${a} OR ${b}, NOT ${b}`
}

const LITERALS = [
  ...[
    '1',
    '01',
    '1_000',
    '1__0',
    '1_',
    '0xFF',
    '0x_1',
    '0b101',
    '0o17',
    '9223372036854775807',
    '9223372036854775808',
    '-9223372036854775808',
    '1.',
    '.5',
    '1.50',
    '1.5_0',
    '00.10',
  ],
  ...['1e5', '1E-5', '1.5e3', '.5e0', '1e400', '1e-400', '12345678901234567890.1234567890', '1234567890123456789012345678901234567890.0'],
  ...[
    "''",
    "'it''s'",
    "U&'\\0041'",
    "U&'\\+01F4A5'",
    "U&'#0041' UESCAPE '#'",
    "U&'\\004'",
    "U&'\\D800'",
    "X'0a1B'",
    "X'0'",
    "X'0g'",
    "X'0A 1B'",
    "x'ff'",
  ],
  ...[
    "DATE '2024-01-01'",
    "DATE '2024-1-1'",
    "DATE ' 2024-01-01 '",
    "DATE '2024-02-30'",
    "DATE ''",
    "DATE '2024-01-01 00:00'",
    "DATE '99999-01-01'",
  ],
  ...[
    "TIME '1:2'",
    "TIME '01:02:03'",
    "TIME '01:02:03.123456789012'",
    "TIME '01:02:03.1234567890123'",
    "TIME '25:00'",
    "TIME '01:02:03 +01:00'",
    "TIME '01:02:03+01'",
    "TIME '01:02:03 UTC'",
    "TIME '1:02:03.5'",
  ],
  ...[
    "TIMESTAMP '2024-01-01'",
    "TIMESTAMP '2024-01-01 01:02'",
    "TIMESTAMP '2024-01-01 01:02:03.1234567'",
    "TIMESTAMP '2024-01-01T01:02:03'",
    "TIMESTAMP '2024-01-01 01:02 Europe/Paris'",
    "TIMESTAMP '2024-01-01 01:02+05:30'",
    "TIMESTAMP '2024-03-31 02:30 Europe/Paris'",
    "TIMESTAMP '2024-10-27 02:30 Europe/Paris'",
    "TIMESTAMP '2024-01-01 01:02 Z'",
    "TIMESTAMP '2024-01-01 24:00'",
    "TIMESTAMP '2024-01-01 01:02 Nowhere/City'",
    "TIMESTAMP '2024-01-01 +01:00'",
  ],
  ...[
    "INTERVAL '1' DAY",
    "INTERVAL '-1' DAY",
    "INTERVAL - '1' DAY",
    "INTERVAL - '-1' DAY",
    "INTERVAL '1.5' SECOND",
    "INTERVAL '1.5' DAY",
    "INTERVAL '1 2' DAY TO HOUR",
    "INTERVAL '1:2' HOUR TO MINUTE",
    "INTERVAL '1 02:03:04.5678' DAY TO SECOND",
    "INTERVAL '100' HOUR",
    "INTERVAL '1-2' YEAR TO MONTH",
    "INTERVAL '1-13' YEAR TO MONTH",
    "INTERVAL '5' MONTH",
    "INTERVAL 'x' DAY",
    "INTERVAL '1' WEEK",
    "INTERVAL '1' QUARTER",
    "INTERVAL '' DAY",
    "INTERVAL '106751991168' DAY",
  ],
  ...[
    "DECIMAL '1.50'",
    "DECIMAL '-.5'",
    "DECIMAL '5.'",
    "DECIMAL '1e2'",
    "DECIMAL '+1'",
    "DECIMAL ' 1 '",
    "DECIMAL ''",
    "DECIMAL '000.1'",
    "BIGINT '1.5'",
    "TINYINT '200'",
    "INTEGER ' 1'",
    "DOUBLE 'x'",
    "DOUBLE '1_0'",
    "REAL '1e40'",
    "BOOLEAN 'yes'",
    "BOOLEAN 'T'",
    "VARCHAR 'x'",
    "CHAR 'a '",
    "CHAR ''",
    'JSON \'{"a": 1.0}\'',
    "JSON '{'",
    "JSON 'NaN'",
    "UUID 'x'",
    "IPADDRESS '1.1.1.1'",
    "IPADDRESS 'x'",
    "VARBINARY 'x'",
    'true',
    'NULL',
    'ARRAY[]',
    'ARRAY[1, NULL]',
    "ARRAY[1, 'x']",
    'ARRAY[1, 2.5]',
    'MAP()',
    "MAP(ARRAY['a','a'], ARRAY[1,2])",
    'MAP(ARRAY[NULL], ARRAY[1])',
    'MAP(ARRAY[1], ARRAY[1,2])',
    'ROW(1)',
    'ROW()',
    "(1, 'a')",
    "ROW(1, ROW(2, 'x'))",
    'CAST(ROW(1, 2) AS row(a bigint, A bigint))',
    'ARRAY[1,2][3]',
    'ARRAY[1,2][0]',
    'ARRAY[1,2][-1]',
    "MAP(ARRAY['a'], ARRAY[1])['b']",
    "ROW(1, 'a')[2]",
    'ROW(1)[2]',
  ],
]

export function* literalStatements(): Generator<string> {
  for (const literal of LITERALS) yield `SELECT ${literal}`
}
