// Loads the demo: COPY into the business PostgreSQL, then federated SQL into partitioned Iceberg tables.
import { once } from 'node:events'
import pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import type { Bank } from '#demo/banking'
import { cities, farCities } from '#demo/places'
import { csvField } from '#wire/csv'

export interface DemoDoors {
  /** DSN of a business database as its owner. */
  readonly database: (name: 'banking' | 'geospatial') => string
  /** Runs federated SQL and returns its rows. */
  readonly query: (sql: string) => Promise<{ readonly rows: readonly (readonly unknown[])[]; readonly updateCount?: number }>
  readonly step: (text: string) => void
}

const TABLES = {
  customers: `customer_id bigint PRIMARY KEY, full_name text NOT NULL, email text NOT NULL, phone text NOT NULL, birth_date date NOT NULL,
    city text NOT NULL, country varchar(2) NOT NULL, segment text NOT NULL`,
  accounts: `account_id bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers, iban text NOT NULL UNIQUE, kind text NOT NULL,
    opened_on date NOT NULL, balance decimal(12,2) NOT NULL`,
  transactions: `transaction_id bigint PRIMARY KEY, account_id bigint NOT NULL REFERENCES accounts, merchant text NOT NULL, category text NOT NULL,
    channel text NOT NULL, amount decimal(12,2) NOT NULL, booked_at timestamp(6) NOT NULL, latitude double precision NOT NULL,
    longitude double precision NOT NULL, is_fraud boolean NOT NULL`,
} as const

type TableName = keyof typeof TABLES

/** How each table goes to the lake. */
const LAKE: Readonly<Record<TableName, string>> = {
  customers: 'CREATE TABLE iceberg.banking.customers AS SELECT * FROM banking.public.customers',
  accounts: 'CREATE TABLE iceberg.banking.accounts AS SELECT * FROM banking.public.accounts',
  transactions:
    "CREATE TABLE iceberg.banking.transactions WITH (partitioning = ARRAY['month(booked_at)']) AS SELECT * FROM banking.public.transactions",
}

/** Puts the rows into PostgreSQL, each table in one transaction; a table that exists is complete and is left alone. */
export async function loadPostgres(bank: () => Bank, doors: DemoDoors): Promise<number> {
  const client = new pg.Client({ connectionString: doors.database('banking') })
  await client.connect()
  let made: Bank | undefined
  let copied = 0
  try {
    for (const table of Object.keys(TABLES) as TableName[]) {
      if (await exists(client, table)) continue
      made ??= bank()
      const began = performance.now()
      await client.query('BEGIN')
      await client.query(`CREATE TABLE public.${table} (${TABLES[table]})`)
      const rows = await copyRows(client, table, rowsOf(made, table))
      await client.query('COMMIT')
      await client.query(`ANALYZE public.${table}`)
      copied += rows
      doors.step(
        `PostgreSQL banking.public.${table}: ${rows.toLocaleString('en')} rows by COPY in ${Math.round(performance.now() - began)} ms`,
      )
    }
  } finally {
    await client.end()
  }
  await loadPlaces(doors)
  return copied
}

/** Moves what is not in the lake yet; CREATE TABLE AS is atomic, so a table that exists is complete. */
export async function loadLake(doors: DemoDoors): Promise<number> {
  const { rows } = await doors.query("SELECT table_name FROM iceberg.information_schema.tables WHERE table_schema = 'banking'")
  const present = new Set(rows.map((r) => r[0]))
  let moved = 0
  for (const [table, sql] of Object.entries(LAKE)) {
    if (present.has(table)) continue
    const began = performance.now()
    const { updateCount } = await doors.query(sql)
    moved += updateCount ?? 0
    doors.step(
      `Iceberg iceberg.banking.${table}: ${(updateCount ?? 0).toLocaleString('en')} rows by federated SQL in ${Math.round(performance.now() - began)} ms`,
    )
  }
  return moved
}

/** Cities with their positions; a view serves the coordinates that PostGIS keeps. */
async function loadPlaces(doors: DemoDoors): Promise<void> {
  const client = new pg.Client({ connectionString: doors.database('geospatial') })
  await client.connect()
  try {
    if (await exists(client, 'cities')) return
    await client.query('BEGIN')
    await client.query(
      'CREATE TABLE public.cities (city text, country varchar(2), position geometry(Point, 4326) NOT NULL, PRIMARY KEY (city, country))',
    )
    for (const c of [...cities, ...farCities]) {
      await client.query('INSERT INTO public.cities VALUES ($1, $2, ST_SetSRID(ST_MakePoint($3, $4), 4326))', [
        c.name,
        c.country,
        c.longitude,
        c.latitude,
      ])
    }
    await client.query(
      'CREATE VIEW public.city_positions AS SELECT city, country, ST_Y(position) AS latitude, ST_X(position) AS longitude FROM public.cities',
    )
    await client.query('COMMIT')
    doors.step(`PostGIS geospatial.public.cities: ${cities.length + farCities.length} positions`)
  } finally {
    await client.end()
  }
}

async function exists(client: pg.Client, table: string): Promise<boolean> {
  const { rows } = await client.query('SELECT to_regclass($1) IS NOT NULL AS there', [`public.${table}`])
  return (rows[0] as { there: boolean }).there
}

async function copyRows(client: pg.Client, table: TableName, rows: Iterable<readonly (string | number)[]>): Promise<number> {
  const stream = client.query(copyFrom(`COPY public.${table} FROM STDIN (FORMAT csv)`))
  const finished = once(stream, 'finish')
  let count = 0
  let batch = ''
  for (const row of rows) {
    batch += `${row.map((value) => csvField(String(value))).join(',')}\n`
    count++
    if (batch.length > 64 * 1024) {
      if (!stream.write(batch)) await once(stream, 'drain')
      batch = ''
    }
  }
  stream.end(batch)
  await finished
  return count
}

function* rowsOf(bank: Bank, table: TableName): Generator<readonly (string | number)[]> {
  if (table === 'customers') {
    for (const c of bank.customers) yield [c.id, c.name, c.email, c.phone, c.birthDate, c.city.name, c.city.country, c.segment]
  } else if (table === 'accounts') {
    for (const a of bank.accounts) yield [a.id, a.customer.id, a.iban, a.kind, a.opened, cents(a.balance)]
  } else {
    let id = 0
    for (const t of bank.transactions) {
      yield [
        ++id,
        t.account.id,
        t.merchant,
        t.category,
        t.channel,
        cents(t.amount),
        timestamp(t.at),
        t.latitude,
        t.longitude,
        String(t.fraud),
      ]
    }
  }
}

function cents(amount: number): string {
  return `${Math.floor(amount / 100)}.${String(amount % 100).padStart(2, '0')}`
}

function timestamp(microseconds: bigint): string {
  const iso = new Date(Number(microseconds / 1000n)).toISOString()
  return `${iso.slice(0, 10)} ${iso.slice(11, 23)}${String(microseconds % 1000n).padStart(3, '0')}`
}
