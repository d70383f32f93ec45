// Passwords that a URL cannot carry as they are, through what the chart tells each client of a database to make of them.
import { dirname } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { type Manifest, parse, template, workloads } from '#test/chart/helm'
import { judgePython } from '#test/support/judges'
import { run } from '#test/support/platform'

const HOSTILE = ['p@ss/w%rd', '%40:?#[]', 'a\'b"c$(X)\\', 'ü €', '&=+;,']
let all: Manifest[] = []

beforeAll(async () => {
  all = parse(await template(['--set', 'tags.full=true']))
})

const python = async (script: string, args: readonly string[], password: string): Promise<string> => {
  const env = { PATH: `${dirname(judgePython())}:${process.env.PATH}`, AKKO_DATABASE_PASSWORD: password }
  const { code, stdout, stderr } = await run(judgePython(), ['-c', script, ...args], { env })
  expect(code, stderr).toBe(0)
  return stdout.trim()
}
const heard = (url: string) => decodeURIComponent(new URL(url).password)

it('Airflow: its command prints them encoded', async () => {
  const containers = workloads(all).flatMap((w) => [...(w.pod.spec.initContainers ?? []), ...w.pod.spec.containers])
  const commands = containers
    .flatMap((c) => c.env ?? [])
    .filter((e: Manifest) => e.name === 'AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_CMD')
    .map((e: Manifest) => e.value as string)
  expect(new Set(commands).size).toBe(1)
  // As Airflow does: split as a shell would, and run without one.
  const asAirflow = 'import shlex, subprocess, sys; subprocess.run(shlex.split(sys.argv[1]), check=True)'
  for (const password of HOSTILE) expect(heard(await python(asAirflow, [commands[0] as string], password))).toBe(password)
})

it('Superset: its configuration holds them encoded', async () => {
  const config = all.filter((m) => m.kind === 'ConfigMap').flatMap((m) => Object.values(m.data ?? {}) as string[])
  const text = config.find((data) => data.includes('SQLALCHEMY_DATABASE_URI')) ?? ''
  // The modules that the statement needs, and the statement: the rest wants Superset's own packages.
  const asSuperset = `import ast, sys
tree = ast.parse(sys.argv[1])
named = lambda s: isinstance(s, ast.Assign) and s.targets[0].id == "SQLALCHEMY_DATABASE_URI"
plain = lambda s: (isinstance(s, ast.Import) and s.names[0].name == "os") or (isinstance(s, ast.ImportFrom) and s.module == "urllib.parse")
tree.body = [s for s in tree.body if plain(s) or named(s)]
scope = {}
exec(compile(tree, "config", "exec"), scope)
print(scope["SQLALCHEMY_DATABASE_URI"])`
  for (const password of HOSTILE) expect(heard(await python(asSuperset, [text], password))).toBe(password)
})
