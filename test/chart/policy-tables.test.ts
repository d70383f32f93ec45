// Grants of single tables and columns, and personal data clear by class: OPA's answers against one machine's, each persona over each table and column.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Action, Caller } from '#kit/access'
import { decideByRoles, indexKinds } from '#parts/policy/index'
import { compilePolicy } from '#platform/policy/source'
import { RESOURCE_KINDS } from '#runtime/policy'
import { type OpenOpa, startOpenOpa } from '#test/support/opa'
import { parseType, printType, rowFields } from '#wire/trino/type'

const CUSTOMERS = 'iceberg.banking.customers'
const { model } = compilePolicy([
  {
    name: 'policy.yaml',
    text: `
roles:
  akko-admin: { all: true, clear: true }
  segments: { read: [{ table: ${CUSTOMERS}, columns: [customer_id, Segment] }] }
  mailer: { read: [{ table: Iceberg.Banking.CUSTOMERS, columns: [customer_id, EMAIL, person] }], clear: [email] }
  one: { read: [{ table: ${CUSTOMERS} }, { table: banking.public.customers, columns: [email] }] }
  anywhere: { read: [{ table: 'iceberg.*.customers', columns: [email, confidential] }], filtered: true }
  everyone: { read: [{ table: '*.*.*', columns: [customer_id] }], clear: true }
  scribe: { write: [{ table: iceberg.staging.letters }], read: [iceberg.staging.inner] }
  nested: { read: [{ table: iceberg.banking.private.customers }], clear: [name] }
  marked: { read: [iceberg.banking], filtered: true }
  marked-part: { read: [{ table: ${CUSTOMERS}, columns: [customer_id, confidential, segment] }], filtered: true }
  reader: { read: ['*.*'], clear: [name] }
  north: { read: [iceberg.banking], filtered: true }
  south: { read: [{ table: ${CUSTOMERS} }, iceberg.staging], filtered: true }
  south-part: { read: [{ table: ${CUSTOMERS}, columns: [customer_id, segment] }], filtered: true }
masks: { email: "'***@' || {column}", name: "substr({column}, 1, 1)", gone: 'NULL' }
classified:
  - { schemas: [iceberg.banking], tables: [Customers], column: full_name, as: name }
  - { schemas: ['iceberg.*'], tables: ['*'], column: email, as: email }
  - { schemas: [iceberg.banking, banking.public], column: EMAIL, as: gone }
rowFilters:
  - { schemas: [iceberg.banking], tables: [customers, t], column: confidential, filter: 'NOT {column}', roles: [marked, marked-part, anywhere, south] }
  - { schemas: [iceberg.banking], column: segment, filter: "{column} = 'north'", roles: [north] }
  - { schemas: [iceberg.banking, iceberg.staging], column: segment, filter: "{column} = 'south'", roles: [south, south-part] }
  - { schemas: [iceberg.banking], tables: [t], column: customer_id, filter: '{column} > 0' }
`,
  },
])
let opa: OpenOpa
beforeAll(async () => {
  opa = await startOpenOpa(model)
}, 300_000)
afterAll(() => opa?.stop())

const KINDS = indexKinds(RESOURCE_KINDS)
const ROLES = Object.keys(model.roleGrants)
/** Those whose grants meet at one table. */
const MEETING = ROLES.filter((role) => !['akko-admin', 'scribe'].includes(role))
const PERSONAS = [[], ...ROLES.map((role) => [role]), ...MEETING.flatMap((a, i) => MEETING.slice(i + 1).map((b) => [a, b]))]
const NAMES = ['customers', 'CUSTOMERS', 'letters', 't']
const SCHEMAS = [
  'iceberg.banking',
  'iceberg.banking.private',
  'iceberg.staging',
  'iceberg.staging.inner',
  'iceberg.Banking',
  'banking.public',
  'rag.x',
]
const TYPES: Readonly<Record<string, string>> = {
  ...{ customer_id: 'bigint', segment: 'varchar(7)', email: 'varchar', Email: 'varchar', full_name: 'varchar', confidential: 'boolean' },
  ...{ person: 'row(email varchar, n bigint)', people: 'array(row(full_name varchar))', marks: 'row(confidential boolean)' },
}
const COLUMNS = Object.keys(TYPES)
const nested = Object.fromEntries(COLUMNS.map((name) => [name, rowFields(parseType(TYPES[name] as string))]))

const split = (schema: string): [string, string] => [schema.slice(0, schema.indexOf('.')), schema.slice(schema.indexOf('.') + 1)]
const caller = (roles: readonly string[]): Caller => ({ sub: 'ada', roles, via: 'bearer', requestId: 'r' })
const question = (groups: readonly string[], operation: string, more: object) => ({
  context: { identity: { user: 'ada', groups }, softwareStack: { trinoVersion: '476' } },
  action: { operation, ...more },
})

const TABLES = SCHEMAS.flatMap((schema) => NAMES.map((tableName) => ({ schema, path: [...split(schema), tableName] as const })))
const placed = ([catalogName, schemaName, tableName]: readonly [string, string, string]) => ({ catalogName, schemaName, tableName })

describe.each(PERSONAS.map((roles) => ({ roles, who: roles.join(' and ') || 'nobody' })))('$who', ({ roles }) => {
  const decided = (action: Action, path: readonly string[]) =>
    decideByRoles(model, KINDS, caller(roles), action, { kind: path.length > 2 ? 'table' : 'schema', path, columns: COLUMNS, nested })

  it('is let to each table and column as one machine lets him', async () => {
    const asked: { name: string; theirs: object; ours: boolean }[] = []
    const compare = (name: string, operation: string, resource: object, ours: boolean) =>
      asked.push({ name: `${operation} ${name}`, theirs: question(roles, operation, { resource }), ours })
    for (const schema of SCHEMAS) {
      const [catalogName, schemaName] = split(schema)
      for (const [operation, action] of [
        ['FilterSchemas', 'list'],
        ['ShowTables', 'list'],
        ['ShowCreateSchema', 'read'],
      ] as const)
        compare(schema, operation, { schema: { catalogName, schemaName } }, decided(action, [catalogName, schemaName]).allow)
    }
    for (const { path } of TABLES) {
      const [name, table] = [path.join('.'), placed(path)]
      const read = decided('read', path)
      const sees = (column: string) => read.allow && (read.visibleColumns?.includes(column) ?? true)
      for (const [operation, action] of [
        ['FilterTables', 'list'],
        ['ShowColumns', 'list'],
        ['InsertIntoTable', 'write'],
        ['DropTable', 'drop'],
      ] as const)
        compare(name, operation, { table }, decided(action, path).allow)
      compare(name, 'ShowCreateTable', { table }, read.allow && read.visibleColumns === undefined)
      for (const columns of [[], ...COLUMNS.map((column) => [column]), ['customer_id', 'email'], COLUMNS])
        compare(`${columns} of ${name}`, 'SelectFromColumns', { table: { ...table, columns } }, read.allow && columns.every(sees))
    }
    const answers = await opa.askAll(
      'allow',
      asked.map(({ theirs }) => theirs),
    )
    expect(asked.flatMap(({ name, ours }, i) => (answers[i] === ours ? [] : [`${name}: OPA ${answers[i]}, one machine ${ours}`]))).toEqual(
      [],
    )
  })

  it('sees columns, masks and filters where one machine puts them', async () => {
    const seen = TABLES.map(({ path }) => ({ path, decision: decided('read', path) }))
    const typed = (name: string) => printType(parseType(TYPES[name] as string))
    const shown = await opa.askAll(
      'batch',
      seen.map(({ path }) => question(roles, 'FilterColumns', { filterResources: [{ table: { ...placed(path), columns: COLUMNS } }] })),
    )
    const masks = await opa.askAll(
      'columnMasks',
      seen.map(({ path }) =>
        question(roles, 'GetColumnMask', {
          filterResources: COLUMNS.map((columnName) => ({ column: { ...placed(path), columnName, columnType: typed(columnName) } })),
        }),
      ),
    )
    const filters = await opa.askAll(
      'rowFilters',
      seen.map(({ path }) => question(roles, 'GetRowFilters', { resource: { table: placed(path) } })),
    )
    for (const [i, { path, decision }] of seen.entries()) {
      const name = path.join('.')
      const visible = decision.allow ? (decision.visibleColumns ?? COLUMNS) : []
      expect([name, (shown[i] as number[]).map((n) => COLUMNS[n])]).toEqual([name, visible])
      if (!decision.allow) continue
      const theirs = (masks[i] as { index: number; viewExpression: { expression: string } }[]).map(
        (mask) => [COLUMNS[mask.index], mask.viewExpression.expression] as const,
      )
      const ours = Object.entries(decision.columnMasks ?? {}).map(
        ([column, mask]) => [column, `CAST(${mask} AS ${typed(column)})`] as const,
      )
      expect([name, Object.fromEntries(theirs)]).toEqual([name, Object.fromEntries(ours)])
      const texts = (filters[i] as { expression: string }[]).map(({ expression }) => expression)
      expect([name, texts.sort()]).toEqual([name, [...(decision.rowFilters ?? [])].sort()])
    }
  })

  it('is told what lies beside a table of the lake where nothing of it is hidden', async () => {
    const [catalogName, schemaName] = split('iceberg.banking')
    const ask = { table: { catalogName, schemaName, tableName: 'customers$files', columns: ['lower_bounds'] } }
    const { allow, visibleColumns, rowFilters = [], columnMasks = {} } = decided('read', ['iceberg', 'banking', 'customers'])
    const seesAll = allow && visibleColumns === undefined && rowFilters.length === 0 && Object.keys(columnMasks).length === 0
    expect(await opa.ask('allow', question(roles, 'SelectFromColumns', { resource: ask }))).toBe(seesAll)
  })
})
