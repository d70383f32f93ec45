// The part of helm/scripts/smoke.sh that asks the services, against a platform of this machine (the same protocols) and a real OPA: it passes
// where all is well, and each of its checks fails where its thing is wrong. On a cluster the script itself is run.
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { smokeChecks } from '#chart/index'
import { REGION, secretName } from '#platform/names'
import { serviceNamed } from '#platform/registry'
import { s3KeyRefs, secretRef } from '#platform/secret-objects'
import { goTool } from '#test/support/go-tools'
import { type Platform, ROOT, run, startPlatform } from '#test/support/platform'
import { freePort } from '#test/support/postgres'

type Checks = ReturnType<typeof smokeChecks>

let platform: Platform
let opa: ChildProcess
let opaPort: number

beforeAll(async () => {
  opaPort = await freePort()
  opa = spawn(goTool('opa'), ['run', '--server', `--addr=127.0.0.1:${opaPort}`, '--log-level=error'], { stdio: 'ignore' })
  platform = await startPlatform()
}, 300_000)
afterAll(async () => {
  const ended = new Promise((done) => opa.once('exit', done))
  opa.kill()
  await ended
  await platform?.down()
})

const local = (service: string) => `127.0.0.1:${(serviceNamed(service).machine?.ports.main as number) + platform.portOffset}`

/** The cluster's questions, at this machine's doors. */
function here(): Checks {
  const checks = smokeChecks()
  const at = <T extends { address: string }>(server: T, service: string): T => ({ ...server, address: local(service) })
  const moved = (url: string, service: string) => `http://${local(service)}${new URL(url).pathname}`
  return {
    ...checks,
    postgresql: at(checks.postgresql, 'postgresql'),
    postgresqlData: at(checks.postgresqlData, 'postgresql-data'),
    postgis: at(checks.postgis, 'postgresql-data'),
    vector: at(checks.vector, 'postgresql-data'),
    identity: moved(checks.identity, 'identity'),
    sql: moved(checks.sql, 'sql'),
    catalog: { ...checks.catalog, url: moved(checks.catalog.url, 'catalog') },
    policy: `http://127.0.0.1:${opaPort}${new URL(checks.policy).pathname}`,
    cockpit: moved(checks.cockpit, 'cockpit'),
  }
}

/** As `kubectl get secrets -o json` gives them. */
function secretList(checks: Checks) {
  const data: Record<string, Record<string, string>> = {}
  const add = (ref: { secret: string; key: string }, value: string) => {
    data[ref.secret] = { ...data[ref.secret], [ref.key]: Buffer.from(value).toString('base64') }
  }
  for (const [server, one] of [
    ['postgresql', checks.postgresql],
    ['postgresql-data', checks.postgresqlData],
    ['postgresql-data', checks.postgis],
    ['postgresql-data', checks.vector],
  ] as const)
    add(one, platform.secret(secretName.role(server, one.role)))
  add(secretRef(secretName.principal('trino')), platform.secret(secretName.principal('trino')))
  const [id, secret] = platform.secret(secretName.key('catalog')).split(':') as [string, string]
  const refs = s3KeyRefs(secretName.key('catalog'))
  add(refs.id, id)
  add(refs.secret, secret)
  return { items: Object.entries(data).map(([name, values]) => ({ metadata: { name }, data: values })) }
}

/** As `kubectl exec` hands it over: name of the check -> [outcome, detail]. */
async function smoke(checks: Checks, secrets: unknown = secretList(checks)): Promise<Record<string, [string, string]>> {
  const given = { check: checks, secrets, s3: { endpoint: `http://${local('storage')}`, region: REGION } }
  const program = readFileSync(join(ROOT, 'helm/scripts/smoke-in-pod.mjs'), 'utf8')
  const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '-'], {
    input: `const given = ${JSON.stringify(given)}\n${program}`,
  })
  expect(stderr).toBe('')
  return Object.fromEntries(
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => {
        const [outcome, name, seconds, detail] = line.split('\t') as [string, string, string, string]
        expect(seconds).toMatch(/^\d+\.\d$/)
        return [name, [outcome, detail]]
      }),
  )
}

const failing = (results: Record<string, [string, string]>) => Object.keys(results).filter((name) => results[name]?.[0] !== 'ok')

/** What is made wrong below, each by itself. */
const CHECKED = [
  "a service's own key is refused another's bucket",
  'PostgreSQL (business) answers',
  'PostgreSQL (business) refuses infrastructure credentials',
  'PostGIS is usable',
  'pgvector is usable',
  'sign-on: the realm is found',
  'SQL refuses an anonymous statement',
  'the catalogue lists its namespaces',
  'policy is healthy',
  'the cockpit is healthy',
]

describe('smoke', () => {
  it('finds nothing wrong with a platform that is well', async () => {
    for (let attempt = 0; attempt < 50 && !(await fetch(`http://127.0.0.1:${opaPort}/health`).catch(() => undefined))?.ok; attempt++)
      await sleep(100)
    const results = await smoke(here())
    expect(failing(results).map((name) => `${name}: ${results[name]?.[1]}`)).toEqual([])
    expect(Object.keys(results)).toEqual(expect.arrayContaining(CHECKED))
  })

  it('finds what is wrong, each check its own', async () => {
    const well = here()
    const wrong = await smoke({
      ...well,
      s3: { ...well.s3, other: well.s3.own.bucket }, // as if the key opened another's bucket
      postgresqlData: { ...well.postgresqlData, address: well.postgresql.address }, // as if one server were both
      postgis: { ...well.postgis, ...well.vector }, // a database without PostGIS
      vector: { ...well.vector, ...well.postgis }, // one without pgvector
      identity: `${well.identity}x`,
      sql: well.cockpit, // a door that does not ask who comes
      catalog: { ...well.catalog, namespaces: [...well.catalog.namespaces, 'nowhere'] },
      policy: `${well.policy}x`,
      cockpit: `${well.cockpit}x`,
    })
    expect(failing(wrong)).toEqual(CHECKED)
  })

  it('a Secret that is not there, and a server that does not answer, are failures and never a refusal', async () => {
    const well = here()
    const none = await smoke(well, { items: [] })
    expect(none['PostgreSQL (infrastructure) refuses business credentials']).toEqual(['FAILED', expect.stringContaining('is not there')])
    expect(none["a service's own key is refused another's bucket"]?.[0]).toBe('FAILED')
    const address = `127.0.0.1:${await freePort()}`
    const gone = await smoke({ ...well, postgresql: { ...well.postgresql, address } })
    expect(gone['PostgreSQL (infrastructure) refuses business credentials']).toEqual([
      'FAILED',
      expect.stringContaining('neither let in nor refused'),
    ])
  })
})
