// The policy as its owner writes it: what is wrong is told with its place, and nothing of a wrong one is taken.
import { describe, expect, it } from 'vitest'
import { shippedPolicy, shippedText } from '#platform/access'
import { SQL_CATALOGS } from '#platform/names'
import { compilePolicy, type PolicyContext } from '#platform/policy/source'

const CONTEXT: PolicyContext = {
  grantable: { report: ['create'], table: [] },
  catalogs: ['lake', 'a', ...SQL_CATALOGS],
  problemOf: (sql) => (sql.includes('FROM') ? 'a query may not stand in it' : undefined),
}
const ADMIN = 'roles:\n  akko-admin: { all: true }\n'
const compile = (...texts: string[]) =>
  compilePolicy(
    texts.map((text, i) => ({ name: `${i + 1}.yaml`, text })),
    CONTEXT,
  )
const refusal = (...texts: string[]): string => {
  try {
    compile(...texts)
  } catch (error) {
    return (error as Error).message
  }
  return 'none'
}

describe('files that are one policy together', () => {
  it('have their roles side by side, their lists one after the other, and each rule its place', () => {
    const { model, places } = compile(
      `${ADMIN}masks:\n  email: "'x'"\nclassified:\n  - { schemas: [lake.a], column: mail, as: email }\n`,
      'roles:\n  clerk:\n    read:\n      - lake.a\n      - lake.b\n    clear: false\nclassified:\n  - { schemas: ["*.*"], column: mail2, as: email }\n',
    )
    expect(model.roleGrants).toEqual({ 'akko-admin': { all: true }, clerk: { read: ['lake.a', 'lake.b'] } })
    expect(model.classified.map(({ column }) => column)).toEqual(['mail', 'mail2'])
    expect(places['roleGrants/clerk/read/1']).toEqual({ file: '2.yaml', line: 5 })
    expect(places['classified/1']).toEqual({ file: '2.yaml', line: 8 })
    expect(places['masks/email']).toEqual({ file: '1.yaml', line: 4 })
  })

  it('give roles to groups of the realm, each group in one file', () => {
    const { model, places } = compile(
      `${ADMIN}  clerk: {}\ngroups:\n  /risk: [clerk]\n`,
      'groups:\n  /risk/desk:\n    - clerk\n    - akko-admin\n',
    )
    expect(model.groupRoles).toEqual({ '/risk': ['clerk'], '/risk/desk': ['clerk', 'akko-admin'] })
    expect(places['groupRoles//risk/desk/1']).toEqual({ file: '2.yaml', line: 4 })
    expect(() => compile(`${ADMIN}  clerk: {}\ngroups:\n  /risk: [clark]\n`)).toThrow(
      /1\.yaml:\d+:\d+: groups\.\/risk\.0: there is no role clark.*clerk/,
    )
    expect(() => compile(`${ADMIN}groups: { /risk: [akko-admin] }\n`, 'groups: { /risk: [akko-admin] }\n')).toThrow(
      /declared in 1\.yaml already/,
    )
    for (const path of ['risk', '/', '/risk/', '//risk'])
      expect(() => compile(`${ADMIN}groups: { "${path}": [akko-admin] }\n`)).toThrow(/groups/)
  })

  it('grant tables and columns, and clear by class', () => {
    const { model, places } = compile(
      `${ADMIN}  clerk:\n    read: [lake.a, { table: lake.b.t, columns: [id] }]\n    write: [{ table: 'lake.*.t' }]\n    clear: [email]\nmasks: { email: 'NULL' }\n` +
        'classified:\n  - { schemas: [lake.a], tables: [t, u], column: mail, as: email }\n',
    )
    expect(model.roleGrants.clerk).toEqual({
      read: ['lake.a', { table: 'lake.b.t', columns: ['id'] }],
      write: [{ table: 'lake.*.t' }],
      clear: ['email'],
    })
    expect(model.classified).toEqual([{ schemas: ['lake.a'], tables: ['t', 'u'], column: 'mail', as: 'email' }])
    expect(places['roleGrants/clerk/read/1']).toEqual({ file: '1.yaml', line: 4 })
  })

  it('are what is shipped where nobody wrote any, which passes as it is', () => {
    expect(compilePolicy([shippedText], CONTEXT).model).toEqual(shippedPolicy.model)
    expect(Object.keys(shippedPolicy.model.roleGrants)).toHaveLength(5)
  })
})

describe('a wrong one is refused whole, with every place', () => {
  it.each<[what: string, texts: string[], told: string[]]>([
    ['an unknown word', ['rolse: {}\n', ADMIN], ['1.yaml:1:1: rolse: unknown word rolse; known: roles, groups, masks']],
    [
      'in a role',
      ['roles:\n  akko-admin:\n    all: true\n    reads: [a]\n'],
      ['1.yaml:4:5: roles.akko-admin.reads: unknown word reads; the nearest is read'],
    ],
    ['another type', ['roles:\n  akko-admin: { all: yes please }\n'], ['1.yaml:2:17: roles.akko-admin.all: it is true or false']],
    ['a star in a name', [`${ADMIN}  clerk: { read: [lake.sal*] }\n`], ['1.yaml:3:19: roles.clerk.read.0: it does not match']],
    ['no level', [`${ADMIN}  clerk: { read: [lake..a] }\n`], ['1.yaml:3:19: roles.clerk.read.0']],
    ['a role twice', [ADMIN, ADMIN], ['2.yaml:2:3: roles.akko-admin: akko-admin is declared in 1.yaml already']],
    [
      'an unknown mask',
      [`${ADMIN}masks: { email: "''" }\nclassified:\n  - { schemas: [a.b], column: c, as: emial }\n`],
      ['1.yaml:5:34: classified.0.as: there is no mask emial; known: email'],
    ],
    [
      'an unknown kind',
      [`${ADMIN}  clerk: { grants: { reprot: { create: ['*'] } } }\n`],
      ['1.yaml:3:22: roles.clerk.grants.reprot: there is no kind of thing reprot; the nearest is report'],
    ],
    [
      'an unknown action',
      [`${ADMIN}  clerk: { grants: { report: { make: ['*'] } } }\n`],
      ['1.yaml:3:32: roles.clerk.grants.report.make: unknown word make; known: list, read'],
    ],
    [
      'the warehouse as a bucket',
      [`${ADMIN}  clerk: { buckets: [akko-iceberg] }\n`],
      ['roles.clerk.buckets.0: akko-iceberg holds the tables'],
    ],
    ['a query in a mask', [`${ADMIN}masks: { m: (SELECT 1 FROM t) }\n`], ['1.yaml:3:10: masks.m: a query may not stand in it']],
    [
      'a query in a filter',
      [`${ADMIN}rowFilters:\n  - { schemas: [a.b], column: c, filter: "EXISTS (SELECT 1 FROM t)" }\n`],
      ['rowFilters.0.filter: a query'],
    ],
    ['nobody who manages', ['roles:\n  clerk: { read: [a] }\n'], ['1.yaml:1:1: roles: akko-admin has no `all: true`']],
    ['no YAML', ['roles: [\n'], ['1.yaml: ']],
    ['a list', ['- a\n'], ['1.yaml: it is not a mapping of keys to values']],
    ['a name of an object', ['roles:\n  __proto__: { all: true }\n'], ['1.yaml:2:3: roles.__proto__: it cannot be a name']],
    [
      'aliases that multiply',
      [`a: &a [${'x, '.repeat(9)}x]\n${list(9, (i) => `${name(i + 1)}: &${name(i + 1)} [${list(10, () => `*${name(i)}`, ', ')}]\n`)}`],
      ['Excessive alias count'],
    ],
    ['a name twice, as text and as a number', [`${ADMIN}  16: {}\n  '16': { read: [a.b] }\n`], ['Map keys must be unique']],
    ['a tag that nobody knows', [`${ADMIN}masks: { m: !include m.sql }\n`], ['1.yaml: Unresolved tag: !include']],
    ['what stands in itself', [`${ADMIN}  clerk: &a { grants: *a }\n`], ['1.yaml: something stands in itself, or too deep']],
    [
      'a filter for who sees all',
      ['roles:\n  boss: { all: true, filtered: true }\n'],
      ['1.yaml:2:22: roles.boss.filtered: who may everything'],
    ],
    ['a mask for who sees all', ['roles:\n  boss: { all: true, clear: false }\n'], ['1.yaml:2:22: roles.boss.clear: who may everything']],
    [
      'a grant that nobody asks for',
      [`${ADMIN}  clerk: { grants: { table: { read: [lake] } } }\n`],
      ['1.yaml:3:31: roles.clerk.grants.table.read: to read a table is granted to nobody by its name'],
    ],
    ['a star in a granted name', [`${ADMIN}  clerk: { grants: { report: { create: [sal*] } } }\n`], ['report.create.0: it does not match']],
    ...['*', 'akko-*', 'Akko-Shared', 's3://x'].map((one): [string, string[], string[]] => [
      `${one} as a bucket`,
      [`${ADMIN}  clerk: { buckets: ['${one}'] }\n`],
      ['1.yaml:3:22: roles.clerk.buckets.0: it does not match'],
    ]),
    ...['mail ', ' mail', '\\"mail\\"', 'ma\\u200bil', 'mail\\uFEFF', 'mail\\0'].map((one): [string, string[], string[]] => [
      `the column ${JSON.stringify(one)}`,
      [`${ADMIN}masks: { m: 'NULL' }\nclassified:\n  - { schemas: [a.b], column: "${one}", as: m }\n`],
      ['1.yaml:5:23: classified.0.column: it does not match'],
    ]),
    [
      'a schema with a letter that nobody sees',
      [`${ADMIN}masks: { m: 'NULL' }\nclassified:\n  - { schemas: ["a.b\\u200b"], column: c, as: m }\n`],
      ['1.yaml:5:17: classified.0.schemas.0: it does not match'],
    ],
    [
      'a catalogue that is none',
      [`${ADMIN}  clerk: { read: [iecberg.a] }\n`],
      ['1.yaml:3:19: roles.clerk.read.0: there is no catalogue iecberg; the nearest is iceberg'],
    ],
    [
      'in a rule',
      [`${ADMIN}rowFilters:\n  - { schemas: [lake.b, b.a], column: c, filter: '{column}' }\n`],
      ['rowFilters.0.schemas.1: there is no catalogue b'],
    ],
    [
      'a table without its schema',
      [`${ADMIN}  clerk: { read: [{ table: lake.a }] }\n`],
      ['1.yaml:3:21: roles.clerk.read.0.table: it does not match'],
    ],
    [
      'columns of what is written',
      [`${ADMIN}  clerk: { write: [{ table: lake.a.t, columns: [b] }] }\n`],
      ['1.yaml:3:39: roles.clerk.write.0.columns: unknown word columns; known: table'],
    ],
    [
      'another word of a table',
      [`${ADMIN}  clerk: { read: [{ table: lake.a.t, colunms: [b] }] }\n`],
      ['roles.clerk.read.0.colunms: unknown word colunms; the nearest is columns'],
    ],
    ['no columns', [`${ADMIN}  clerk: { read: [{ table: lake.a.t, columns: [] }] }\n`], ['roles.clerk.read.0.columns: it is at least 1']],
    [
      'a column that tells of the table',
      [`${ADMIN}  clerk: { read: [{ table: lake.a.t, columns: [a, $path] }] }\n`],
      ['roles.clerk.read.0.columns.1: $path tells of the whole table'],
    ],
    [
      'a number for a grant',
      [`${ADMIN}  clerk: { read: [1] }\n`],
      ['roles.clerk.read.0: it is a pattern of a schema, or { table: catalogue.schema.table }'],
    ],
    [
      'a table of no catalogue',
      [`${ADMIN}  clerk: { read: [{ table: iecberg.a.t }] }\n`],
      ['1.yaml:3:21: roles.clerk.read.0.table: there is no catalogue iecberg; the nearest is iceberg'],
    ],
    [
      'a class that is none',
      [`${ADMIN}  clerk: { clear: [emial] }\nmasks: { email: 'NULL' }\n`],
      ['1.yaml:3:20: roles.clerk.clear.0: there is no mask emial; known: email'],
    ],
    [
      'a table with a dot in a rule',
      [`${ADMIN}classified:\n  - { schemas: [a.b], tables: [c.d], column: c, as: m }\n`],
      ['classified.0.tables.0: it does not match'],
    ],
    [
      'an unknown word of a rule',
      [`${ADMIN}rowFilters:\n  - { schemas: [a.b], table: [c], column: c, filter: 'NULL' }\n`],
      ['rowFilters.0.table: unknown word table; the nearest is tables'],
    ],
    [
      'a filter for a role that is none, or that sees all rows',
      [
        `${ADMIN}  clerk: { filtered: true }\n  boss: {}\nrowFilters:\n  - { schemas: [a.b], column: c, filter: 'NULL', roles: [clerk, clrek, boss] }\n`,
      ],
      [
        'rowFilters.0.roles.1: there is no role clrek; known: akko-admin, clerk, boss',
        'rowFilters.0.roles.2: boss is not `filtered: true`',
        '2 problem(s)',
      ],
    ],
    ['several', ['rolse: {}\n', 'masks: { x: 1 }\n', ADMIN], ['1.yaml:1:1', '2.yaml:1:10: masks.x: it is text']],
  ])('for %s', (_, texts, told) => {
    const text = refusal(...texts)
    for (const one of told) expect(text).toContain(one)
    expect(told.length).toBeGreaterThan(0)
  })
})

function list(count: number, of: (i: number) => string, between = ''): string {
  return Array.from({ length: count }, (_, i) => of(i)).join(between)
}
function name(i: number): string {
  return String.fromCharCode(97 + i)
}
