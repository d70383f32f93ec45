// What the fixture's live stream says, in a few situations.

export type Scenario = 'healthy' | 'troubled' | 'starting' | 'unreported'

const started = Date.now() - 3 * 3_600_000
const minutes = (n: number) => new Date(Date.now() - n * 60_000).toISOString()

/** name, title, layer, typical latency in ms, version, port, needs, MiB */
const PARTS: readonly (readonly [string, string, string, number, string, number | undefined, readonly string[], number])[] = [
  ['gateway', 'Gateway (TLS)', 'edge', 0.6, '2026.11.0', 8443, [], 62],
  ['cockpit', 'Cockpit (portal)', 'edge', 0.9, '2026.11.0', 3080, ['identity'], 62],
  ['identity', 'Single sign-on (OIDC)', 'identity', 2.4, '9.13.3', 8180, ['postgresql'], 88],
  ['policy', 'Policy (OPA)', 'identity', 0.3, '2026.11.0', undefined, ['identity'], 88],
  ['sql', 'SQL engine (Trino protocol)', 'compute', 3.8, '476', 8080, ['catalog', 'engine', 'storage', 'postgresql-data'], 121],
  ['engine', 'SQL engine process (DuckDB)', 'compute', 1.2, '1.5.5', undefined, ['storage'], 143],
  ['catalog', 'Iceberg catalogue (REST)', 'lake', 4.6, '1.3', 8181, ['postgresql', 'storage'], 121],
  ['storage', 'Object storage (S3)', 'lake', 1.8, '2026.11.0', 8333, [], 74],
  ['postgresql', 'PostgreSQL (infrastructure)', 'data', 1.1, '15.20', 5433, [], 58],
  ['postgresql-data', 'PostgreSQL (business data)', 'data', 1.3, '15.20', 5432, [], 96],
]

/** The same noise for the same part and moment, so that a line moves on instead of flickering. */
function noise(seed: number): number {
  const x = Math.sin(seed * 12.9898) * 43758.5453
  return x - Math.floor(x)
}

export function statusMessage(scenario: Scenario) {
  const tick = Math.floor(Date.now() / 10_000)
  return {
    type: 'status',
    at: new Date().toISOString(),
    parts: scenario === 'unreported' ? [] : PARTS.map((part, index) => partStatus(part, index, tick, scenario)),
    attention: ATTENTION[scenario],
    activity: scenario === 'unreported' ? [] : activity(scenario),
  }
}

function partStatus(
  [name, title, layer, typical, version, port, needs, mib]: (typeof PARTS)[number],
  index: number,
  tick: number,
  scenario: Scenario,
) {
  const points = Array.from({ length: 90 }, (_, i) => {
    const r = noise(index * 1000 + tick - 90 + i)
    return Math.round(typical * (0.7 + r * 0.6 + (r > 0.96 ? 2.5 : 0)) * 100) / 100
  })
  const sorted = [...points].sort((a, b) => a - b)
  const down = scenario === 'troubled' && name === 'postgresql-data'
  const degraded = scenario === 'troubled' && name === 'sql'
  const starting = scenario === 'starting' && index > 3
  const detail = down
    ? 'connection refused on 127.0.0.1:5432; restarting in 4 s (attempt 3)'
    : degraded
      ? 'catalogues banking, healthcare, geospatial, rag, postgresql do not answer'
      : starting
        ? `waiting for ${needs[0] ?? 'its port'}`
        : undefined
  const quiet = down || starting
  return {
    name,
    title,
    layer,
    healthy: !quiet && !degraded,
    state: down ? 'down' : starting ? 'starting' : 'up',
    ...(detail ? { detail } : {}),
    ...(starting ? {} : { version }),
    since: down ? minutes(0.6) : degraded ? minutes(0.5) : starting ? minutes(0.05) : new Date(started + index * 400).toISOString(),
    latencyMs: quiet ? {} : { p50: sorted[45], p95: sorted[85], last: points[89] },
    points: starting ? [] : points,
    ...(port ? { port, url: `https://localhost:${port}` } : {}),
    needs,
    ...(quiet ? {} : { memoryBytes: mib * 1024 ** 2 }),
  }
}

const ATTENTION: Readonly<Record<Scenario, readonly object[]>> = {
  healthy: [
    {
      level: 'warn',
      part: 'postgresql-data',
      text: 'pgvector is not available from this provider: database rag has no vector type',
      action: './akko doctor',
    },
  ],
  troubled: [
    {
      level: 'error',
      part: 'postgresql-data',
      text: 'PostgreSQL (business data) stopped: signal 9. It is being restarted.',
      action: './akko logs postgresql-data -f',
    },
    {
      level: 'warn',
      part: 'storage',
      text: 'The disk of the home is 87 % full (41 GiB free)',
      action: 'Free space, or move the home: objects may be refused above 95 %.',
    },
    {
      level: 'warn',
      part: 'postgresql-data',
      text: 'pgvector is not available from this provider: database rag has no vector type',
      action: './akko doctor',
    },
  ],
  starting: [],
  unreported: [],
}

function activity(scenario: Scenario) {
  return [
    ...(scenario === 'troubled'
      ? [
          { at: minutes(0.6), part: 'postgresql-data', text: 'PostgreSQL (business data) went down' },
          { at: minutes(0.5), part: 'sql', text: 'SQL engine is degraded' },
        ]
      : []),
    { at: minutes(12), part: 'sql', text: 'Fraud report finished: 43 rows in 1.24 s' },
    { at: minutes(13), part: 'catalog', text: 'Table iceberg.banking.transactions created: 100 000 rows in 12 partitions' },
    { at: minutes(14), part: 'postgresql-data', text: 'Demo data loaded into banking.public' },
    { at: minutes(179), part: 'gateway', text: 'Everything is up, 2.8 s after start' },
    { at: minutes(180), text: 'Ensure applied 86 changes in 4.1 s' },
  ]
}
