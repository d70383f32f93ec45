// The SQL engine's own process on one machine: DuckDB, disposable and capped. A cluster has Trino's workers instead.
import { availableParallelism } from 'node:os'
import { defineService } from '#platform/service'
import { sqlSettings } from '#platform/services/sql'

/** Addresses that an idle process holds (measured: 710 MiB), 10 for each of 17 instances, and room for its buffers above its own limit. */
const BASELINE_MB = 1100
const HEADROOM_MB = 512
/** Addresses of the stack of a thread; all instances together have twice the threads of one. */
const STACK_MB = 9
/** The SQL front is its only client. */
export const ENGINE_SOCKET = 'engine-api'

export const engine = defineService({
  name: 'engine',
  title: 'SQL engine process (DuckDB)',
  layer: 'compute',
  machine: {
    cell: 'engine',
    ports: {},
    sockets: [ENGINE_SOCKET],
    health: { path: '/health', socket: ENGINE_SOCKET },
    env: { UV_THREADPOOL_SIZE: '16', MALLOC_ARENA_MAX: '0' },
    limits: (config) => {
      const { memoryMb, threads = availableParallelism() } = sqlSettings.of(config)
      return { dataMb: memoryMb + BASELINE_MB + HEADROOM_MB + 2 * threads * STACK_MB }
    },
  },
  needs: [],
})
