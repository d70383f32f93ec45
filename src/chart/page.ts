// docs/reference/chart.md: sub-charts, profiles and their sums, shared values, secrets.

import { INIT_CHART } from '#chart/init'
import { clusterServices, needsOf, SITE } from '#chart/model'
import { type Schema, valuesSchema } from '#chart/schema'
import { secretSpecs } from '#chart/secrets'
import { EMPTY_PROFILE, globalValues, PROFILE_COLUMNS, profileSums } from '#chart/values'
import { jobs } from '#platform/registry'

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
    'Sums of the services, one replica each unless the chart says more, by `values.yaml`; init jobs, backups and operators come on top. A DaemonSet counts once.\n',
    table(PROFILE_COLUMNS, profileSums()),
    `\`${EMPTY_PROFILE}\` is refused: its services do not exist yet.\n`,
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
