// OPA's answers to Trino's questions, on the cluster, against the answers that one machine gives: the same model, the same decisions.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Action, Caller, Resource } from '#kit/access'
import { decideByRoles, indexKinds } from '#parts/policy/index'
import { shippedPolicy } from '#platform/access'
import { ROLES } from '#platform/names'
import { RESOURCE_KINDS } from '#runtime/policy'
import { BASES, nestedNames } from '#test/support/nested-names'
import { type OpenOpa, startOpenOpa } from '#test/support/opa'
import { arrayOf, BIGINT, mapOf, parseType, printType, rowFields, rowOf, type TrinoType, VARCHAR } from '#wire/trino/type'

let opa: OpenOpa
beforeAll(async () => {
  opa = await startOpenOpa()
}, 300_000)
afterAll(() => opa?.stop())

const KINDS = indexKinds(RESOURCE_KINDS)
const MODEL = shippedPolicy.model
const USER = 'ada@lab'
const WHO: readonly (readonly string[])[] = [
  ...Object.values(ROLES).map((role) => [role]),
  [],
  ['offline_access', 'a-role-nobody-declared'],
  ['constructor', '__proto__'],
  [ROLES.viewer, ROLES.user],
  [ROLES.viewer, ROLES.analyst],
  [ROLES.user, ROLES.engineer],
]

const caller = (roles: readonly string[]): Caller => ({ sub: USER, roles, via: 'bearer', requestId: 'r' })
const context = (groups: readonly string[]) => ({ identity: { user: USER, groups }, softwareStack: { trinoVersion: '476' } })
const machine = (roles: readonly string[], action: Action, kind: Resource['kind'], path: readonly string[]) =>
  decideByRoles(MODEL, KINDS, caller(roles), action, { kind, path }).allow
const question = (roles: readonly string[], operation: string, resource?: object, more: object = {}) => ({
  context: context(roles),
  action: { operation, ...(resource ? { resource } : {}), ...more },
})

const SCHEMAS = [
  'iceberg.banking',
  'iceberg.analytics',
  'iceberg.elsewhere',
  'banking.public',
  'healthcare.public',
  'postgresql.public',
  'rag.public',
  // Nested namespaces, whose name in SQL is their levels with dots; and other spellings.
  'iceberg.banking.private',
  'iceberg.banking.private.deeper',
  'iceberg.bankings',
  'iceberg.analytics.team',
  'iceberg.elsewhere.banking',
  'iceberg.Banking',
  'iceberg.BANKING.Private',
  'banking.public.x',
  'Postgresql.Public',
  'iceberg.',
  'iceberg.constructor',
]
const GENERATED = BASES.flatMap(nestedNames)
/** Of a schema: the first level is the catalogue, the rest the schema's name. */
const pathOf = (schema: string): [string, string] => {
  const dot = schema.indexOf('.')
  return [schema.slice(0, dot), schema.slice(dot + 1)]
}
const at = (schema: string) => {
  const [catalogName, schemaName] = pathOf(schema)
  return { catalogName, schemaName }
}

/** Types that hold the field, at several depths, in each place of a row. */
const nesting = (field: string): TrinoType[] => {
  const rows = [
    rowOf([VARCHAR, BIGINT], [field, 'id']),
    rowOf([BIGINT, VARCHAR], ['id', field]),
    rowOf([BIGINT, arrayOf(VARCHAR)], ['an odd " name', field]),
  ]
  return rows.flatMap((row) => [row, arrayOf(row), mapOf(BIGINT, rowOf([BIGINT, arrayOf(row)], ['n', 'deep'])), mapOf(row, VARCHAR)])
}

interface Mask {
  readonly index: number
  readonly viewExpression: { readonly expression: string }
}

/** Operation of Trino -> what one machine asks in its place. */
const ON_NOTHING: Readonly<Record<string, Action>> = {
  ExecuteQuery: 'read',
  SetSystemSessionProperty: 'read',
  ReadSystemInformation: 'manage',
  WriteSystemInformation: 'manage',
}
const ON_CATALOG: Readonly<Record<string, Action>> = {
  AccessCatalog: 'read',
  FilterCatalogs: 'list',
  ShowSchemas: 'list',
  CreateCatalog: 'manage',
  DropCatalog: 'manage',
}
const ON_SCHEMA: Readonly<Record<string, Action>> = {
  FilterSchemas: 'list',
  ShowTables: 'list',
  ShowCreateSchema: 'read',
  ShowFunctions: 'list',
  DropSchema: 'drop',
  SetSchemaAuthorization: 'manage',
}
const ON_TABLE: Readonly<Record<string, Action>> = {
  FilterTables: 'list',
  ShowColumns: 'read',
  FilterColumns: 'list',
  ShowCreateTable: 'read',
  SelectFromColumns: 'read',
  CreateViewWithSelectFromColumns: 'read',
  ...Object.fromEntries(
    [
      ...['CreateTable', 'DropTable', 'SetTableProperties', 'SetTableComment', 'SetColumnComment', 'AddColumn', 'AlterColumn'],
      ...['DropColumn', 'RenameColumn', 'InsertIntoTable', 'DeleteFromTable', 'TruncateTable', 'UpdateTableColumns'],
      ...['ExecuteTableProcedure', 'CreateView', 'DropView', 'SetViewComment', 'CreateMaterializedView', 'RefreshMaterializedView'],
      ...['DropMaterializedView', 'SetMaterializedViewProperties', 'SetMaterializedViewComment'],
    ].map((operation) => [operation, 'write'] as const),
  ),
}

describe.each(WHO.map((roles) => ({ roles, who: roles.join(' and ') || 'somebody without a role' })))('$who', ({ roles }) => {
  it('is given what one machine gives', async () => {
    const asked: { name: string; theirs: object; ours: boolean }[] = []
    const compare = (name: string, theirs: object, ours: boolean) => asked.push({ name, theirs, ours })
    for (const [operation, action] of Object.entries(ON_NOTHING))
      compare(operation, question(roles, operation), machine(roles, action, 'platform', []))
    for (const [operation, action] of Object.entries(ON_CATALOG))
      for (const catalog of ['iceberg', 'banking', 'rag'])
        compare(`${operation} ${catalog}`, question(roles, operation, { catalog }), machine(roles, action, 'catalog', [catalog]))
    for (const schema of SCHEMAS) {
      const path = pathOf(schema)
      for (const [operation, action] of Object.entries(ON_SCHEMA))
        compare(`${operation} ${schema}`, question(roles, operation, { schema: at(schema) }), machine(roles, action, 'schema', path))
      compare(`CreateSchema ${schema}`, question(roles, 'CreateSchema', { schema: at(schema) }), machine(roles, 'create', 'catalog', path))
      const table = { ...at(schema), tableName: 'customers' }
      for (const [operation, action] of Object.entries(ON_TABLE))
        compare(`${operation} ${schema}`, question(roles, operation, { table }), machine(roles, action, 'table', [...path, 'customers']))
      for (const target of SCHEMAS) {
        const both = [path, pathOf(target)].every((p) => machine(roles, 'write', 'table', [...p, 'customers']))
        const targetResource = { table: { ...at(target), tableName: 'moved' } }
        compare(`RenameTable ${schema} to ${target}`, question(roles, 'RenameTable', { table }, { targetResource }), both)
      }
    }
    for (const schema of GENERATED)
      for (const operation of ['FilterTables', 'SelectFromColumns', 'InsertIntoTable', 'CreateTable']) {
        const table = { ...at(schema), tableName: 'customers' }
        const action = ON_TABLE[operation] as Action
        compare(
          `${operation} ${schema}`,
          question(roles, operation, { table }),
          machine(roles, action, 'table', [...pathOf(schema), 'customers']),
        )
      }
    for (const owner of [USER, 'grace@lab'])
      for (const [operation, action] of [
        ['ViewQueryOwnedBy', 'read'],
        ['FilterViewQueryOwnedBy', 'read'],
        ['KillQueryOwnedBy', 'manage'],
      ] as const)
        compare(
          `${operation} ${owner}`,
          question(roles, operation, { user: { user: owner, groups: [] } }),
          machine(roles, action, 'query', ['q', owner]),
        )
    expect(asked.length).toBeGreaterThan(SCHEMAS.length ** 2)
    const answers = await opa.askAll(
      'allow',
      asked.map(({ theirs }) => theirs),
    )
    const differences = asked.flatMap(({ name, ours }, i) =>
      answers[i] === ours ? [] : [`${name}: OPA says ${answers[i]}, one machine ${ours}`],
    )
    expect(differences).toEqual([])
  })

  it('sees masks and filters where one machine puts them', async () => {
    const seen: { names: readonly string[]; masks: object; ours: object; rows: object; filters: readonly string[] }[] = []
    const denied: object[] = []
    for (const schema of [...SCHEMAS, ...GENERATED.filter((_, i) => i % 4 === 0)]) {
      const personal = [...new Set(MODEL.classified.map((c) => c.column))]
      const columns = ['customer_id', 'confidential', ...personal, ...personal.map((c) => c.toUpperCase()), 'odd " name', 'constructor']
      const types = new Map(columns.map((name) => [name, parseType('varchar(77)')]))
      for (const [i, field] of ['id', 'confidential', 'emails', 'constructor', ...personal.slice(0, 6)].entries())
        for (const [j, type] of nesting(i % 2 ? field : field.toUpperCase()).entries()) types.set(`nested ${i} ${j}`, type)
      // The mask of a name gives way where its own type holds one.
      types.set(personal[0] as string, nesting(personal[0] as string)[0] as TrinoType)
      const names = [...types.keys()]
      const nested = Object.fromEntries([...types].map(([name, type]) => [name, rowFields(type)]))
      const table = { kind: 'table', path: [...pathOf(schema), 't'], columns: names, nested }
      const decision = decideByRoles(MODEL, KINDS, caller(roles), 'read', table)
      if (!decision.allow) {
        denied.push(question(roles, 'SelectFromColumns', { table: { ...at(schema), tableName: 't', columns: ['customer_id'] } }))
        continue
      }
      const typeOf = (name: string) => printType(types.get(name) as TrinoType)
      const column = (columnName: string) => ({ ...at(schema), tableName: 't', columnName, columnType: typeOf(columnName) })
      const filterResources = names.map((name) => ({ column: column(name) }))
      const ours = Object.entries(decision.columnMasks ?? {}).map(([name, expression]) => [name, `CAST(${expression} AS ${typeOf(name)})`])
      seen.push({
        names,
        masks: question(roles, 'GetColumnMask', undefined, { filterResources }),
        ours: Object.fromEntries(ours),
        rows: question(roles, 'GetRowFilters', { table: { ...at(schema), tableName: 't' } }),
        filters: decision.rowFilters ?? [],
      })
    }
    const allowed = await opa.askAll('allow', denied)
    expect(allowed).toEqual(denied.map(() => false))
    const filtered = await opa.askAll(
      'rowFilters',
      seen.map(({ rows }) => rows),
    )
    for (const [i, { names, masks, ours, filters }] of seen.entries()) {
      const theirs = Object.fromEntries(
        ((await opa.ask('columnMasks', masks)) as Mask[]).map((m) => [names[m.index], m.viewExpression.expression]),
      )
      expect(theirs).toEqual(ours)
      expect(filtered[i]).toEqual(filters.map((expression) => ({ expression })))
    }
    expect(seen.length + denied.length).toBeGreaterThan(SCHEMAS.length)
  })

  it('is told of many things at once as of one', async () => {
    const tables = SCHEMAS.map((schema) => ({ table: { ...at(schema), tableName: 'customers', columns: ['a', 'b', 'c'] } }))
    const ask = (operation: string, filterResources: object[]) =>
      opa.ask('batch', { context: context(roles), action: { operation, filterResources } })
    const may = SCHEMAS.map((schema) => machine(roles, 'list', 'table', [...pathOf(schema), 'customers']))
    expect(await ask('FilterTables', tables)).toEqual(may.flatMap((yes, i) => (yes ? [i] : [])))
    for (const [i, table] of tables.entries()) expect(await ask('FilterColumns', [table])).toEqual(may[i] ? [0, 1, 2] : [])
  })
})

describe('what only Trino has', () => {
  const user = [ROLES.user]
  const builtin = { catalogSchema: { catalogName: 'system', schemaName: 'builtin' }, functionName: 'count' }
  const rows: [who: string, roles: readonly string[], operation: string, resource: object, allowed: boolean][] = [
    ['nobody acts as another', [ROLES.admin], 'ImpersonateUser', { user: { user: 'grace@lab' } }, false],
    ['a user calls functions', user, 'ExecuteFunction', { function: builtin }, true],
    ['without a role nobody does', [], 'ExecuteFunction', { function: builtin }, false],
    [
      'no user passes SQL through to PostgreSQL',
      [ROLES.analyst],
      'ExecuteFunction',
      { function: { catalogSchema: at('banking.system'), functionName: 'query' } },
      false,
    ],
    [
      'nor calls a procedure of a catalogue',
      [ROLES.engineer],
      'ExecuteProcedure',
      { function: { catalogSchema: at('iceberg.system'), functionName: 'register_table' } },
      false,
    ],
    [
      'a user may ask to kill a query',
      user,
      'ExecuteProcedure',
      { function: { catalogSchema: at('system.runtime'), functionName: 'kill_query' } },
      true,
    ],
    [
      'a user reads the names of things',
      user,
      'SelectFromColumns',
      { table: { ...at('iceberg.information_schema'), tableName: 'tables' } },
      true,
    ],
    ['a viewer does for JDBC', [ROLES.viewer], 'SelectFromColumns', { table: { ...at('system.jdbc'), tableName: 'tables' } }, true],
    ['an unknown one does not', ['x'], 'SelectFromColumns', { table: { ...at('system.jdbc'), tableName: 'tables' } }, false],
    ['a user sees queries, filtered', user, 'SelectFromColumns', { table: { ...at('system.runtime'), tableName: 'queries' } }, true],
    ['a user sees no tasks of others', user, 'SelectFromColumns', { table: { ...at('system.runtime'), tableName: 'tasks' } }, false],
    [
      'a masked one sees no bounds of files',
      user,
      'SelectFromColumns',
      { table: { ...at('iceberg.banking'), tableName: 'customers$files' } },
      false,
    ],
    ['where nothing is masked he does', user, 'SelectFromColumns', { table: { ...at('iceberg.retail'), tableName: 'shops$files' } }, true],
    [
      'a filtered one sees none either',
      [ROLES.viewer],
      'SelectFromColumns',
      { table: { ...at('iceberg.analytics'), tableName: 't$partitions' } },
      false,
    ],
    ['an analyst does', [ROLES.analyst], 'SelectFromColumns', { table: { ...at('iceberg.banking'), tableName: 'customers$files' } }, true],
    [
      'nobody writes to the catalogue system',
      [ROLES.engineer],
      'InsertIntoTable',
      { table: { ...at('system.metadata'), tableName: 'catalogs' } },
      false,
    ],
    ['an operation that nobody has heard of', [ROLES.engineer], 'Whatever', { table: { ...at('iceberg.banking'), tableName: 't' } }, false],
  ]
  it.each(rows)('%s', async (_, roles, operation, resource, allowed) => {
    expect(await opa.ask('allow', question(roles, operation, resource))).toBe(allowed)
  })
})
