// A chart: a declared type, metrics and dimension, as Superset's parameters and as the query behind it.
import { isDeepStrictEqual } from 'node:util'
import { readByUuid, required, type SupersetClient, uuidOf } from '#ensure/clients/superset'
import { defineKind } from '#ensure/kind'
import type { ResourceOf } from '#platform/resources'

declare module '#platform/resources' {
  interface ResourceKinds {
    chart: {
      readonly name: string
      readonly title: string
      readonly dataset: string
      readonly type: 'number' | 'line' | 'bar' | 'table'
      /** Of its dataset, by name; a number shows the first. */
      readonly metrics: readonly string[]
      /** What a line, a bar or a table's row stands for: a column. */
      readonly dimension?: string
      readonly rows?: number
    }
  }
}

type Chart = ResourceOf<'chart'>
type Fields = Readonly<Record<string, unknown>>

interface Live {
  readonly id: number
  readonly slice_name: string
  readonly viz_type: string
  readonly params: string
  readonly query_context: string | null
  /** The number of its dataset as it should be; absent while that is not there. */
  readonly dataset?: number
}

export const chartKind = defineKind<'chart', Live>({
  kind: 'chart',
  id: ({ name }) => name,
  after: ['dataset'],
  read: async ({ clients }, chart) => {
    const live = await readByUuid<Live>(clients.superset(), 'chart', chart.name)
    const dataset = live && (await datasetId(clients.superset(), chart))
    return live && { ...live, ...(dataset === undefined ? {} : { dataset }) }
  },
  diff: (live, chart) => {
    const wanted = paramsOf(chart, live.dataset)
    const found = parse(live.params)
    return [
      ...(live.slice_name === chart.title ? [] : ['another title']),
      ...(live.viz_type === wanted.viz_type ? [] : ['another type']),
      ...Object.entries(wanted).flatMap(([field, value]) => (isDeepStrictEqual(found[field], value) ? [] : [field])),
      ...(isDeepStrictEqual(parse(live.query_context), queryOf(chart, live.dataset)) ? [] : ['another query']),
    ]
  },
  create: async ({ clients }, chart) => {
    const body = await bodyOf(clients.superset(), chart)
    await clients.superset().write('POST', '/api/v1/chart/', { ...body, uuid: uuidOf('chart', chart.name) })
  },
  update: async ({ clients }, chart, { id }) =>
    void (await clients.superset().write('PUT', `/api/v1/chart/${id}`, await bodyOf(clients.superset(), chart))),
})

const datasetId = async (superset: SupersetClient, { dataset }: Chart) =>
  (await readByUuid<{ id: number }>(superset, 'dataset', dataset))?.id

async function bodyOf(superset: SupersetClient, chart: Chart) {
  const dataset = required(await datasetId(superset, chart), `dataset ${chart.dataset}`)
  const params = paramsOf(chart, dataset)
  return {
    slice_name: chart.title,
    viz_type: params.viz_type,
    datasource_id: dataset,
    datasource_type: 'table',
    params: JSON.stringify(params),
    query_context: JSON.stringify(queryOf(chart, dataset)),
  }
}

const VIZ = { number: 'big_number_total', line: 'echarts_timeseries_line', bar: 'echarts_timeseries_bar', table: 'table' } as const
const ROWS = 100

/** What its editor shows. */
function paramsOf({ type, metrics, dimension, rows = ROWS }: Chart, dataset: number | undefined): Fields {
  const common = { viz_type: VIZ[type], datasource: `${dataset}__table`, adhoc_filters: [] }
  if (type === 'number') return { ...common, metric: metrics[0] }
  if (type === 'table') return { ...common, query_mode: 'aggregate', groupby: [dimension], metrics, order_desc: true, row_limit: rows }
  const sorted = type === 'bar' ? { x_axis_sort: metrics[0], x_axis_sort_asc: false } : {}
  return { ...common, x_axis: dimension, metrics, groupby: [], row_limit: rows, ...sorted }
}

/** What its data is asked for, by those who draw it without a browser. */
function queryOf(chart: Chart, dataset: number | undefined): Fields {
  const { type, metrics, dimension, rows = ROWS } = chart
  const orderby = type === 'line' ? [[dimension, true]] : [[metrics[0], false]]
  const query = { filters: [], columns: dimension === undefined ? [] : [dimension], metrics, orderby, row_limit: rows }
  return {
    datasource: { id: dataset, type: 'table' },
    force: false,
    queries: [query],
    form_data: paramsOf(chart, dataset),
    result_format: 'json',
    result_type: 'full',
  }
}

function parse(text: string | null): Fields {
  try {
    return JSON.parse(text ?? '{}') as Fields
  } catch {
    return {}
  }
}
