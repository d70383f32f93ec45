// What the policy costs: a filter and two masks on TPC-H's lineitem, beside the same statement by who sees all of it and beside the same written by
// hand; decisions in this process, beside what asking another process would cost at the least.
import { randomBytes } from 'node:crypto'
import { createFigure, inTurn, rate } from '#cli/bench/figure'
import { sqlRunner } from '#cli/bench/sql-runner'
import type { Suite, SuiteContext } from '#cli/bench/suites'
import { peopleFor } from '#cli/commands/user'
import { Secret } from '#kit/secret'
import { decideByRoles, indexKinds } from '#parts/policy/index'
import { shippedPolicy } from '#platform/access'
import { DEMO_DATABASE, ICEBERG_CATALOG, ROLES } from '#platform/names'
import { RESOURCE_KINDS } from '#runtime/policy'
import { putInForce, writePolicyFiles } from '#runtime/policy-store'
import { createFileSecretStore } from '#runtime/secrets'
import { defaultUser, ownerToken } from '#runtime/tokens'

const COUNT = 20
/** Times the lineitem of scale 0.01: scale 0.2, 1.2 million rows. */
const COPIES = 20
const AIM = 0.05
const DECISIONS = 100_000

const SCHEMA = 'bench_policy'
const MASKED = 'bench-masked'
const CLEAR = 'bench-clear'
const POLICY = `
roles:
  ${ROLES.admin}: { all: true }
  ${MASKED}: { read: [iceberg.${SCHEMA}], filtered: true }
  ${CLEAR}: { read: [iceberg.${SCHEMA}], clear: true }
masks: { first: "substr({column}, 1, 1) || '***'", last: "'***' || substr({column}, -4)" }
classified:
  - { schemas: [iceberg.${SCHEMA}], column: shipmode, as: first }
  - { schemas: [iceberg.${SCHEMA}], column: comment, as: last }
rowFilters:
  - { schemas: [iceberg.${SCHEMA}], column: quantity, filter: '{column} < 49' }
`
const asked = (mode: string, comment: string, where = '') =>
  `SELECT ${mode}, returnflag, count(*), sum(extendedprice * (1 - discount)), max(${comment}) FROM lineitem${where} GROUP BY 1, 2`

export const policySuite: Suite = async (context) => {
  const { masked, clear } = await personas(context)
  const [ours, whole, byHand] = await inTurn(
    COUNT,
    () => masked(asked('shipmode', 'comment')),
    () => clear(asked('shipmode', 'comment')),
    () => clear(asked("substr(shipmode, 1, 1) || '***'", "'***' || substr(comment, -4)", ' WHERE quantity < 49')),
  )
  const more = ours.value / whole.value - 1
  const name = 'lineitem (scale 0.2) with a filter and two masks'
  const aim = { text: `at most ${AIM * 100} % more (is ${(more * 100).toFixed(1)})`, met: more <= AIM }
  return [
    createFigure({ name, unit: 'ms', ours, floor: whole, against: 'who sees all of it', aim }),
    createFigure({ name, unit: 'ms', ours, floor: byHand, against: 'the same written by hand' }),
    await decisions(),
  ]
}

/** Two people, one of whom sees it filtered and masked, and the table. */
async function personas(context: SuiteContext) {
  const { machine } = context
  const admin = sqlRunner(context)
  await admin(`CREATE SCHEMA iceberg.${SCHEMA}`)
  await admin(
    `CREATE TABLE iceberg.${SCHEMA}.lineitem AS SELECT l.* FROM tpch.tiny.lineitem AS l CROSS JOIN UNNEST(sequence(1, ${COPIES})) AS c(n)`,
  )
  writePolicyFiles(machine, [{ name: 'policy.yaml', text: POLICY }])
  await putInForce(machine, { author: 'bench', reason: 'bench' })
  const people = await peopleFor(machine, { username: defaultUser(machine), roles: [ROLES.admin] })
  const secrets = createFileSecretStore(machine.paths.secrets)
  const as = async (role: string) => {
    await people.create({ username: role, roles: [role] }, new Secret(randomBytes(24).toString('base64url')))
    const { accessToken } = await ownerToken(machine, secrets, role)
    const env = { ...context.env, AKKO_SQL_USER: role, AKKO_SQL_TOKEN: accessToken }
    return sqlRunner({ ...context, env, catalog: 'iceberg', schema: SCHEMA })
  }
  return { masked: await as(MASKED), clear: await as(CLEAR) }
}

/** Of the shipped policy: whether a table with the demo's columns may be read, and how. */
async function decisions() {
  const kinds = indexKinds(RESOURCE_KINDS)
  const caller = { sub: 'ada', roles: [ROLES.user], via: 'bearer' as const, requestId: 'bench' }
  const columns = ['customer_id', 'full_name', 'email', 'phone', 'birth_date', 'segment', 'city', 'since']
  const table = { kind: 'table', path: [ICEBERG_CATALOG, DEMO_DATABASE, 'customers'], columns }
  const decide = () => decideByRoles(shippedPolicy.model, kinds, caller, 'read', table)
  const ours = await rate(DECISIONS, 1, async () => decide())
  const answer = decide()
  const floor = await rate(DECISIONS, 1, async () => JSON.parse(JSON.stringify([caller, table, answer])) as unknown)
  return createFigure({ name: 'decisions per second', unit: '1/s', ours, floor, against: 'question and answer written and read as JSON' })
}
