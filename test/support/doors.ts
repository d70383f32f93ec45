// A platform that this machine's launcher did not start, reached through the doors that a file describes: the same tests by other URLs.
import { readFileSync } from 'node:fs'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import type { Platform, Run } from '#test/support/platform'
import { createSqlClient } from '#wire/trino/client'

export interface Doors {
  /** What `akko env` gives on one machine, by user; `default` is the administrator's. */
  readonly env: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** The platform's secrets by their names. */
  readonly secrets: Readonly<Record<string, string>>
  readonly addresses: Readonly<Record<'identity' | 'catalog' | 'iam', string>>
  readonly domain: string
}

export function platformBehind(file: string): Platform {
  const doors = JSON.parse(readFileSync(file, 'utf8')) as Doors
  const envOf = (user = 'default') => {
    const env = doors.env[user]
    if (!env) throw new Error(`the doors in ${file} know no user ${user}`)
    return { ...env }
  }
  return {
    home: '',
    portOffset: 0,
    env: async (user) => envOf(user),
    adminEnv: async () => envOf(),
    akko: async (...args) => (args[0] === 'sql' ? sql(envOf(), args) : refused(`there is no \`akko ${args[0]}\` here`)),
    pid: async (part) => {
      throw new Error(`${part} is no process of this machine`)
    },
    secret: (name) => {
      const value = doors.secrets[name]
      if (value === undefined) throw new Error(`the doors hold no secret ${name}`)
      return value
    },
    address: (part) => new URL(doors.addresses[part]),
    origin: (host) => `https://${host === '' ? '' : `${host}.`}${doors.domain}`,
    down: async () => {},
  }
}

const refused = (stderr: string): Run => ({ code: 1, stdout: '', stderr })

/** `akko sql -o json|csv -e STATEMENT`, through the same client of the protocol. */
async function sql(env: Record<string, string>, args: readonly string[]): Promise<Run> {
  setDefaultCACertificates([...getCACertificates('default'), readFileSync(env.AKKO_CA_FILE as string, 'utf8')])
  const client = createSqlClient({
    url: env.AKKO_SQL_URL as string,
    user: env.AKKO_SQL_USER as string,
    token: env.AKKO_SQL_TOKEN,
    source: 'akko-test',
  })
  try {
    const { columns, rows } = await client.query(args.at(-1) as string)
    const stdout = args.includes('json') ? JSON.stringify({ columns, rows }) : [columns.map((c) => c.name), ...rows].join('\n')
    return { code: 0, stdout, stderr: '' }
  } catch (error) {
    return refused(String(error))
  }
}
