// One statement at Trino as a person of the doors: `node test/cluster/ask.ts DOORS USER SQL`, run in the cluster's network; prints its rows.
import { readFileSync } from 'node:fs'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import type { Doors } from '#test/support/doors'
import { createSqlClient } from '#wire/trino/client'

const [file, user, sql] = process.argv.slice(2) as [string, string, string]
const { env } = JSON.parse(readFileSync(file, 'utf8')) as Doors
const { AKKO_CA_FILE, AKKO_SQL_URL, AKKO_SQL_TOKEN } = env[user] as Record<string, string>
setDefaultCACertificates([...getCACertificates('default'), readFileSync(AKKO_CA_FILE as string, 'utf8')])
const client = createSqlClient({ url: AKKO_SQL_URL as string, user, token: AKKO_SQL_TOKEN, source: 'akko-test' })
const { rows } = await client.query(sql)
process.stdout.write(JSON.stringify(rows))
