#!/usr/bin/env bash
# DuckDB 1.5.5 adds BIGINTs as HUGEINT, and Parquet has no such type: COPY writes the sum as DOUBLE without a word, so that
# a total of cents above 2^53 is another number in the file. Integer division of it stays HUGEINT and is lost too; the same
# query into a table of DuckDB's own is exact, and a cast to BIGINT or DECIMAL(38,0) before the COPY keeps it.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"type":"module"}' >package.json
npm install --silent --no-audit --no-fund @duckdb/node-api@1.5.5-r.5 >/dev/null
cat >run.js <<'JS'
import { DuckDBInstance } from '@duckdb/node-api'

const db = await (await DuckDBInstance.create()).connect()
const query = `SELECT sum(cents) AS total, sum(cents) // 1 AS divided, sum(cents)::BIGINT AS cast_first
  FROM (VALUES (9007199254740992::BIGINT), (1)) t(cents)`
await db.run(`CREATE TABLE totals AS ${query}`)
await db.run(`COPY (${query}) TO 'totals.parquet'`)
for (const from of ['totals', "'totals.parquet'"]) {
  const columns = ['total', 'divided', 'cast_first'].map((c) => `typeof(${c}) || ' ' || ${c}::HUGEINT`)
  console.log(from, (await db.runAndReadAll(`SELECT ${columns.join(", ")} FROM ${from}`)).getRows()[0].join(', '))
}
JS
node run.js | tee out
diff out - <<'OUT'
totals HUGEINT 9007199254740993, HUGEINT 9007199254740993, BIGINT 9007199254740993
'totals.parquet' DOUBLE 9007199254740992, DOUBLE 9007199254740992, BIGINT 9007199254740993
OUT
echo 'as described'
