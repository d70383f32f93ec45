// A dashboard: its charts in rows on Superset's grid of twelve columns.
import { readByUuid, required, type SupersetClient, uuidOf } from '#ensure/clients/superset'
import { defineKind } from '#ensure/kind'
import type { ResourceOf } from '#platform/resources'

declare module '#platform/resources' {
  interface ResourceKinds {
    dashboard: {
      readonly name: string
      readonly title: string
      /** Names of charts, row by row. */
      readonly charts: readonly (readonly string[])[]
    }
  }
}

type Dashboard = ResourceOf<'dashboard'>

interface Found {
  readonly id: number
  readonly slug: string | null
  readonly dashboard_title: string
  readonly published: boolean
  readonly position_json: string | null
}

interface Live extends Found {
  /** Numbers of the charts that belong to it, and of those that should, row by row. */
  readonly linked: readonly number[]
  readonly wanted: readonly (readonly (number | undefined)[])[]
}

interface Node {
  readonly children?: readonly string[]
  readonly meta?: { readonly chartId?: number }
}

const COLUMNS = 12
const HEIGHT = 50

export const dashboardKind = defineKind<'dashboard', Live>({
  kind: 'dashboard',
  id: ({ name }) => name,
  after: ['chart'],
  read: async ({ clients }, dashboard) => {
    const superset = clients.superset()
    const found = await readByUuid<Found>(superset, 'dashboard', dashboard.name)
    if (!found) return undefined
    const linked = await superset.read<{ result: { id: number }[] }>(`/api/v1/dashboard/${found.id}/charts`)
    return { ...found, linked: linked?.result.map((c) => c.id) ?? [], wanted: await chartIds(superset, dashboard) }
  },
  diff: (live, dashboard) => [
    ...(live.dashboard_title === dashboard.title ? [] : ['another title']),
    ...(live.slug === dashboard.name ? [] : ['another slug']),
    ...(live.published ? [] : ['not published']),
    ...(live.wanted.flat().every((id) => id !== undefined && live.linked.includes(id)) ? [] : ['without some of its charts']),
    ...(JSON.stringify(rowsIn(live.position_json)) === JSON.stringify(live.wanted) ? [] : ['another layout']),
  ],
  create: async ({ clients }, dashboard) => {
    const body = await bodyOf(clients.superset(), dashboard)
    await clients.superset().write('POST', '/api/v1/dashboard/', { ...body, uuid: uuidOf('dashboard', dashboard.name) })
  },
  update: async ({ clients }, dashboard, { id }) =>
    void (await clients.superset().write('PUT', `/api/v1/dashboard/${id}`, await bodyOf(clients.superset(), dashboard))),
})

function chartIds(superset: SupersetClient, { charts }: Dashboard): Promise<(number | undefined)[][]> {
  const idOf = async (name: string) => (await readByUuid<{ id: number }>(superset, 'chart', name))?.id
  return Promise.all(charts.map((row) => Promise.all(row.map(idOf))))
}

async function bodyOf(superset: SupersetClient, dashboard: Dashboard) {
  const ids = await chartIds(superset, dashboard)
  const rows = dashboard.charts.map((row, r) => row.map((name, c) => ({ name, id: required(ids[r]?.[c], `chart ${name}`) })))
  const positions = layout(dashboard, rows)
  return {
    dashboard_title: dashboard.title,
    slug: dashboard.name,
    published: true,
    // The charts that belong to it follow from the positions in its metadata.
    json_metadata: JSON.stringify({ positions, color_scheme: 'supersetColors', cross_filters_enabled: true }),
  }
}

function layout({ title }: Dashboard, rows: readonly (readonly { readonly name: string; readonly id: number }[])[]): object {
  const at = ['ROOT_ID', 'GRID_ID']
  const grid = rows.flatMap((row, r) => [
    [
      `ROW-${r}`,
      node(
        'ROW',
        `ROW-${r}`,
        at,
        { background: 'BACKGROUND_TRANSPARENT' },
        row.map((c) => `CHART-${c.name}`),
      ),
    ] as const,
    ...row.map(({ name, id }) => {
      const meta = { chartId: id, uuid: uuidOf('chart', name), width: Math.floor(COLUMNS / row.length), height: HEIGHT }
      return [`CHART-${name}`, node('CHART', `CHART-${name}`, [...at, `ROW-${r}`], meta)] as const
    }),
  ])
  return {
    DASHBOARD_VERSION_KEY: 'v2',
    ROOT_ID: node('ROOT', 'ROOT_ID', undefined, undefined, ['GRID_ID']),
    GRID_ID: node(
      'GRID',
      'GRID_ID',
      ['ROOT_ID'],
      undefined,
      rows.map((_, r) => `ROW-${r}`),
    ),
    HEADER_ID: { id: 'HEADER_ID', type: 'HEADER', meta: { text: title } },
    ...Object.fromEntries(grid),
  }
}

function node(type: string, id: string, parents?: readonly string[], meta?: object, children: readonly string[] = []): object {
  return { type, id, children, ...(parents ? { parents } : {}), ...(meta ? { meta } : {}) }
}

/** Numbers of the charts on the grid, row by row. */
function rowsIn(text: string | null): (number | undefined)[][] {
  const nodes = JSON.parse(text || '{}') as Readonly<Record<string, Node>>
  return (nodes.GRID_ID?.children ?? []).map((row) => (nodes[row]?.children ?? []).map((chart) => nodes[chart]?.meta?.chartId))
}
