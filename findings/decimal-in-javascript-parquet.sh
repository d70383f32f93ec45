#!/usr/bin/env bash
# An amount of money written by DuckDB as DECIMAL(38,2) to Parquet is exact in the file and wrong in two JavaScript readers,
# each in its own way and neither with a word about it:
#   hyparquet 1.33.0     gives a binary floating-point number: ...567.01 and ...567.89 become the same value;
#   apache-arrow 21.2.0  (fed by parquet-wasm 0.8.0) prints the unscaled integer: -0.05 reads "-5", and even Number(value) is -5.
# DuckDB itself counts three different values and sums them to the cent. Who shows balances in a browser must ask for text.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"type":"module"}' >package.json
npm install --silent --no-audit --no-fund @duckdb/node-api@1.5.5-r.5 hyparquet@1.33.0 apache-arrow@21.2.0 parquet-wasm@0.8.0 >/dev/null
cat >run.js <<'JS'
import { readFileSync } from 'node:fs'
import { DuckDBInstance } from '@duckdb/node-api'
import { tableFromIPC } from 'apache-arrow'
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet'
import { readParquet } from 'parquet-wasm/node'

const db = await (await DuckDBInstance.create()).connect()
await db.run(`COPY (SELECT v::DECIMAL(38,2) AS v FROM (VALUES ('12345678901234567.01'), ('12345678901234567.89'), ('-0.05')) t(v))
  TO 'amounts.parquet' (COMPRESSION uncompressed)`)
const exact = (await db.runAndReadAll(`SELECT count(DISTINCT v)::INTEGER, sum(v)::VARCHAR FROM 'amounts.parquet'`)).getRows()[0]
const rows = await parquetReadObjects({ file: await asyncBufferFromFile('amounts.parquet') })
const arrow = [...tableFromIPC(readParquet(new Uint8Array(readFileSync('amounts.parquet'))).intoIPCStream())].map((r) => r.v)
console.log('duckdb', exact[0], exact[1])
console.log('hyparquet', new Set(rows.map((r) => r.v)).size, rows.map((r) => r.v).join(' '))
console.log('arrow', arrow.map(String).join(' '), Number(arrow[2]))
JS
node run.js | tee out
diff out - <<'OUT'
duckdb 3 24691357802469134.85
hyparquet 2 12345678901234568 12345678901234568 -0.05
arrow 1234567890123456701 1234567890123456789 -5 -5
OUT
echo 'as described'
