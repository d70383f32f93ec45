#!/usr/bin/env bash
# @duckdb/node-api 1.5.5-r.5 (DuckDB 1.5.5) on Node 24: year(), month() and day() of a date first compute themselves for every day from 1970 to 2050
# and look values up from then on, once for each place of the statement where they are written and each thread, however few rows come. Over one row a
# statement with 100 of them takes four times as long as the same with quarter() or dayofyear(), which have no such table: some 0.3 ms more for each
# call. Generated SQL that spells such calls out, one for each column or case, pays it for each. Seen (median of 9): year 42 ms, month 42, day 51;
# quarter 11, dayofyear 13, isoyear 10, date_trunc 11.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund node@24.11.0 @duckdb/node-api@1.5.5-r.5 >/dev/null
cat >parts.mjs <<'JS'
import { DuckDBInstance } from '@duckdb/node-api'

const connection = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect()

async function median(call) {
  const calls = Array.from({ length: 100 }, (_, i) => call(`d + ${i}`)).join(', ')
  const times = []
  for (let run = 0; run < 9; run++) {
    const began = performance.now()
    await connection.runAndReadAll(`SELECT ${calls} FROM (VALUES (DATE '2024-01-31')) t(d)`)
    times.push(performance.now() - began)
  }
  return times.sort((a, b) => a - b)[4]
}

const took = {}
for (const name of ['year', 'month', 'day', 'quarter', 'dayofyear', 'isoyear']) took[name] = await median((d) => `${name}(${d})`)
took.date_trunc = await median((d) => `date_trunc('month', ${d})`)
console.log(JSON.stringify(took, (_, value) => (typeof value === 'number' ? Math.round(value) : value)))
const plain = Math.max(took.quarter, took.dayofyear, took.isoyear, took.date_trunc)
for (const name of ['year', 'month', 'day'])
  if (took[name] < 1.7 * plain) throw new Error(`changed: 100 calls of ${name} take ${(took[name] / plain).toFixed(1)} times as long as others`)
JS
node_modules/.bin/node parts.mjs
echo 'as described'
