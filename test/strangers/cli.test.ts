// The command line as scripts rely on it: one `eval`, and every tool works in the next line without a flag.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { locateHome } from '#runtime/home'
import { shell } from '#test/support/env-shell'
import { judgePython } from '#test/support/judges'
import { SHORT_LIVED, trinoCli } from '#test/support/jvm'
import { logIn } from '#test/support/login'
import { akko, platform, ROOT, run } from '#test/support/platform'
import { realmAdmin } from '#test/support/realm-admin'

const TRINO_CLI = ['java', ...SHORT_LIVED, '-jar', `'${trinoCli()}'`].join(' ')

describe('eval "$(akko env)"', () => {
  const lines: readonly (readonly [string, string, RegExp])[] = [
    ['psql', "psql -Atc 'SELECT count(*) FROM transactions'", /^100000$/m],
    ['the AWS CLI', 'aws s3 ls', /akko-shared/],
    ['boto3', "python -c \"import boto3; print(len(boto3.client('s3').list_buckets()['Buckets']))\"", /^\d+$/m],
    [
      'pyiceberg',
      "python -c \"from pyiceberg.catalog import load_catalog; print(load_catalog('default').list_tables('banking'))\"",
      /transactions/,
    ],
    ['the Trino CLI', `${TRINO_CLI} --execute 'SELECT count(*) FROM iceberg.banking.transactions' 2>/dev/null`, /"100000"/],
    ['curl', 'curl -sSf -H "Authorization: Bearer $AKKO_SQL_TOKEN" "$AKKO_SQL_URL/v1/info"', /nodeVersion/],
    [
      'requests',
      "python -c \"import os, requests; print(requests.get(os.environ['AKKO_OIDC_ISSUER'] + '/.well-known/openid-configuration').json()['issuer'])\"",
      /realms\/akko/,
    ],
  ]
  for (const [name, line, expected] of lines) {
    it(`is all that ${name} needs`, async () => {
      const result = await shell(line)
      expect(result.code, result.stderr).toBe(0)
      expect(result.stdout).toMatch(expected)
    })
  }

  it('gives a superuser’s URL and the engines’ credential to an administrator who asks for it, and to nobody else', async () => {
    const asked = await shell(`psql "$AKKO_PG_INFRA_URL" -Atc 'SELECT rolsuper FROM pg_roles WHERE rolname = current_user'`, '--admin')
    expect(asked.stdout, asked.stderr).toBe('t\n')
    const plain = await platform().env()
    expect(plain).not.toHaveProperty('AKKO_PG_INFRA_URL')
    expect(plain).not.toHaveProperty('AKKO_CATALOG_CREDENTIAL')
    const refused = await platform().akko('env', '--admin', '--user', 'engineer@demo')
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toMatch(/engineer@demo may not have superusers’ addresses and credentials[\s\S]*leave --admin out/)
  })

  it('says when its token ends, an hour from now', async () => {
    const { AKKO_TOKEN_EXPIRES = '' } = JSON.parse((await platform().akko('env', '--format', 'json')).stdout) as Record<string, string>
    const minutes = (Date.parse(AKKO_TOKEN_EXPIRES) - Date.now()) / 60_000
    expect(minutes).toBeGreaterThan(50)
    expect(minutes).toBeLessThanOrEqual(60.1)
  })

  it('hands each tool a token that opens its own part and no other', async () => {
    const env = await platform().env('engineer@demo')
    const tools = { sql: env.AKKO_SQL_TOKEN, catalog: env.PYICEBERG_CATALOG__DEFAULT__TOKEN }
    const doors = {
      sql: `${env.AKKO_SQL_URL}/v1/statement`,
      catalog: `${env.AKKO_CATALOG_URI}/v1/config?warehouse=${env.AKKO_CATALOG_WAREHOUSE}`,
    }
    const ask = async (door: keyof typeof doors, token = '') => {
      const line = door === 'sql' ? ['-H', 'X-Trino-User: engineer@demo', '--data', 'SELECT 1'] : []
      const args = ['-sS', '-o', '/dev/null', '-w', '%{http_code}', '-H', `Authorization: Bearer ${token}`, ...line, doors[door]]
      return (await run('curl', args, { env: { ...process.env, ...env } })).stdout
    }
    expect([await ask('sql', tools.sql), await ask('catalog', tools.catalog)]).toEqual(['200', '200'])
    expect([await ask('sql', tools.catalog), await ask('catalog', tools.sql)]).toEqual(['401', '401'])
    expect([await ask('sql', env.AKKO_TOKEN), await ask('catalog', env.AKKO_TOKEN)]).toEqual(['200', '200'])
  })

  it('gives an administrator who did not ask for it no login of a database’s owner', async () => {
    const env = await platform().env()
    expect([env.AKKO_PG_OWNER_URL, env.AKKO_PG_INFRA_URL, env.AKKO_CATALOG_CREDENTIAL]).toEqual([undefined, undefined, undefined])
    expect((await platform().adminEnv()).AKKO_PG_OWNER_URL).toMatch(/^postgresql:/)
  })

  it('gives no infrastructure URL and no catalogue credential to others than administrators', async () => {
    const env = await platform().env('viewer@demo')
    expect(env.AKKO_PG_INFRA_URL).toBeUndefined()
    expect(env.AKKO_CATALOG_CREDENTIAL).toBeUndefined()
    expect(env.AKKO_PG_OWNER_URL).toBeUndefined()
    expect(env.PGUSER).toMatch(/^person_viewer_demo_/)
  })

  it('leaves nothing of the user before in the shell: a second one has what it would have in a new shell', async () => {
    const names = async (line: string, flags: string) => {
      const { code, stdout, stderr } = await shell(`${line} env -0 | tr '\\0\\n' '\\n ' | cut -d= -f1 | sort`, flags)
      expect(code, stderr).toBe(0)
      return stdout.trim().split('\n')
    }
    const viewer = `--user viewer@demo`
    const switched = `eval "$('${join(ROOT, 'akko')}' --home '${platform().home}' env ${viewer})";`
    const alone = await names(':;', viewer)
    expect(alone).toContain('AKKO_TOKEN')
    expect(await names(':;', '--admin')).toEqual(expect.arrayContaining(['PGPASSWORD', 'AKKO_PG_INFRA_URL', 'AWS_SECRET_ACCESS_KEY']))
    expect(await names(switched, '--admin')).toEqual(alone)
  })

  it('prints the same as JSON and dotenv', async () => {
    const json = JSON.parse((await platform().akko('env', '--format', 'json')).stdout) as Record<string, string>
    const dotenv = (await platform().akko('env', '--format', 'dotenv')).stdout.trim().split('\n')
    expect(dotenv.map((l) => l.split('=')[0])).toEqual(Object.keys(json))
  })
})

describe('one request id', () => {
  it('leads from the gateway to the SQL part, its log and its history', async () => {
    const traceId = Date.now().toString(16).padStart(32, 'a')
    const result = await shell(
      `curl -sSf -X POST -H "Authorization: Bearer $AKKO_SQL_TOKEN" -H "X-Trino-User: $AKKO_SQL_USER" -H 'traceparent: 00-${traceId}-00f067aa0ba902b7-01' --data 'SELECT 42' "$AKKO_SQL_URL/v1/statement"`,
    )
    expect(result.code, result.stderr).toBe(0)
    const history = await platform().akko(
      'sql',
      '-o',
      'csv',
      '-e',
      `SELECT query FROM system.history.queries WHERE request_id = '${traceId}'`,
    )
    expect(history.stdout).toContain('SELECT 42')
    const lines = (await platform().akko('logs', '--json', '-n', '1000000', '--request', traceId)).stdout.trim().split('\n')
    const parts = lines.map((line) => (JSON.parse(line) as { part: string }).part)
    expect([...new Set(parts)]).toEqual(expect.arrayContaining(['gateway', 'sql']))
  })
})

describe('the other commands', () => {
  it('status gives the cockpit’s address as the gateway’s, which is no page of its own', async () => {
    const { parts } = JSON.parse((await platform().akko('status', '--json')).stdout) as { parts: { name: string; url: string }[] }
    expect(parts.find((p) => p.name === 'gateway')?.url).toBe(platform().origin(''))
  })

  it('sql and env work as AKKO_USER says, and --user before it', async () => {
    const who = async (flags: string) => {
      const { stdout, stderr } = await shell(`'${join(ROOT, 'akko')}' sql -o csv -e 'SELECT current_user' ${flags}`, '--user viewer@demo')
      return stdout.trim().split('\n').at(-1) ?? stderr
    }
    expect(await who('')).toBe('viewer@demo')
    expect(await who('--user analyst@demo')).toBe('analyst@demo')
    const again = await shell(`'${join(ROOT, 'akko')}' env --format json | grep '"AKKO_USER"'`, '--user viewer@demo')
    expect(again.stdout).toContain('viewer@demo')
  })

  it('sql counts one row as one', async () => {
    expect((await platform().akko('sql', '-e', 'SELECT 1')).stderr).toMatch(/^\(1 row, /m)
    expect((await platform().akko('sql', '-e', 'SELECT 1 UNION ALL SELECT 2')).stderr).toMatch(/^\(2 rows, /m)
  })

  it('sql takes its statement as a word too, and not two', async () => {
    expect((await platform().akko('sql', '-o', 'csv', 'SELECT 41 + 1')).stdout).toContain('42')
    const { code, stderr } = await platform().akko('sql', '-e', 'SELECT 1', 'SELECT 2')
    expect(code).not.toBe(0)
    expect(stderr).toContain('there is a statement, and another with --execute')
  })

  it('sql says that statements go one at a time', async () => {
    const { code, stderr } = await platform().akko('sql', 'SELECT 1; SELECT 2')
    expect([code, stderr]).toEqual([1, expect.stringMatching(/mismatched input ';'[\s\S]*one statement at a time/)])
  })

  it('user changes a password from standard input, never from a word, and the audit finds it by the name', async () => {
    const cli = (input: string, ...words: string[]) => akko(platform().home, ['user', ...words], { input })
    const made = await cli('first-one\n', 'create', 'Hana', '--role', 'akko-viewer', '--password-stdin')
    expect(made, made.stderr).toMatchObject({ code: 0, stdout: '' })
    expect(await cli('', 'passwd', 'hana')).toMatchObject({ code: 1, stderr: expect.stringContaining('--password-stdin') })
    expect((await cli('another-one\n', 'passwd', 'hana', '--password-stdin')).code).toBe(0)
    const refused = await cli('stolen\n', 'passwd', 'admin@demo', '--password-stdin', '--user', 'hana')
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('you may only act as yourself') })
    expect((await cli('', 'disable', 'hana')).code).toBe(0)
    const listed = JSON.parse((await cli('', 'list', '--json')).stdout) as { users: { username: string; enabled: boolean }[] }
    expect(listed.users.find(({ username }) => username === 'hana')).toMatchObject({ enabled: false, roles: ['akko-viewer'] })
    const { stdout } = await platform().akko('audit', '--user', 'hana')
    expect(stdout).toMatch(/allowed {2}admin@demo {2}identity: write user hana\.password/)
    expect(stdout).toMatch(/denied {3}hana {2}identity: write user admin@demo\.password/)
    expect(stdout).toMatch(/identity: manage realm akko\.users\.hana\.reset-password/)
    expect(stdout).not.toMatch(/first-one|another-one/)
  })

  it('user invites with a link that works once, at the address that browsers know', async () => {
    const made = await platform().akko('user', 'invite', 'Inga', '--role', 'akko-viewer', '--json')
    const { link } = JSON.parse(made.stdout) as { link: string }
    const ca = readFileSync((await platform().env()).AKKO_CA_FILE as string, 'utf8')
    const form = new URLSearchParams({ key: new URL(link).searchParams.get('key') as string })
    for (const field of ['password-new', 'password-confirm']) form.set(field, 'inga of ten chars')
    setDefaultCACertificates([...getCACertificates('default'), ca])
    const send = async () => (await fetch(link.split('?')[0] as string, { method: 'POST', body: form })).status
    expect((await fetch(link)).status).toBe(200)
    expect([await send(), await send()]).toEqual([200, 410])
    expect((await platform().akko('audit', '--user', 'inga')).stdout).toMatch(/allowed {2}inga {2}identity: write user inga\.password/)
    const key = form.get('key') as string
    expect((await platform().akko('logs', '-n', '5000')).stdout).not.toContain(key)
    await platform().akko('user', 'disable', 'inga')
  })

  it('audit says how many there are, what it leaves out, and which parts there are', async () => {
    const { stdout, stderr } = await platform().akko('audit', '-n', '2')
    expect(stdout.trim().split('\n')).toHaveLength(2)
    expect(stderr).toMatch(/the last 2 of \d+ events; -n for more\nleft out: tokens .* \(\d+\); .*--all/)
    expect(stdout).not.toContain('impersonate')
    expect(await platform().akko('audit', '--part', 'sqk')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('the nearest is sql'),
    })
  })

  it('trust names the gateway with its port', async () => {
    expect((await platform().akko('trust')).stdout).toContain(`https://localhost:${new URL(platform().origin('')).port};`)
  })

  it('doctor finds this machine well', async () => {
    const result = await platform().akko('doctor', '--json')
    const { findings } = JSON.parse(result.stdout) as { findings: { check: string; ok: boolean; found: string }[] }
    expect(findings.filter((f) => !f.ok)).toEqual([])
    expect(findings.map((f) => f.check)).toEqual(
      expect.arrayContaining(['Node', 'setpriv', 'memory', 'disk', 'clock', 'locale', '/dev/null', 'ports', 'PostgreSQL']),
    )
  })

  it('config shows where each value came from', async () => {
    const { settings } = JSON.parse((await platform().akko('config', '--json', '--set', 'sql.memoryMb=999')).stdout) as {
      settings: { key: string; value: unknown; origin: string }[]
    }
    const of = (key: string) => settings.find((s) => s.key === key)
    expect(of('demo')).toMatchObject({ value: true, origin: 'file' })
    expect(of('sql.memoryMb')).toMatchObject({ value: 999, origin: 'flag' })
    expect(of('logs.files')).toMatchObject({ value: 5, origin: 'default' })
  })

  it('trust names the authority that the gateway really uses', async () => {
    const { file, fingerprint256 } = JSON.parse((await platform().akko('trust', '--json')).stdout) as {
      file: string
      fingerprint256: string
    }
    expect(existsSync(file)).toBe(true)
    const openssl = await run('openssl', ['x509', '-in', file, '-noout', '-fingerprint', '-sha256'])
    expect(openssl.stdout).toContain(fingerprint256)
  })

  it('sql prints tables, CSV and JSON, and errors with line and column', async () => {
    expect((await platform().akko('sql', '-o', 'csv', '-e', "SELECT 1 AS a, 'x,\"y' AS b")).stdout).toBe('a,b\n1,"x,""y"\n')
    expect((await platform().akko('sql', '-e', 'SELECT 1 AS a')).stdout).toMatch(/^a\n-\n1\n$/)
    const wrong = await platform().akko('sql', '-e', 'SELECT *\nFROM nowhere.at.all_')
    expect(wrong.code).toBe(1)
    expect(wrong.stderr).toMatch(/CATALOG_NOT_FOUND.*line 2/)
  })
})

/** As a person in a browser would. */
async function logInTerminal(username: string): Promise<{ user: string; accessToken: string }> {
  const env = await platform().env()
  setDefaultCACertificates([...getCACertificates('default'), readFileSync(env.AKKO_CA_FILE as string, 'utf8')])
  const child = spawn(join(ROOT, 'akko'), ['--home', platform().home, 'login'], { stdio: ['ignore', 'ignore', 'pipe'] })
  const url = await new Promise<URL>((resolve) => {
    let text = ''
    child.stderr.on('data', (data: Buffer) => {
      text += String(data)
      const found = /https:\S+/.exec(text)
      if (found && text.includes('--device')) resolve(new URL(found[0]))
    })
  })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const password = `${username.split('@')[0]}-demo`
  const { location } = await logIn(url, { username, password }, url.searchParams.get('redirect_uri') as string)
  expect((await fetch(location)).status).toBe(200)
  expect(await ended).toBe(0)
  return JSON.parse(readFileSync(loginFile(), 'utf8')) as { user: string; accessToken: string }
}

const loginFile = () => join(locateHome(platform().home).paths.records, 'login.json')

/** What SQL answers to a token. */
async function statusOf(token: string, user: string): Promise<number> {
  const { AKKO_SQL_URL } = await platform().env()
  const headers = { authorization: `Bearer ${token}`, 'x-trino-user': user }
  return (await fetch(`${AKKO_SQL_URL}/v1/statement`, { method: 'POST', body: 'SELECT 1', headers })).status
}

describe('akko sql', () => {
  // A terminal sends SIGINT to both processes; who ends the launcher alone is passed on.
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'ended by %s ends its query',
    async (signal) => {
      const mark = `ended by ${signal} ${Date.now()}`
      const slow = `SELECT count(*) FROM tpch.tiny.lineitem a, tpch.tiny.lineitem b WHERE a.comment || b.comment = '${mark}'`
      const child = spawn(join(ROOT, 'akko'), ['--home', platform().home, 'sql', slow], {
        detached: true,
        stdio: ['ignore', 'ignore', 'pipe'],
      })
      const said = new Promise<string>((resolve) => {
        let text = ''
        child.stderr.on('data', (data: Buffer) => {
          text += String(data)
        })
        child.once('close', () => resolve(text))
      })
      const states = async () => {
        const asked = `SELECT state FROM system.runtime.queries WHERE query LIKE '%${mark}%' AND query NOT LIKE '%system.runtime%'`
        const { stdout } = await platform().akko('sql', '-o', 'json', asked)
        return (JSON.parse(stdout) as { rows: string[][] }).rows.flat()
      }
      try {
        await expect.poll(states, { interval: 500, timeout: 60_000 }).toEqual(['RUNNING'])
        process.kill(signal === 'SIGINT' ? -(child.pid as number) : (child.pid as number), signal)
        expect(await said).toContain('the query was cancelled')
        await expect.poll(states, { interval: 500, timeout: 60_000 }).toEqual(['FAILED'])
      } finally {
        if (child.exitCode === null) child.kill('SIGKILL')
      }
    },
    150_000,
  )
})

describe('what up prints', () => {
  it('works when it is pasted, each line; the demo’s report is not printed again', async () => {
    const again = await platform().akko('up', '--demo')
    expect(again.code, again.stderr).toBe(0)
    expect(again.stdout).not.toContain('Fraud report')
    expect(again.stdout.match(/The demo was loaded before/g)).toHaveLength(1)
    const pasted = again.stdout.split('Try, with tools you have:')[1] ?? ''
    const lines = pasted.split('\n').flatMap((line) => (line.startsWith('  ') ? [line.trim()] : []))
    expect(lines).toHaveLength(4)
    const quoted = [...again.stdout.matchAll(/`([^`]+)`/g)].map(([, command]) => command as string)
    expect(quoted.length).toBeGreaterThan(1)
    const tools = mkdtempSync(join(tmpdir(), 'akko-tools-'))
    writeFileSync(join(tools, 'trino'), `#!/bin/sh\nexec ${TRINO_CLI} "$@"\n`, { mode: 0o755 })
    const env = { HOME: process.env.HOME, PATH: `${tools}:${dirname(judgePython())}:${process.env.PATH}` }
    for (const script of [...quoted, ...lines.slice(1).map((line) => `${lines[0]}\n${line}`)]) {
      const result = await run('bash', ['-c', `set -e\n${script}`], { env })
      expect(result.code, `${script}\n${result.stderr}`).toBe(0)
      expect(result.stdout, script).not.toBe('')
    }
    rmSync(tools, { recursive: true })
  })

  it('names no bucket as one to look into that the administrator’s own key does not open', async () => {
    const { stdout } = await platform().akko('up', '--demo')
    const named = [...new Set([...stdout.matchAll(/s3:\/\/([a-z0-9-]+)/g)].map(([, bucket]) => bucket as string))]
    expect(named).toContain('akko-shared')
    for (const bucket of named) {
      const listed = await shell(`aws s3 ls s3://${bucket}/`)
      expect(listed.code, listed.stderr).toBe(0)
    }
  })
})

describe('how long something is good for', () => {
  it('stands in what env prints, and is no command', async () => {
    const printed = await platform().akko('env')
    expect(printed.stdout).toMatch(/^: # the tokens of "admin@demo" are good until 20\d\d-\S+Z, then run akko env again$/m)
    expect((await shell('echo fine')).stdout).toBe('fine\n')
  })

  it('stands in akko config, with the setting that says so', async () => {
    expect((await platform().akko('config')).stdout).toMatch(/identity\.exchangedMinutes +60 +default +.*akko env/)
  })

  it('is said by a login, in the browser and by a code', async () => {
    for (const [flags, minutes] of [
      [[], 10],
      [['--device'], 10],
    ] as const) {
      const child = spawn(join(ROOT, 'akko'), ['--home', platform().home, 'login', ...flags], { stdio: ['ignore', 'ignore', 'pipe'] })
      let text = ''
      child.stderr.on('data', (data: Buffer) => {
        text += String(data)
      })
      const ended = new Promise((resolve) => child.once('exit', resolve))
      await expect.poll(() => text, { timeout: 30_000 }).toMatch(new RegExp(`until \\S+( [AP]M)? \\(${minutes} minutes\\)`))
      child.kill('SIGTERM')
      await ended
    }
  })

  it('is said with what to do next to who comes with a token that is not good', async () => {
    for (const path of ['v1/statement -d SELECT', 'api/catalog/v1/config']) {
      const answer = await shell(
        `curl -s -w '\\n%{http_code}' -H 'Authorization: Bearer a.b.c' -H 'X-Trino-User: ada' $AKKO_SQL_URL/${path}`,
      )
      expect(answer.stdout).toMatch(/not valid here: log in again \(`akko login`\), or get another by eval [\s\S]*\n401$/)
    }
  })
})

describe('akko login and logout', () => {
  it('logs a terminal in through a browser, SQL runs as that user, and a logout ends it at every door', async () => {
    const { accessToken } = await logInTerminal('engineer@demo')
    const who = () => platform().akko('sql', '-o', 'csv', '-e', 'SELECT current_user')
    expect((await who()).stdout.trim().split('\n').at(-1)).toBe('engineer@demo')
    expect(await statusOf(accessToken, 'engineer@demo')).toBe(200)
    const out = await platform().akko('logout')
    expect(out.stderr).toBe('engineer@demo is logged out of this terminal\n')
    await expect.poll(() => statusOf(accessToken, 'engineer@demo'), { timeout: 30_000 }).toBe(401)
    expect(existsSync(loginFile())).toBe(false)
    expect((await who()).stdout.trim().split('\n').at(-1)).toBe('admin@demo')
    expect((await platform().akko('logout')).stderr).toBe('nobody was logged in from this terminal\n')
  })

  it('goes on as the same person when the token ends, and as nobody when the session does', async () => {
    await logInTerminal('engineer@demo')
    const who = () => platform().akko('sql', '-o', 'csv', '-e', 'SELECT current_user')
    const kept = () => JSON.parse(readFileSync(loginFile(), 'utf8')) as { user: string; refreshToken: string }
    const endToken = () => writeFileSync(loginFile(), JSON.stringify({ ...kept(), expiresAt: Date.now() - 1000 }))
    const before = kept()
    endToken()
    const both = await Promise.all([who(), who()])
    for (const { stdout, stderr } of both) expect(stdout.trim().split('\n').at(-1), stderr).toBe('engineer@demo')
    expect(kept()).toMatchObject({ user: 'engineer@demo', refreshToken: expect.not.stringMatching(before.refreshToken) })
    expect((await platform().akko('env')).stderr).toContain('these are the tokens of admin@demo, not of engineer@demo')
    const [user] = (await (await realmAdmin('GET', '/users?username=engineer@demo&exact=true')).json()) as { id: string }[]
    expect((await realmAdmin('POST', `/users/${user?.id}/logout`)).status).toBe(204)
    endToken()
    for (const args of [['sql', '-e', 'SELECT 1'], ['storage', 'key', 'list'], ['storage', 'ls'], ['audit']]) {
      const refused = await platform().akko(...args)
      expect(refused).toMatchObject({ code: 1, stdout: '' })
      expect(refused.stderr).toMatch(/your login as engineer@demo has ended[\s\S]*`akko --home \S+ login`[\s\S]*`akko --home \S+ logout`/)
    }
    expect((await platform().akko('logout')).stderr).toBe('engineer@demo is logged out of this terminal\n')
    expect((await who()).stdout.trim().split('\n').at(-1)).toBe('admin@demo')
  })

  it('ends every session of the user with --all, and nobody else’s', async () => {
    const kept = await logInTerminal('analyst@demo')
    const { AKKO_TOKEN: exported = '' } = await platform().env('analyst@demo')
    const { AKKO_TOKEN: other = '' } = await platform().env('engineer@demo')
    const out = await platform().akko('logout', '--all', '--json')
    expect(JSON.parse(out.stdout)).toEqual({ loggedOut: 'analyst@demo', all: 'analyst@demo' })
    for (const token of [kept.accessToken, exported])
      await expect.poll(() => statusOf(token, 'analyst@demo'), { timeout: 30_000 }).toBe(401)
    expect(await statusOf(other, 'engineer@demo')).toBe(200)
    const unknown = await platform().akko('logout', '--all', '--user', 'nobody-of-this-name')
    expect(unknown.stderr).toContain('there is no user nobody-of-this-name')
  })
})
