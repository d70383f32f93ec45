// Resource groups of config.yaml: what cannot be kept is refused by its field and line before anything starts.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { sqlSettings } from '#platform/services/sql'
import { loadMachine } from '#runtime/home'

const home = mkdtempSync(join(tmpdir(), 'akko-groups-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))

const load = (text: string) => {
  writeFileSync(join(home, 'config.yaml'), text)
  return sqlSettings.of(loadMachine(home).config).resourceGroups
}

const groups = (yaml: string) => `sql:\n  resourceGroups:\n${yaml}`

it('without any, eight queries run at once, six of one person', () => {
  expect(load('')).toEqual({
    rootGroups: [
      {
        name: 'global',
        hardConcurrencyLimit: 8,
        maxQueued: 200,
        schedulingPolicy: 'weighted_fair',
        subGroups: [{ name: `\${USER}`, hardConcurrencyLimit: 6, maxQueued: 200 }],
      },
    ],
    selectors: [{ group: `global.\${USER}` }],
  })
})

it('are taken as they are declared', () => {
  const declared = load(
    groups(`    rootGroups:
      - name: dashboards
        hardConcurrencyLimit: 4
        maxQueued: 50
      - name: people
        hardConcurrencyLimit: 4
        maxQueued: 50
        schedulingPolicy: fair
        subGroups:
          - {name: "\${USER}", hardConcurrencyLimit: 2, maxQueued: 10}
    selectors:
      - {user: superset, group: dashboards}
      - {group: "people.\${USER}"}
`),
  )
  expect(declared.rootGroups.map(({ name }) => name)).toEqual(['dashboards', 'people'])
  expect(declared.selectors).toHaveLength(2)
})

it.each([
  ['    cpuQuotaPeriod: 1h', 'sql.resourceGroups.cpuQuotaPeriod: it is not served here (line 3)'],
  [
    '    rootGroups:\n      - name: global\n        hardConcurrencyLimit: 1\n        maxQueued: 1\n        softMemoryLimit: 10%\n    selectors: [{group: global}]',
    'sql.resourceGroups.rootGroups.0.softMemoryLimit: it is not served here (line 7)',
  ],
  [
    '    rootGroups:\n      - name: global\n        hardConcurrencyLimit: 1\n        maxQueued: 1\n        schedulingPolicy: weighted\n    selectors: [{group: global}]',
    'sql.resourceGroups.rootGroups.0.schedulingPolicy: it is one of fair, weighted_fair, query_priority (line 7)',
  ],
  [
    '    rootGroups:\n      - name: global\n        maxQueued: 1\n    selectors: [{group: global}]',
    'sql.resourceGroups.rootGroups.0.hardConcurrencyLimit: it is a number (line 4)',
  ],
  [
    '    selectors:\n      - queryType: SELECT\n        group: global',
    'sql.resourceGroups.selectors.0.queryType: it is not served here (line 4)',
  ],
  ['    selectors:\n      - group: "global.x"', 'sql.resourceGroups.selectors.0.group: no group global.x is declared (line 4)'],
  [
    '    selectors:\n      - group: global',
    'sql.resourceGroups.selectors.0.group: queries run in sub-groups of global, not in it (line 4)',
  ],
  ['    selectors: [{usr: x, group: global}]', 'sql.resourceGroups.selectors.0.usr: unknown key (line 3)'],
  ['    rootGroups: 3', 'sql.resourceGroups.rootGroups: it is a list (line 3)'],
])('%s', (yaml, problem) => {
  expect(() => load(groups(yaml))).toThrow(problem)
})
