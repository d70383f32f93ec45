// npm run generate: documents that follow from the declarations. With --check it only says whether they are fresh.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { chartFiles, chartPage, LIBRARY, smokeChecks } from '#chart/index'
import { firstTimeFiles } from '#ensure/first-time'
import { aggregates, SPECIALS, scalars, windows } from '#parts/sql/dialect/functions/index'
import { configJsonSchema, configLeaves, envName, resolveConfig } from '#platform/config'
import { jobs, machineServices, resourcesOf, services } from '#platform/registry'
import { resourceId } from '#platform/resources'
import { origin, type Site } from '#platform/service'

const ROOT = resolve(import.meta.dirname, '..')
const CHART = 'helm/akko'
const INITDB = 'docker/postgres/initdb'
const SITE: Site = { shape: 'machine', domain: 'akko.localhost', publicPort: 8443, demo: false }

const files: Readonly<Record<string, string>> = {
  'docs/reference/services.md': servicesPage(),
  'docs/reference/resources.md': resourcesPage(),
  'docs/reference/config.md': configPage(),
  'docs/reference/sql-functions.md': functionsPage(),
  'docs/reference/config.schema.json': `${JSON.stringify(configJsonSchema(), null, 2)}\n`,
  'docs/reference/chart.md': page('The chart', 'src/platform and src/chart', chartPage(table)),
  ...Object.fromEntries(Object.entries(chartFiles()).map(([path, text]) => [`${CHART}/${path}`, text])),
  'helm/scripts/smoke.json': `${JSON.stringify(smokeChecks(), null, 1)}\n`,
  ...Object.fromEntries(Object.entries(firstTimeFiles(resourcesOf(SITE))).map(([path, text]) => [`${INITDB}/${path}`, text])),
}

let stale = false
for (const [path, text] of Object.entries(files)) {
  const file = join(ROOT, path)
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue
  if (process.argv.includes('--check')) {
    process.stderr.write(`stale: ${path} (npm run generate)\n`)
    stale = true
  } else {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
    process.stderr.write(`wrote ${path}\n`)
  }
}
for (const path of leftOver()) {
  if (process.argv.includes('--check')) {
    process.stderr.write(`left over: ${path} (npm run generate)\n`)
    stale = true
  } else {
    rmSync(join(ROOT, path))
    process.stderr.write(`removed ${path}\n`)
  }
}
process.exit(stale ? 1 : 0)

/** Files of the chart and of the first-time scripts that no declaration asks for any more; the library chart is written by hand. */
function leftOver(): string[] {
  return [CHART, INITDB]
    .filter((folder) => existsSync(join(ROOT, folder)))
    .flatMap((folder) => readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true }))
    .filter((e) => e.isFile())
    .map((e) => relative(ROOT, join(e.parentPath, e.name)))
    .filter((path) => !path.startsWith(`${CHART}/charts/${LIBRARY}/`) && !(path in files))
}

function servicesPage(): string {
  const here = new Set(machineServices().map((s) => s.name))
  return page('Services', 'src/platform/services', [
    table(
      ['Service', 'What it is', 'Port here', 'Hosts', 'Cluster Service', 'Image', 'Needs'],
      services.map((s) => [
        s.name,
        s.title,
        Object.entries(s.machine?.ports ?? {})
          .map(([name, port]) => (name === 'main' ? String(port) : `${port} (${name})`))
          .join(', ') || (here.has(s.name) ? '(no port)' : 'not on one machine yet'),
        (s.hosts ?? []).map((h) => origin(SITE, h).replace('https://', '')).join(', '),
        s.cluster?.name ?? '',
        s.cluster ? `${s.cluster.image.repository}:${s.cluster.image.tag}` : '',
        s.needs.join(', '),
      ]),
    ),
    '## Init jobs\n',
    table(
      ['Job', 'What it keeps true', 'Needs', 'Toggle'],
      jobs.map((j) => [j.name, j.title, j.needs.join(', '), `\`${j.toggle}\``]),
    ),
  ])
}

function resourcesPage(): string {
  return page('Resources that the ensure engine keeps true', 'src/platform/services', [
    ...services
      .map((s) => [s, s.resources?.(SITE) ?? []] as const)
      .filter(([, resources]) => resources.length > 0)
      .map(([s, resources]) => `## ${s.title}\n\n${resources.map((r) => `- \`${resourceId(r)}\``).join('\n')}\n`),
    `${resourcesOf(SITE).length} in all.\n`,
  ])
}

function functionsPage(): string {
  const kinds = [
    ['Scalar', scalars],
    ['Aggregate', aggregates],
    ['Window', windows],
  ] as const
  return page('SQL functions of one machine', 'src/parts/sql/dialect/functions', [
    'Each is served with the meaning that it has in Trino 476, held against answers recorded from it (`src/parts/sql/dialect/corpus.ndjson`).',
    'A function of Trino that is not listed is refused by name.\n',
    ...kinds.flatMap(([title, table]) => [
      `## ${title}\n`,
      `${[...table.values()]
        .flatMap((s) => s.map((f) => `- \`${f.text}\``))
        .sort()
        .join('\n')}\n`,
    ]),
    '## With rules of their own\n',
    `${SPECIALS.map(([name, result, args, text]) => `- \`${name}(${args}) -> ${result}\`: ${text.toLowerCase()}`).join('\n')}\n`,
  ])
}

function configPage(): string {
  const { origins } = resolveConfig({ file: undefined, env: {}, flags: {} })
  const defaults = new Map(origins.map((o) => [o.path, o.value]))
  return page('Configuration of one machine', 'src/platform/config.ts', [
    'Flag (`--set key=value`) before environment before `config.yaml` before default. `akko config` shows each value and where it came from.\n',
    table(
      ['Key', 'Environment', 'Default', 'Meaning'],
      configLeaves().map(({ path, description }) => {
        const key = path.join('.')
        return [`\`${key}\``, `\`${envName(path)}\``, defaults.get(key) === undefined ? '' : `\`${defaults.get(key)}\``, description]
      }),
    ),
  ])
}

function page(title: string, source: string, parts: readonly string[]): string {
  return `<!-- Generated by \`npm run generate\` from ${source}; do not edit. -->\n\n# ${title}\n\n${parts.join('\n')}`
}

function table(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return `${[line(headers), line(headers.map(() => '---')), ...rows.map(line)].join('\n')}\n`
}
