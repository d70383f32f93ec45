// What `up` prints at its end: the demo's report, where the rows lie, how to log in, and what to try next.
import { join } from 'node:path'
import type { Flags } from '#cli/flags'
import { duration, printTable, say } from '#cli/output'
import { sqlSession } from '#cli/session'
import { type DemoOutcome, runDemo } from '#demo/run'
import { DEMO_DATABASE, PLACES_DATABASE, SHARED_BUCKET, secretName, WAREHOUSE_BUCKET } from '#platform/names'
import { postgresUrl } from '#platform/postgres-workload'
import { origin } from '#platform/service'
import { clientUrl, type Machine } from '#runtime/machine'
import { postgresDoor } from '#runtime/postgres'
import { createFileSecretStore, requiredSecret } from '#runtime/secrets'
import { defaultUser } from '#runtime/tokens'

export async function demoOutcome(machine: Machine, flags: Flags): Promise<DemoOutcome> {
  const secrets = createFileSecretStore(machine.paths.secrets)
  const client = await sqlSession(machine, { user: defaultUser(machine) })
  const server = 'postgresql-data'
  const dsn = async (database: string) =>
    postgresUrl(
      postgresDoor(machine, server),
      database,
      database,
      (await requiredSecret(secrets, secretName.role(server, database))).reveal(),
    )
  const databases = { banking: await dsn(DEMO_DATABASE), geospatial: await dsn(PLACES_DATABASE) }
  const outcome = await runDemo(typeof flags.scale === 'number' ? flags.scale : 1, {
    database: (name) => databases[name],
    query: (sql) => client.query(sql),
    step: (text) => {
      if (!flags.json) say(`  ${text}`)
    },
  })
  if (!flags.json && outcome.loaded) printReport(machine, outcome)
  return outcome
}

function printReport(machine: Machine, outcome: DemoOutcome): void {
  process.stdout.write(
    `\nFraud report: one query over iceberg.banking, banking.public and geospatial.public (${duration(outcome.reportMs)})\n\n`,
  )
  printTable(
    outcome.columns,
    outcome.rows.map((row) => row.map((cell) => String(cell ?? ''))),
    [0, 4, 5, 7, 8],
  )
  process.stdout.write(
    `\n${found(outcome)}\n` +
      `\nThe rows are Iceberg tables in the bucket ${WAREHOUSE_BUCKET}, which SQL and the catalogue open and no person's key; their files lie below ${machine.paths.objects}\n`,
  )
}

function found({ evaluation }: DemoOutcome): string {
  const percent = (x: number) => `${(x * 100).toFixed(1)} %`
  return (
    `Found by behaviour, then held against the label: ${evaluation.found} of ${evaluation.fraud} fraudulent transactions` +
    ` (recall ${percent(evaluation.recall)}), ${evaluation.flagged} flagged (precision ${percent(evaluation.precision)}), of ${evaluation.transactions.toLocaleString('en')}`
  )
}

const DEMO_COMMANDS = `  psql "$AKKO_PG_DATA_URL" -c 'SELECT count(*) FROM transactions'
  aws s3 cp README.md s3://${SHARED_BUCKET}/ && aws s3 ls s3://${SHARED_BUCKET}/
  trino --execute 'SELECT category, sum(amount) FROM iceberg.banking.transactions GROUP BY 1'`

const EMPTY_COMMANDS = `  psql "$AKKO_PG_DATA_URL" -c 'SELECT version()'
  aws s3 cp README.md s3://${SHARED_BUCKET}/ && aws s3 ls s3://${SHARED_BUCKET}/
  trino --execute 'SHOW SCHEMAS FROM iceberg'`

export interface UpOutcome {
  readonly changed: boolean
  readonly ms: number
  /** Where there is a demo. */
  readonly demo?: DemoOutcome
}

export function printUrls(machine: Machine, { changed, ms, demo }: UpOutcome): void {
  const akko = machine.home.endsWith('/.akko') ? './akko' : `./akko --home ${quoted(machine.home)}`
  process.stdout.write(`
${changed ? `The platform is up (${duration(ms)})` : 'The platform was up already; nothing was changed'}

  Cockpit  ${origin(machine.site, '')}   (\`${akko} trust\` explains the certificate)
  SQL      ${clientUrl(machine)}   S3, catalogue and the rest: \`${akko} status\`

${machine.site.demo ? DEMO_USERS : passwordOf(machine)}
${demo && !demo.loaded ? `\nThe demo was loaded before. ${found(demo)}\n` : ''}
Try, with tools you have:

  eval "$(${akko} env)"
${machine.site.demo ? DEMO_COMMANDS : EMPTY_COMMANDS}
`)
}

const DEMO_USERS =
  'Demo users (known passwords, demo only): admin@demo / admin-demo, engineer@demo / engineer-demo, analyst@demo, user@demo, viewer@demo'

/** The command, not the secret: what `up` prints is kept by terminals and logs. */
function passwordOf(machine: Machine): string {
  const user = defaultUser(machine)
  const file = join(machine.paths.secrets, encodeURIComponent(secretName.user(user)))
  return `Log in as ${user}; its first password is shown by: \`cat ${quoted(file)}\``
}

function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
