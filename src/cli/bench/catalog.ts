// Loading a table of 20 columns and committing to it, beside the catalogue's own health endpoint.
import { createFigure, inTurn } from '#cli/bench/figure'
import type { Suite } from '#cli/bench/suites'
import { NAMESPACES, WAREHOUSE } from '#platform/names'
import { serviceNamed } from '#platform/registry'
import { HOST, port } from '#runtime/machine'

const COUNT = 100
const TABLE = 'akko_bench'

export const catalogSuite: Suite = async ({ machine, env, http }) => {
  const base = `${env.AKKO_CATALOG_URI}/v1/${WAREHOUSE}/namespaces/${NAMESPACES[0]}/tables`
  const headers = { authorization: `Bearer ${env.AKKO_TOKEN}`, 'content-type': 'application/json' }
  const table = `${base}/${TABLE}`
  const created = JSON.parse(
    (await http.request('POST', base, headers, JSON.stringify({ name: TABLE, schema: SCHEMA }))).body.toString(),
  ) as { metadata: { 'table-uuid': string } }
  const uuid = created.metadata['table-uuid']
  try {
    const health = `http://${HOST}:${port(machine, 'catalog')}${serviceNamed('catalog').machine?.health?.path}`
    const commitTo = (n: number) => ({
      requirements: [{ type: 'assert-table-uuid', uuid }],
      updates: [{ action: 'set-properties', updates: { bench: String(n) } }],
    })
    const [load, commit, floor] = await inTurn(
      COUNT,
      () => http.request('GET', table, headers),
      (n) => http.request('POST', table, headers, JSON.stringify(commitTo(n))),
      () => http.request('GET', health),
    )
    const against = 'GET of its health'
    return [
      createFigure({ name: 'catalogue load', unit: 'ms', ours: load, floor, against }),
      createFigure({ name: 'catalogue commit', unit: 'ms', ours: commit, floor, against }),
    ]
  } finally {
    await http.request('DELETE', `${table}?purgeRequested=true`, headers)
  }
}

const SCHEMA = {
  type: 'struct',
  'schema-id': 0,
  fields: Array.from({ length: 20 }, (_, i) => ({ id: i + 1, name: `c${i + 1}`, required: false, type: i % 2 === 0 ? 'long' : 'string' })),
}
