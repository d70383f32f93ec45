// docs/threat-model.md names each secret that the code declares: what it opens, and who uses it.
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, it } from 'vitest'
import { secretName } from '#platform/names'
import { machineServices, services } from '#platform/registry'

const ROOT = resolve(import.meta.dirname, '../..')
const page = readFileSync(join(ROOT, 'docs/threat-model.md'), 'utf8')
const [, keys = ''] = page.split('### Keys that the platform keeps for itself')
const rows = keys
  .split('\n## ')[0]!
  .split('\n')
  .filter((line) => line.startsWith('| '))

/** As the page writes it: a `*` for what a name is made with. */
const written = (name: string | ((...parts: string[]) => string)) => (typeof name === 'string' ? name : name('*', '*'))

it.each(Object.values(secretName).map((name) => written(name as never)))(
  '%s has its row among the keys, with what it opens and who uses it',
  (name) => {
    const found = rows.filter((row) => row.split('|')[1]?.includes(`\`${name}\``))
    expect(found).toEqual([expect.stringMatching(/^(\| *[^| ][^|]*){3}\|$/)])
  },
)

it('each service that keeps a key of its own is named in the row of those', () => {
  const prefix = secretName.app('')
  const own = services.flatMap(({ cluster }) => Object.values(cluster?.secretEnv ?? {}))
  const ofMachine = machineServices().flatMap(({ machine }) => (machine.secrets ?? []).map(({ name }) => name))
  const apps = [...new Set([...own, ...ofMachine])].filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length))
  expect(apps.length).toBeGreaterThan(0)
  const row = rows.find((line) => line.startsWith(`| \`${written(secretName.app)}\``))
  for (const app of apps) expect(row).toContain(`\`${app}\``)
})
