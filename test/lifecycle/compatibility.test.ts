// A second home beside others: a long path below a folder that nobody else may enter, and authentication off for compatibility tests.
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { removeHome } from '#runtime/remove-home'
import { akko, type Platform, startPlatform } from '#test/support/platform'
import { createSqlClient } from '#wire/trino/client'

let parent: string
let platform: Platform

beforeAll(async () => {
  parent = mkdtempSync(join(tmpdir(), 'akko-private-'))
  chmodSync(parent, 0o700)
  const home = join(parent, 'a-rather-long-name-for-a-home-so-that-every-path-to-a-socket-would-be-too-long-'.padEnd(90, 'x'))
  mkdirSync(home, { mode: 0o700 })
  platform = await startPlatform(['--set', 'sql.authentication=none', '--set', 'catalog.authentication=none'], home)
}, 300_000)

afterAll(async () => {
  await platform?.down()
  rmSync(parent, { recursive: true, force: true })
})

describe('authentication: none', () => {
  it('warns at the start', () => {
    expect(platform.startedWith?.stderr).toContain('WARNING: sql.authentication is none')
    expect(platform.startedWith?.stderr).toContain('WARNING: catalog.authentication is none')
  })

  it('takes the user from the protocol’s own header, with that user’s rights', async () => {
    const url = `http://127.0.0.1:${8080 + platform.portOffset}`
    const statement = async (user: string, sql: string) => (await createSqlClient({ url, user }).query(sql)).rows
    expect(await statement('admin', 'SELECT current_user')).toEqual([['admin']])
    expect(await statement('admin', 'SHOW SCHEMAS FROM iceberg')).toContainEqual(['banking'])
    const nobody = await fetch(`${url}/v1/statement`, {
      method: 'POST',
      body: 'SELECT 1',
      headers: { 'x-trino-user': 'nobody' },
    })
    expect(nobody.status).toBe(403)
  })

  it('lets the catalogue act as the one principal of the configuration', async () => {
    const answer = await fetch(`http://127.0.0.1:${8181 + platform.portOffset}/api/catalog/v1/akko-warehouse/namespaces`)
    expect(answer.status).toBe(200)
    expect(((await answer.json()) as { namespaces: string[][] }).namespaces.flat()).toContain('banking')
  })

  it('is refused together with the demo', async () => {
    const home = mkdtempSync(join(tmpdir(), 'akko-open-demo-'))
    const refused = await akko(home, ['up', '--demo', '--set', 'sql.authentication=none'])
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain('together with the demo')
    removeHome(home)
  })
})

describe('one request id', () => {
  it('leads from a commit at the catalogue to the storage’s log', async () => {
    const traceId = 'f'.repeat(16) + Date.now().toString(16).padStart(16, '0')
    const created = await fetch(`http://127.0.0.1:${8181 + platform.portOffset}/api/catalog/v1/akko-warehouse/namespaces/raw/tables`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', traceparent: `00-${traceId}-00f067aa0ba902b7-01` },
      body: JSON.stringify({ name: 'traced', schema: { type: 'struct', fields: [{ id: 1, name: 'n', type: 'long', required: false }] } }),
    })
    expect(created.status).toBe(200)
    const lines = (await platform.akko('logs', '--json', '-n', '100000', '--request', traceId)).stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { part: string; requestId: string })
    expect([...new Set(lines.map((l) => l.part))].sort()).toEqual(['catalog', 'storage'])
  })
})
