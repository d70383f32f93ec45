// docs/reference/chart.md: sub-charts, profiles and their sums, shared values, secrets.
import { jobs } from '#platform/registry'
import { INIT_CHART } from './init.ts'
import { clusterServices, needsOf, SITE } from './model.ts'
import { type Schema, valuesSchema } from './schema.ts'
import { secretSpecs } from './secrets.ts'
import { globalValues, PROFILES } from './values.ts'

/** Text of the page, without its head line. */
export function chartPage(table: (headers: readonly string[], rows: readonly (readonly string[])[]) => string): readonly string[] {
  const services = clusterServices()
  const schema = valuesSchema()
  return [
    '## Sub-charts\n',
    table(
      ['Sub-chart', 'What it is', 'Profile', 'Image', 'Ports', 'Needs'],
      services.map(({ title, cluster: c, ...s }) => [
        `\`${c.name}\``,
        title,
        c.optIn ? `only by \`enabled\`: ${c.optIn}` : c.profile,
        `${c.image.repository}:${c.image.tag}`,
        Object.entries(c.ports)
          .map(([n, p]) => (n === 'main' ? String(p) : `${p} (${n})`))
          .join(', '),
        needsOf({ title, cluster: c, ...s }).join(', '),
      ]),
    ),
    `And \`${INIT_CHART}\`: missing Secrets, init jobs, backups.\n`,
    '## What a profile asks for\n',
    table(
      ['Profile', 'Services', 'CPU requested', 'Memory requested', 'Memory at most', 'Volumes'],
      PROFILES.map((p) => {
        const of = services.filter((s) => s.cluster.profile === p && !s.cluster.optIn).map((s) => s.cluster)
        const sum = (value: (c: (typeof of)[number]) => number) => of.reduce((n, c) => n + value(c) * (c.replicas ?? 1), 0)
        return [
          p === 'core' ? p : `${p}, on top of core`,
          String(of.length),
          sum((c) => cores(c.resources.cpu)).toFixed(2),
          `${(sum((c) => mebibytes(c.resources.memory)) / 1024).toFixed(1)} GiB`,
          `${(sum((c) => mebibytes(c.resources.memoryLimit)) / 1024).toFixed(1)} GiB`,
          `${sum((c) => (c.storage ? mebibytes(c.storage) / 1024 : 0))} GiB`,
        ]
      }),
    ),
    '## Init jobs\n',
    table(
      ['Job', 'What it keeps true', 'Toggle'],
      jobs.map((j) => [j.name, j.title, `\`${j.toggle}\``]),
    ),
    '## Shared values\n',
    table(['Key', 'Default', 'Takes'], leaves(schema.properties?.global as Schema, 'global', globalValues())),
    '## Values of one service\n',
    table(['Key', 'Default', 'Takes'], leaves(schema.properties?.[services[0]?.cluster.name ?? ''] as Schema, '<sub-chart>', {})),
    '## Secrets\n',
    'Written before install and upgrade when they are missing; never changed, never rendered. Create one yourself first, and it is taken as it is.\n',
    table(
      ['Secret', 'Keys'],
      secretSpecs(SITE).map((s) => [
        `\`${s.name}\``,
        [...Object.keys(s.literals ?? {}), ...Object.keys(s.generate ?? {}), ...(s.identities ? ['identities.json'] : [])].join(', '),
      ]),
    ),
  ]
}

function leaves(schema: Schema, path: string, defaults: unknown): string[][] {
  if (schema.properties) {
    return Object.entries(schema.properties).flatMap(([key, s]) =>
      leaves(s, `${path}.${key}`, (defaults as Record<string, unknown> | undefined)?.[key]),
    )
  }
  const takes = schema.enum?.join(', ') ?? (schema.minimum === undefined ? String(schema.type) : `${schema.minimum} to ${schema.maximum}`)
  return [[`\`${path}\``, defaults === undefined ? '' : `\`${JSON.stringify(defaults)}\``, takes]]
}

function cores(text: string): number {
  return text.endsWith('m') ? Number(text.slice(0, -1)) / 1000 : Number(text)
}

function mebibytes(text: string): number {
  return text.endsWith('Gi') ? Number(text.slice(0, -2)) * 1024 : Number(text.slice(0, -2))
}
