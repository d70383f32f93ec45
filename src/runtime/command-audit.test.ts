// What commands do by the platform's own keys, past every part's authoriser, stands in the audit before it is done; without an audit it is not done.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { auditedAuthoriser, createLogAudit } from '#kit/audit'
import { type Served, serve } from '#kit/http'
import { createLog } from '#kit/log'
import { createPrivateApi } from '#kit/private-api'
import { Secret } from '#kit/secret'
import { ROOT, startTestStorage, type TestStorage } from '#parts/storage/fixture'
import { AUDIT_ROLE, ROLES, SHARED_BUCKET, secretName } from '#platform/names'
import { jobsCell, postgresServices, serviceNamed } from '#platform/registry'
import { applyAsked } from '#runtime/apply'
import { recordAsked } from '#runtime/audit'
import { createBucket, removeBucket } from '#runtime/buckets'
import { personalKey } from '#runtime/key-owners'
import { cellSocket, type Machine } from '#runtime/machine'
import { createPolicy } from '#runtime/policy'
import { createFileSecretStore } from '#runtime/secrets'
import { rotateKey, scrub } from '#runtime/storage-upkeep'
import { createKey, ensureUserKey, type Holder, listKeys, revokeKey } from '#runtime/user-keys'
import { startTempPostgres, type TempPostgres } from '#test/support/postgres'

const ADA = { username: 'ada', account: 'a1', roles: [ROLES.admin] }
const VERA = { username: 'vera', account: 'v1', roles: [ROLES.viewer] }
const dir = mkdtempSync(join(tmpdir(), 'akko-command-audit-'))
const secrets = createFileSecretStore(dir)
let postgres: TempPostgres
let storage: TestStorage
let machine: Machine
let pool: pg.Pool
let cell: Served
let applied = 0

beforeAll(async () => {
  postgres = await startTempPostgres()
  const first = new pg.Pool({ connectionString: postgres.url('postgres'), max: 1 })
  await first.query(`CREATE ROLE akko LOGIN PASSWORD 'owner'`)
  await first.query(`CREATE ROLE ${AUDIT_ROLE} LOGIN PASSWORD 'writer'`)
  await first.query('CREATE DATABASE akko OWNER akko')
  await first.end()
  pool = new pg.Pool({ connectionString: postgres.url('akko'), max: 1 })
  const portOffset = postgres.port - (serviceNamed('postgresql').machine?.ports.main ?? 0)
  const authoriser = auditedAuthoriser(createPolicy().authoriser, { part: 'storage', audit: createLogAudit(createLog('test')) })
  storage = await startTestStorage(authoriser, {
    port: (serviceNamed('storage').machine?.ports.main ?? 0) + portOffset,
    region: 'akko-local',
  })
  const site = { shape: 'machine', domain: 'akko.localhost', publicPort: 8443, demo: false } as const
  machine = { config: { portOffset }, site, paths: { secrets: dir, records: dir, run: dir } } as unknown as Machine
  const routes = { 'POST /ensure/apply': async () => ({ lines: [], ms: ++applied }) }
  cell = await serve({
    listen: { socket: cellSocket(machine, jobsCell()) },
    log: createLog('test'),
    handler: createPrivateApi({ log: createLog('test'), routes }),
  })
  await secrets.put(secretName.storageRoot, new Secret(`${ROOT.accessKeyId}:${ROOT.secretAccessKey}`))
  await secrets.put(secretName.catalogRoot, new Secret('root:unused'))
  await secrets.put(secretName.identityAdmin, new Secret('unused'))
  for (const { name } of postgresServices()) await secrets.put(secretName.superuser(name), new Secret('unused'))
  await secrets.put(secretName.role('postgresql', 'akko'), new Secret('owner'))
})
afterAll(async () => {
  await cell?.close(0)
  await storage?.stop()
  await pool?.end()
  await postgres?.stop()
  rmSync(dir, { recursive: true, force: true })
})
beforeEach(async () => secrets.put(secretName.role('postgresql', AUDIT_ROLE), new Secret('writer')))

const away = () => secrets.put(secretName.role('postgresql', AUDIT_ROLE), new Secret('not this one'))

/** What came to the audit since it was asked last. */
let seen = 0
async function told(): Promise<string[]> {
  const { rows } = await pool.query('SELECT * FROM akko.audit ORDER BY time')
  const fresh = rows.slice(seen)
  seen = rows.length
  return fresh.map((e) => `${e.outcome}: ${e.sub} ${e.part} ${e.action} ${e.kind} ${e.path.join('/')}${e.reason ? ` (${e.reason})` : ''}`)
}

const names = async () => (await listKeys(machine, secrets, ADA)).map(({ name }) => name)

it('has who made a bucket and who removed it, and who was refused', async () => {
  await createBucket(machine, secrets, ADA, 'scans')
  await removeBucket(machine, secrets, ADA, 'scans')
  await expect(removeBucket(machine, secrets, ADA, 'scans')).rejects.toThrow('scans')
  await expect(createBucket(machine, secrets, VERA, 'scans')).rejects.toMatchObject({ code: 'storage.roles_do_not_cover' })
  expect(await told()).toEqual([
    'allowed: ada storage create bucket scans',
    'allowed: ada storage drop bucket scans',
    'allowed: ada storage drop bucket scans',
    expect.stringMatching(/^failed: ada storage drop bucket scans \(.*bucket/),
    'denied: vera storage create bucket scans (no role of his covers it)',
  ])
})

it('has who made a key over what, who was refused one, and who revoked whose', async () => {
  await createBucket(machine, secrets, ADA, 'papers')
  const bucket = { name: 'papers', mode: 'read' as const }
  await createKey(machine, secrets, { name: 'script', buckets: [bucket] }, ADA)
  await expect(createKey(machine, secrets, { name: 'other', buckets: [bucket] }, VERA)).rejects.toMatchObject({
    code: 'storage.roles_do_not_cover',
  })
  await revokeKey(machine, secrets, { username: 'root', account: 'r1', roles: [ROLES.admin] }, 'script')
  expect((await told()).slice(1)).toEqual([
    'allowed: ada storage create key script (over papers (read))',
    'denied: vera storage create key other (over papers (read): the roles of vera do not allow a key over papers)',
    'allowed: root storage drop key script (of ada)',
  ])
})

it('has who had the store scrubbed, which tells what is broken', async () => {
  expect(await scrub(machine, secrets, ADA)).toEqual({ objects: 0, bytes: 0, broken: [] })
  await expect(scrub(machine, secrets, VERA)).rejects.toMatchObject({ code: 'storage.administrators_only' })
  expect(await told()).toEqual([
    'allowed: ada storage manage key scrub',
    'denied: vera storage manage key scrub (no role of his covers it)',
  ])
})

it('has who had the key of the store replaced, and who may not', async () => {
  expect(await rotateKey(machine, secrets, ADA)).toBe(0)
  await expect(rotateKey(machine, secrets, VERA)).rejects.toMatchObject({ code: 'storage.administrators_only' })
  expect(await told()).toEqual([
    'allowed: ada storage manage key sealing',
    'denied: vera storage manage key sealing (no role of his covers it)',
  ])
})

it('has a person’s own key when it is made, and not when it is there', async () => {
  await ensureUserKey(machine, secrets, ADA)
  await ensureUserKey(machine, secrets, ADA)
  expect(await told()).toEqual([`allowed: ada storage create key ${personalKey('ada')}`])
})

it('a person lists and revokes his own keys, and who manages the platform all; a name that is taken stays whose it is', async () => {
  const EVE: Holder = { username: 'eve', account: 'e1', roles: [ROLES.engineer] }
  const UGO: Holder = { username: 'ugo', account: 'u1', roles: [ROLES.user] }
  const buckets = [{ name: SHARED_BUCKET, mode: 'read' as const }]
  const made = await createKey(machine, secrets, { name: 'of-eve', buckets }, EVE)
  await createKey(machine, secrets, { name: 'of-ugo', buckets }, UGO)
  await told()
  const seenBy = async (asker: Holder) => (await listKeys(machine, secrets, asker)).map(({ name }) => name)
  expect([await seenBy(EVE), await seenBy(UGO), await seenBy({ ...EVE, account: 'e2' })]).toEqual([['of-eve'], ['of-ugo'], []])
  expect(await seenBy(ADA)).toEqual(expect.arrayContaining(['of-eve', 'of-ugo']))
  await expect(revokeKey(machine, secrets, UGO, 'of-eve')).rejects.toMatchObject({ code: 'storage.foreign_key' })
  await expect(revokeKey(machine, secrets, { ...UGO, roles: [] }, 'of-eve')).rejects.toMatchObject({ code: 'storage.foreign_key' })
  for (const other of [UGO, ADA])
    await expect(createKey(machine, secrets, { name: 'of-eve', buckets }, other)).rejects.toMatchObject({ code: 'storage.key_taken' })
  expect((await told()).map((event) => event.split(' (')[0])).toEqual([
    'denied: ugo storage drop key of-eve',
    'denied: ugo storage drop key of-eve',
    'denied: ugo storage create key of-eve',
    'denied: ada storage create key of-eve',
  ])
  const again = await createKey(machine, secrets, { name: 'of-eve', buckets }, EVE)
  expect([made.existed, again.existed, again.secret.reveal() === made.secret.reveal()]).toEqual([false, true, true])
  const namesake = await createKey(machine, secrets, { name: 'of-eve', buckets }, { ...EVE, account: 'e2' })
  expect([namesake.existed, namesake.id === made.id]).toEqual([false, false])
  await revokeKey(machine, secrets, { ...EVE, account: 'e2' }, 'of-eve')
  await revokeKey(machine, secrets, ADA, 'of-ugo')
  expect(await secrets.get(secretName.key('of-eve'))).toBeUndefined()
  expect(await names()).not.toContain('of-eve')
  await told()
})

it('has who had everything made as it is declared, and who was refused', async () => {
  await applyAsked(machine, secrets, ADA)
  await expect(applyAsked(machine, secrets, VERA)).rejects.toMatchObject({ code: 'access.denied' })
  expect(applied).toBe(1)
  expect(await told()).toEqual([
    'allowed: ada ensure manage platform declarations',
    'denied: vera ensure manage platform declarations (only administrators may)',
  ])
})

it('who only ends rights waits for no record: a person’s sessions end without one', async () => {
  const facts = { what: { part: 'identity', action: 'write', kind: 'user', path: ['eve', 'sessions'] }, outcome: 'allowed' } as const
  await recordAsked(machine, secrets, ADA, facts, 'end')
  await away()
  await recordAsked(machine, secrets, ADA, facts, 'end')
  await expect(recordAsked(machine, secrets, ADA, facts)).rejects.toMatchObject({ code: 'audit.unavailable' })
  expect(await told()).toEqual(['allowed: ada identity write user eve/sessions'])
})

it('nothing of that is done while it cannot be recorded, and a refusal stays one', async () => {
  const bucket = { name: 'papers', mode: 'read' as const }
  await createKey(machine, secrets, { name: 'kept', buckets: [bucket] }, ADA)
  await away()
  const refused = { code: 'audit.unavailable' }
  await expect(createBucket(machine, secrets, ADA, 'later')).rejects.toMatchObject(refused)
  await expect(removeBucket(machine, secrets, ADA, 'papers')).rejects.toMatchObject(refused)
  await expect(createKey(machine, secrets, { name: 'later', buckets: [bucket] }, ADA)).rejects.toMatchObject(refused)
  await expect(revokeKey(machine, secrets, ADA, 'kept')).rejects.toMatchObject(refused)
  await expect(applyAsked(machine, secrets, ADA)).rejects.toMatchObject(refused)
  expect(applied).toBe(1)
  await expect(createBucket(machine, secrets, VERA, 'later')).rejects.toMatchObject({ code: 'storage.roles_do_not_cover' })
  const now = await names()
  expect(now).toContain('kept')
  expect(now).not.toContain('later')
})

it('a name that two ask for at once is of one of them, and the other gets no key', async () => {
  const buckets = [{ name: SHARED_BUCKET, mode: 'read' as const }]
  const askers = ['eve', 'ugo', 'eve', 'ugo'].map((username) => ({ username, account: `${username}-1`, roles: [ROLES.admin] }))
  const made = await Promise.allSettled(askers.map((asker) => createKey(machine, secrets, { name: 'raced', buckets }, asker)))
  const [{ owner } = {}] = (await listKeys(machine, secrets, ADA)).filter(({ name }) => name === 'raced')
  expect(made.map(({ status }) => status === 'fulfilled')).toEqual(askers.map(({ username }) => username === owner))
  await revokeKey(machine, secrets, ADA, 'raced')
  await told()
})
