// The SQL engine's own process on one machine: DuckDB, disposable and capped. A cluster has Trino's workers instead.
import { defineService } from '#platform/service'

export const engine = defineService({
  name: 'engine',
  title: 'SQL engine process (DuckDB)',
  layer: 'compute',
  machine: { cell: 'engine', ports: {} },
  needs: [],
})
