#!/usr/bin/env bash
# Readers of Iceberg give DuckDB's read_parquet the table's fields by id (schema = MAP {...}), so that renamed and added columns are read
# right. In 1.5.5 the planner then no longer knows the row counts in the files' footers: one file counts as 0 rows, two as 2000. Which
# side of a join becomes the hash table is then the order of the text, and with the large table second its million rows are hashed. The
# parameter explicit_cardinality gives the count back.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"type":"module"}' >package.json
npm install --silent --no-audit --no-fund @duckdb/node-api@1.5.5-r.5 >/dev/null
cat >run.js <<'JS'
import { DuckDBInstance } from '@duckdb/node-api'

const db = await (await DuckDBInstance.create()).connect()
const rowsOf = { large: 1_000_000, small: 10 }
for (const [name, rows] of Object.entries(rowsOf))
  await db.run(`COPY (SELECT i::INTEGER AS ${name} FROM range(${rows}) t(i)) TO '${name}.parquet' (FIELD_IDS {${name}: 1})`)

const forms = {
  'as it is': () => '',
  'with schema': (name) => `, schema = MAP {1: {name: '${name}', type: 'INTEGER', default_value: NULL}}`,
  'and explicit_cardinality': (name) => `${forms['with schema'](name)}, explicit_cardinality = ${rowsOf[name]}`,
}
const explain = async (query) => JSON.parse((await db.runAndReadAll(`EXPLAIN (FORMAT json) ${query}`)).getRows()[0][1])[0]
const join = (node) => (node.name.includes('JOIN') ? node : join(node.children[0]))
const leaf = (node) => (node.children.length > 0 ? leaf(node.children[0]) : node.extra_info)

for (const [form, more] of Object.entries(forms)) {
  const scan = (name, files = [name]) => `read_parquet([${files.map((f) => `'${f}.parquet'`)}]${more(name)})`
  const { 'Estimated Cardinality': estimate } = leaf(await explain(`SELECT large FROM ${scan('large')}`))
  const hashed = []
  for (const [first, second] of [['large', 'small'], ['small', 'large']]) {
    const plan = await explain(`SELECT count(*) FROM ${scan(first)} JOIN ${scan(second)} ON large = small`)
    hashed.push(leaf(join(plan).children[1]).Projections)
  }
  console.log(`${form}: ${estimate} rows of a million; hashed: ${hashed.join(', ')}`)
}
const both = `read_parquet(['large.parquet', 'large.parquet']${forms['with schema']('large')})`
console.log(`two files with schema: ${leaf(await explain(`SELECT large FROM ${both}`))['Estimated Cardinality']} rows of two million`)
JS
node run.js | tee out
diff out - <<'OUT'
as it is: 1000000 rows of a million; hashed: small, small
with schema: 0 rows of a million; hashed: small, large
and explicit_cardinality: 1000000 rows of a million; hashed: small, small
two files with schema: 2000 rows of two million
OUT
echo 'as described'
