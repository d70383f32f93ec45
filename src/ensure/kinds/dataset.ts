// A table or a query with its metrics. Metrics of people's own stay; those declared are as declared.
import { dataSourceId, readByUuid, required, type SupersetClient, uuidOf } from '#ensure/clients/superset'
import { defineKind } from '#ensure/kind'
import type { ResourceOf } from '#platform/resources'

declare module '#platform/resources' {
  interface ResourceKinds {
    /** A table, or a query, that charts are drawn from. `name` is who it is; titles may change. */
    dataset: {
      readonly name: string
      readonly dataSource: string
      readonly schema: string
      /** Its name for people; of a table without `sql`, the table's own. */
      readonly table: string
      readonly sql?: string
      readonly metrics: readonly {
        readonly name: string
        readonly title: string
        readonly expression: string
        /** d3 format, e.g. `,.0f`. */
        readonly format?: string
      }[]
    }
  }
}

type Dataset = ResourceOf<'dataset'>

interface LiveMetric {
  readonly id?: number
  readonly metric_name: string
  readonly expression: string
  readonly verbose_name?: string | null
  readonly d3format?: string | null
}

interface Live {
  readonly id: number
  readonly table_name: string
  readonly schema: string
  readonly sql: string | null
  readonly metrics: readonly LiveMetric[]
}

export const datasetKind = defineKind<'dataset', Live>({
  kind: 'dataset',
  id: ({ name }) => name,
  after: ['dataSource'],
  read: ({ clients }, { name }) => readByUuid<Live>(clients.superset(), 'dataset', name),
  diff: (live, dataset) => [
    ...(live.table_name === dataset.table ? [] : ['another name']),
    ...(live.schema === dataset.schema ? [] : ['another schema']),
    ...((live.sql ?? '') === (dataset.sql ?? '') ? [] : ['another query']),
    ...otherMetrics(live, dataset).map((m) => `metric ${m.metric_name}`),
  ],
  create: async ({ clients }, dataset) => {
    const superset = clients.superset()
    const { name, table, schema, sql } = dataset
    const database = required(await dataSourceId(superset, dataset.dataSource), `data source ${dataset.dataSource}`)
    const body = { database, schema, table_name: table, ...(sql === undefined ? {} : { sql }), uuid: uuidOf('dataset', name) }
    await superset.write('POST', '/api/v1/dataset/', body)
    // The server adds a metric of its own to a new dataset, so that ours are merged with what is there.
    const live = await readByUuid<Live>(superset, 'dataset', name)
    if (live) await put(superset, dataset, live)
  },
  update: ({ clients }, dataset, live) => put(clients.superset(), dataset, live),
})

const metricsOf = ({ metrics }: Dataset): LiveMetric[] =>
  metrics.map(({ name, title, expression, format }) => ({
    metric_name: name,
    expression,
    verbose_name: title,
    d3format: format ?? null,
  }))

const otherMetrics = (live: Live, dataset: Dataset) =>
  metricsOf(dataset).filter((m) => {
    const found = live.metrics.find((l) => l.metric_name === m.metric_name)
    return Object.entries(m).some(([field, value]) => (found?.[field as keyof LiveMetric] ?? null) !== value)
  })

/** The server takes the list as the whole: what is not in it, it would delete. */
async function put(superset: SupersetClient, dataset: Dataset, live: Live): Promise<void> {
  const declared = metricsOf(dataset)
  const kept = live.metrics.map(({ id, metric_name, expression, verbose_name, d3format }) => {
    const ours = declared.find((m) => m.metric_name === metric_name)
    return { id, ...(ours ?? { metric_name, expression, verbose_name, d3format }) }
  })
  const added = declared.filter((m) => !live.metrics.some((l) => l.metric_name === m.metric_name))
  const { table, schema, sql } = dataset
  await superset.write('PUT', `/api/v1/dataset/${live.id}`, {
    table_name: table,
    schema,
    ...(sql === undefined ? {} : { sql }),
    metrics: [...kept, ...added],
  })
}
