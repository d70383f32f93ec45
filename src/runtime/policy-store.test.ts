// How the files of a policy come into force: whole or not at all, kept with who and why, seen by whoever follows it, undone.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Caller } from '#kit/access'
import { compilePolicy } from '#platform/policy/source'
import type { Machine } from '#runtime/machine'
import { createPolicy, policyFile, readInForce, SHIPPED } from '#runtime/policy'
import { runCases } from '#runtime/policy-cases'
import { differences, explain } from '#runtime/policy-explain'
import { policyFolder } from '#runtime/policy-folder'
import { assertNoEdits, beginPolicy, compileWhole, putInForce, readHistory, revisionOf, writePolicyFiles } from '#runtime/policy-store'
import { thingOf } from '#runtime/policy-things'

let home: string
let machine: Pick<Machine, 'paths'>
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'akko-policy-'))
  mkdirSync(join(home, 'state'))
  machine = { paths: { config: join(home, 'config.yaml'), records: join(home, 'state') } } as Machine
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

const CHANGE = { author: 'ada', reason: 'a test' }
const edit = (text: string, name = 'policy.yaml') => writeFileSync(join(policyFolder(machine), name), text)
const CLERKS = 'roles:\n  akko-admin: { all: true }\n  clerk: { read: [iceberg.banking] }\n'
const clerk: Caller = { sub: 'kim', roles: ['clerk'], via: 'bearer', requestId: 'r' }
const CUSTOMERS = { kind: 'table', path: ['iceberg', 'banking', 'customers'] }

describe('in force', () => {
  it('is what is shipped, and stays so when its copy is begun', async () => {
    expect(readInForce(machine)).toBe(SHIPPED)
    beginPolicy(machine)
    expect(await putInForce(machine, CHANGE)).toMatchObject({ changed: false, kept: { revision: 0 } })
    expect(() => beginPolicy(machine)).toThrow('holds a policy already')
  })

  it('is what the files say, seen by who follows, with another version', async () => {
    beginPolicy(machine)
    const policy = createPolicy(machine)
    const before = policy.version()
    expect((await policy.authoriser.decide(clerk, 'read', CUSTOMERS)).allow).toBe(false)
    edit(CLERKS)
    expect(await putInForce(machine, CHANGE)).toMatchObject({ changed: true, kept: { revision: 1, ...CHANGE } })
    await expect.poll(async () => (await policy.authoriser.decide(clerk, 'read', CUSTOMERS)).allow).toBe(true)
    expect(policy.version()).not.toBe(before)
  })

  it('is one for all of a process: no answer by an older one is held for that of a newer', async () => {
    beginPolicy(machine)
    edit(CLERKS)
    await putInForce(machine, CHANGE)
    expect(createPolicy(machine).inForce()).toBe(createPolicy(machine).inForce())
  })

  it('goes on when the files are wrong, or none are left in their folder', async () => {
    beginPolicy(machine)
    edit(CLERKS)
    await putInForce(machine, CHANGE)
    edit('roles: { clerk: { raed: [a] } }')
    await expect(putInForce(machine, CHANGE)).rejects.toThrow('policy.yaml:1:19: roles.clerk.raed: unknown word raed')
    rmSync(join(policyFolder(machine), 'policy.yaml'))
    await expect(putInForce(machine, CHANGE)).rejects.toThrow('holds no *.yaml')
    expect(readInForce(machine).revision).toBe(1)
    rmSync(policyFolder(machine), { recursive: true })
    expect(await putInForce(machine, CHANGE)).toMatchObject({ changed: true, kept: { revision: 2, model: SHIPPED.model } })
  })

  it('is what the files say when it is their turn, not what they said when somebody began to wait', async () => {
    beginPolicy(machine)
    edit(CLERKS)
    let apply = (): void => {}
    const waits = new Promise<void>((resolve) => {
      apply = resolve
    })
    const first = putInForce(machine, CHANGE, () => waits)
    const second = putInForce(machine, CHANGE)
    await sleep(100)
    edit(CLERKS.replace('iceberg.banking', 'iceberg.raw'))
    apply()
    await first
    expect((await second).kept.model.roleGrants.clerk?.read).toEqual(['iceberg.raw'])
  })

  it.each<[what: string, lay: (folder: string) => void]>([
    ['policy.yml', (folder) => writeFileSync(join(folder, 'masks.yml'), '')],
    ['POLICY.YAML', (folder) => writeFileSync(join(folder, 'MASKS.YAML'), '')],
    ['a folder in it', (folder) => mkdirSync(join(folder, 'masks'))],
    ['a folder of a policy’s name', (folder) => mkdirSync(join(folder, 'masks.yaml'))],
    ['a link to nowhere', (folder) => symlinkSync('/nowhere', join(folder, 'masks.yaml'))],
    ['a text of another encoding', (folder) => writeFileSync(join(folder, 'masks.yaml'), Buffer.from('# pr\xe9nom\n', 'latin1'))],
    ['a huge file', (folder) => writeFileSync(join(folder, 'masks.yaml'), '#'.repeat(5 * 1024 * 1024))],
    [
      'a link to nowhere in place of the folder',
      (folder) => {
        rmSync(folder, { recursive: true })
        symlinkSync('/nowhere', folder)
      },
    ],
  ])('goes on where something in the folder would not be read: %s', async (_, lay) => {
    beginPolicy(machine)
    edit(CLERKS)
    await putInForce(machine, CHANGE)
    lay(policyFolder(machine))
    await expect(putInForce(machine, CHANGE)).rejects.toMatchObject({ code: expect.stringMatching(/^policy\.(not_a_file|no_files)$/) })
    expect(readInForce(machine).revision).toBe(1)
  })

  it('has no column in a text, which is shown as it stands', async () => {
    beginPolicy(machine)
    const masked = (mask: string) => `${CLERKS}masks:\n  m: "${mask}"\n`
    edit(masked("concat('{column}', {column})"))
    await expect(putInForce(machine, CHANGE)).rejects.toThrow('{column} stands in a text')
    edit(masked("concat('column', {column}) -- {column}"))
    expect(await putInForce(machine, CHANGE)).toMatchObject({ changed: true })
  })

  it('is read beside what editors and version control keep', async () => {
    beginPolicy(machine)
    edit(CLERKS)
    mkdirSync(join(policyFolder(machine), '.git'))
    symlinkSync('ada@host', join(policyFolder(machine), '.#policy.yaml'))
    writeFileSync(join(policyFolder(machine), 'README.md'), '')
    expect(await putInForce(machine, CHANGE)).toMatchObject({ changed: true })
  })

  it('is not there before it is on record', async () => {
    beginPolicy(machine)
    edit(CLERKS)
    const record = async () => {
      throw new Error('no audit')
    }
    await expect(putInForce(machine, CHANGE, record)).rejects.toThrow('no audit')
    expect(readInForce(machine)).toBe(SHIPPED)
  })

  it('denies what is asked while it cannot be read', async () => {
    beginPolicy(machine)
    edit(CLERKS)
    await putInForce(machine, CHANGE)
    const policy = createPolicy(machine)
    writeFileSync(policyFile(machine), '{')
    await expect(policy.authoriser.decide(clerk, 'read', CUSTOMERS)).rejects.toThrow()
  })

  it('can be read by the cells, which may be another user’s', async () => {
    const mask = process.umask(0o077)
    try {
      beginPolicy(machine)
      edit(CLERKS)
      await putInForce(machine, CHANGE)
    } finally {
      process.umask(mask)
    }
    expect(statSync(policyFile(machine)).mode & 0o777).toBe(0o644)
  })
})

describe('the history', () => {
  it('is given the reason that comes after the files were taken, and keeps it', async () => {
    beginPolicy(machine)
    edit(CLERKS)
    expect((await putInForce(machine, { author: 'root' })).kept.reason).toBe('the files were changed')
    const told: number[] = []
    const record = async ({ revision }: { readonly revision: number }) => void told.push(revision)
    expect((await putInForce(machine, { author: 'ada', reason: 'clerks' }, record)).kept).toMatchObject({
      revision: 1,
      author: 'ada',
      reason: 'clerks',
    })
    expect(told).toEqual([1])
    await putInForce(machine, { author: 'bob', reason: 'another' }, record)
    expect(readHistory(machine)[0]).toMatchObject({ author: 'ada', reason: 'clerks' })
  })

  it('is not gone back in over edits that are nowhere else', async () => {
    beginPolicy(machine)
    await putInForce(machine, CHANGE)
    expect(() => assertNoEdits(machine)).not.toThrow()
    edit('roles: { clerk: { raed: [a] } }')
    expect(() => assertNoEdits(machine)).toThrow('say something else than revision 0, which is in force')
    edit(CLERKS)
    expect(() => assertNoEdits(machine)).toThrow('say something else')
    await putInForce(machine, CHANGE)
    expect(() => assertNoEdits(machine)).not.toThrow()
  })

  it('keeps each, and undoes to any, files and all', async () => {
    beginPolicy(machine)
    edit(CLERKS)
    edit('masks: { one: "1" }', 'z.yaml')
    await putInForce(machine, CHANGE)
    edit(`# a remark\n${CLERKS}`)
    const remark = await putInForce(machine, { author: 'eve', reason: 'a remark' })
    expect(remark).toMatchObject({ changed: false, kept: { revision: 1, author: 'ada', reason: 'a test' } })
    writePolicyFiles(machine, revisionOf(machine, 0).files)
    await putInForce(machine, { author: 'bob', reason: 'back' })
    expect(readdirSync(policyFolder(machine))).toEqual(['policy.yaml'])
    expect(readHistory(machine).map(({ revision, author }) => [revision, author])).toEqual([
      [2, 'bob'],
      [1, 'ada'],
      [0, 'akko'],
    ])
    expect(() => revisionOf(machine, 9)).toThrow('there is no revision 9')
  })
})

/** Where the shipped policy says it. */
const said = (text: string, after = ''): string => {
  const lines = (SHIPPED.files[0]?.text ?? '').split('\n')
  const from = after === '' ? 0 : lines.findIndex((line) => line.includes(after))
  return `shipped.yaml:${lines.findIndex((line, i) => i >= from && line.includes(text)) + 1}`
}

describe('why', () => {
  it.each<[string, string[], string, boolean, string[]]>([
    [
      'by a role',
      ['akko-user'],
      'iceberg.banking.customers',
      true,
      [`roles.akko-user.read.0 ${said('read:', 'akko-user:')}`, `classified.1 ${said('column: email')}`],
    ],
    ['by everything', ['akko-admin'], 'iceberg.banking.customers', true, [`roles.akko-admin.all ${said('all: true')}`]],
    [
      'with a row filter',
      ['akko-viewer'],
      'iceberg.analytics.daily',
      true,
      [`roles.akko-viewer.read.0 ${said('read:', 'akko-viewer:')}`, `rowFilters.0 ${said('column: confidential')}`],
    ],
    ['not at all', ['akko-viewer'], 'iceberg.banking.customers', false, []],
    ['without a role', [], 'iceberg.banking.customers', false, []],
  ])('%s', (_, roles, object, allow, because) => {
    const said = explain(SHIPPED, { user: 'kim', roles, action: 'read', thing: { ...thingOf(object), columns: ['email', 'confidential'] } })
    expect(said.allow).toBe(allow)
    expect(said.because.map(({ rule, at }) => `${rule} ${at}`)).toEqual(because)
  })

  it('of a bucket, as the key of who holds the role', () => {
    const ask = (role: string, action: 'read' | 'manage') =>
      explain(SHIPPED, { user: 'kim', roles: [role], action, thing: thingOf('bucket:akko-shared') })
    expect(ask('akko-user', 'read')).toMatchObject({ allow: true, because: [{ rule: 'roles.akko-user.buckets.0', says: 'akko-shared' }] })
    expect([ask('akko-viewer', 'read').allow, ask('akko-user', 'manage').allow]).toEqual([false, false])
  })

  it('shows the rows that are left, whichever columns somebody asks about', () => {
    const thing = { ...thingOf('iceberg.analytics.daily'), columns: ['other'] }
    const said = explain(SHIPPED, { user: 'kim', roles: ['akko-viewer'], action: 'read', thing })
    expect([said.rowFilters, said.columnMasks]).toEqual([['NOT "confidential"'], {}])
  })

  it('of other things than tables', () => {
    const ask = (role: string, object: string, action: 'read' | 'create') =>
      explain(SHIPPED, { user: 'kim', roles: [role], action, thing: thingOf(object) })
    expect(ask('akko-user', 'report:sales/kim', 'create')).toMatchObject({
      allow: true,
      because: [{ says: '*', at: said('report:', 'akko-user:') }],
    })
    expect(ask('akko-viewer', 'report:sales/kim', 'create').allow).toBe(false)
    expect(() => thingOf('reprot:sales')).toThrow('there is no kind reprot; the nearest is report')
    expect(() => thingOf('a..b')).toThrow('a name in it is empty')
    expect(() => thingOf('patients')).toThrow('there is no catalogue patients')
  })
})

it('tells what each role gains and loses', async () => {
  const { model } = await compileWhole([
    {
      name: 'a.yaml',
      text: SHIPPED.files[0]?.text.replace('    clear: true\n    buckets: [akko-shared]', '    buckets: [akko-projects]') ?? '',
    },
  ])
  const found = differences(SHIPPED.model, model).map(({ role, what, before, after }) => [role, what, before, after].join(' | '))
  expect(found).toContain(`akko-analyst | email in iceberg.banking | no | '***@' || split_part("email", '@', 2)`)
  expect(found).toContain('akko-analyst | bucket akko-shared | yes | no')
  expect(found).toContain('akko-analyst | bucket akko-projects | no | yes')
  expect(found.every((line) => line.startsWith('akko-analyst'))).toBe(true)
  expect(differences(SHIPPED.model, SHIPPED.model)).toEqual([])
  expect(differences(SHIPPED.model, { ...SHIPPED.model, groupRoles: { '/risk': ['akko-user'] } })).toEqual([
    { role: 'akko-user', what: 'members of /risk', before: 'no', after: 'yes' },
  ])
  const open = differences(SHIPPED.model, { ...SHIPPED.model, rowFilters: [] })
  expect(open).toContainEqual({ role: 'akko-viewer', what: expect.stringMatching(/^rows of /), before: expect.any(String), after: 'all' })
})

describe('cases beside the policy', () => {
  const run = (text: string) => runCases(SHIPPED, [{ name: 'bank.test.yaml', text }])

  it('speak of the columns that may be selected', () => {
    const policy = compilePolicy([
      {
        name: 'policy.yaml',
        text: `${CLERKS}  teller: { read: [{ table: iceberg.banking.customers, columns: [customer_id, Segment] }] }\n`,
      },
    ])
    const teller = (more: string) => `  - { roles: [teller], object: iceberg.banking.customers, ${more} }\n`
    const text = `cases:\n${teller('visible: [CUSTOMER_ID, segment], denied: [email]')}${teller('visible: [email], denied: [segment]')}${teller('masked: [email], clear: [phone]')}`
    expect(runCases(policy, [{ name: 'a.test.yaml', text }]).map(({ problems }) => problems)).toEqual([
      [],
      ['email cannot be selected', 'segment can be selected'],
      ['email cannot be selected', 'phone cannot be selected'],
    ])
    const thing = { ...thingOf('iceberg.banking.customers'), columns: ['Email', 'SEGMENT'] }
    const said = explain(policy, { user: 'kim', roles: ['teller'], action: 'read', thing })
    expect(said).toMatchObject({
      allow: true,
      visibleColumns: ['SEGMENT'],
      because: [{ rule: 'roles.teller.read.0', at: 'policy.yaml:4' }],
    })
    const wider = compilePolicy([{ name: 'policy.yaml', text: `${CLERKS}  teller: { read: [{ table: iceberg.banking.customers }] }\n` }])
    expect(differences(policy.model, wider.model)).toEqual([
      { role: 'teller', what: 'read iceberg.banking.customers', before: 'customer_id, segment', after: 'yes' },
    ])
  })

  it('hold, or tell what is otherwise', () => {
    const outcomes = run(
      [
        'cases:',
        '  - { roles: [akko-user], object: iceberg.banking.customers, masked: [email], clear: [customer_id] }',
        '  - { roles: [akko-viewer], object: iceberg.banking.customers, allow: false }',
        `  - { roles: [akko-viewer], object: iceberg.analytics.daily, columns: [confidential], rows: ['NOT "confidential"'] }`,
        '  - { roles: [akko-analyst], object: iceberg.banking.customers, masked: [email] }',
        '  - { roles: [akko-user], may: write, object: iceberg.banking.customers }',
        '  - { roles: [akko-user], object: iceberg.banking.customers, clear: [phone], rows: [x] }',
      ].join('\n'),
    )
    expect(outcomes.map(({ at, problems }) => [at, problems])).toEqual([
      ['bank.test.yaml:2', []],
      ['bank.test.yaml:3', []],
      ['bank.test.yaml:4', []],
      ['bank.test.yaml:5', ['email is shown clear']],
      ['bank.test.yaml:6', ['it is denied: no role of yours writes iceberg.banking.customers']],
      ['bank.test.yaml:7', [`phone is shown as '***' || substr("phone", -2)`, 'the rows are those of the whole table']],
    ])
  })

  it('know a column by its name in any case', () => {
    const [one, two] = run(
      'cases:\n  - { roles: [akko-user], object: iceberg.banking.c, masked: [EMAIL] }\n  - { roles: [akko-user], object: iceberg.banking.c, clear: [Email] }\n',
    )
    expect([one?.problems, two?.problems]).toEqual([[], [`Email is shown as '***@' || split_part("email", '@', 2)`]])
  })

  it('do not hold for a role that is none', () => {
    const [one] = run('cases:\n  - { roles: [akko-usr], object: iceberg.raw.t, allow: false }\n')
    expect(one?.problems).toEqual(['there is no role akko-usr; the nearest is akko-user'])
  })

  it('are refused with their place where they are none', () => {
    expect(() => run('cases:\n  - { roles: [a], object: t.a.b, may: raed }\n')).toThrow('bank.test.yaml:2:34')
    expect(() => run('cases: []\n')).toThrow('cases')
  })
})

it('a policy that changes within the time of a look is seen at the next', async () => {
  beginPolicy(machine)
  edit(CLERKS)
  await putInForce(machine, CHANGE)
  const policy = createPolicy(machine)
  expect(policy.inForce().revision).toBe(1)
  edit(CLERKS.replace('iceberg.banking', 'iceberg.raw'))
  await putInForce(machine, CHANGE)
  await sleep(250)
  expect(policy.inForce().revision).toBe(2)
})
