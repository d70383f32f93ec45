#!/usr/bin/env bash
# @duckdb/node-api 1.5.5-r.5 (DuckDB 1.5.5) on Node 24: a scalar function written in JavaScript runs on the event loop, a chunk of 2,048 rows at a
# time. While one branch of a query calls it, timers run between its chunks. While two branches of a UNION ALL call it (two threads of DuckDB), no
# timer, message or socket of the process is served until the whole query has ended: the next call is always in the queue before the last one has
# returned, and Node takes up to 1,000 of them before it looks at anything else. interrupt() that is called from a timer or a request therefore
# comes too late. Seen: 1.4 s with one branch, some 30 ticks of a 5 ms timer, 0.2 s at most between two; 2.8 s with two, 2 ticks, 2.8 s between.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund node@24.11.0 @duckdb/node-api@1.5.5-r.5 >/dev/null
cat >starve.mjs <<'JS'
import { BIGINT, DuckDBInstance, DuckDBScalarFunction } from '@duckdb/node-api'

const connection = await (await DuckDBInstance.create(':memory:', { threads: '2' })).connect()
connection.registerScalarFunction(
  DuckDBScalarFunction.create({
    name: 'slow',
    returnType: BIGINT,
    parameterTypes: [BIGINT],
    mainFunction: (_info, input, output) => {
      const began = performance.now()
      while (performance.now() - began < 20);
      for (let row = 0; row < input.rowCount; row++) output.setItem(row, 1n)
      output.flush()
    },
  }),
)

async function watch(sql) {
  let [ticks, longest, last] = [0, 0, performance.now()]
  const look = () => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
  }
  const timer = setInterval(() => {
    look()
    ticks++
  }, 5)
  const began = performance.now()
  await connection.run(sql)
  look()
  clearInterval(timer)
  return { ms: Math.round(performance.now() - began), ticks, longest: Math.round(longest) }
}

const branch = 'SELECT slow(range) AS x FROM range(122880)'
const one = await watch(`SELECT sum(x) FROM (${branch})`)
const two = await watch(`SELECT sum(x) FROM (${branch} UNION ALL ${branch})`)
console.log('one branch: ', JSON.stringify(one))
console.log('two branches:', JSON.stringify(two))
if (!(one.ticks >= 10 && one.longest < one.ms / 2)) throw new Error('changed: one branch starves the timer too')
if (!(two.ticks <= 5 && two.longest > 0.8 * two.ms)) throw new Error('changed: two branches leave the timer its turns')
JS
node_modules/.bin/node starve.mjs
echo 'as described'
