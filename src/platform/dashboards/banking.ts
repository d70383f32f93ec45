// The banking dashboard over the demo's tables: what is measured, how it is drawn and where. The one definition of both shapes.
import type { ResourceOf } from '#platform/resources'

type Chart = ResourceOf<'chart'>
type Dashboard = ResourceOf<'dashboard'>
type Dataset = ResourceOf<'dataset'>
type Metric = ResourceOf<'dataset'>['metrics'][number]

export interface DashboardDefinition {
  readonly datasets: readonly Dataset[]
  readonly charts: readonly Chart[]
  readonly dashboard: Dashboard
}

const LAKE = 'iceberg.banking'
/** The same customers where the bank's own database keeps them. */
const CORE = 'banking.public'

const turnover: Metric = { name: 'turnover', title: 'Turnover', expression: 'sum(amount)', format: ',.0f' }
const counted = (name: string, title: string): Metric => ({ name, title, expression: 'count(*)', format: ',d' })

const dataset = (name: string, metrics: readonly Metric[], sql?: string): Dataset => ({
  kind: 'dataset',
  name: `banking-${name}`,
  dataSource: 'akko-sql',
  schema: 'banking',
  table: sql === undefined ? name : `banking_${name}`,
  ...(sql === undefined ? {} : { sql }),
  metrics,
})

const chart = (name: string, title: string, type: Chart['type'], of: string, more: Partial<Chart> & Pick<Chart, 'metrics'>): Chart => ({
  kind: 'chart',
  name: `banking-${name}`,
  title,
  dataset: `banking-${of}`,
  type,
  ...more,
})

export const banking: DashboardDefinition = {
  datasets: [
    dataset('customers', [counted('customers', 'Customers')]),
    dataset('accounts', [
      { name: 'balance', title: 'Balance', expression: 'sum(balance)', format: ',.0f' },
      counted('accounts', 'Accounts'),
    ]),
    dataset('transactions', [turnover, counted('transactions', 'Transactions')]),
    dataset(
      'days',
      [turnover, { name: 'bookings', title: 'Transactions', expression: 'sum(bookings)', format: ',d' }],
      `SELECT date_trunc('day', booked_at) AS booked_on, sum(amount) AS amount, count(*) AS bookings
FROM ${LAKE}.transactions
GROUP BY 1`,
    ),
    dataset(
      'segments',
      [turnover],
      `SELECT c.segment, sum(t.amount) AS amount
FROM ${LAKE}.transactions t
JOIN ${LAKE}.accounts a ON a.account_id = t.account_id
JOIN ${CORE}.customers c ON c.customer_id = a.customer_id
GROUP BY c.segment`,
    ),
    dataset(
      'countries',
      [{ name: 'balance', title: 'Balance', expression: 'sum(balance)', format: ',.0f' }],
      `SELECT c.country, sum(a.balance) AS balance
FROM ${LAKE}.accounts a
JOIN ${CORE}.customers c ON c.customer_id = a.customer_id
GROUP BY c.country`,
    ),
    dataset(
      'night_cash',
      [turnover],
      `SELECT date_format(booked_at, '%Y-%m') AS month, sum(amount) AS amount
FROM ${LAKE}.transactions
WHERE channel = 'atm' AND hour(booked_at) < 5
GROUP BY 1`,
    ),
    dataset(
      'merchants',
      [turnover, { name: 'bookings', title: 'Transactions', expression: 'sum(bookings)', format: ',d' }],
      `SELECT merchant, sum(amount) AS amount, count(*) AS bookings
FROM ${LAKE}.transactions
GROUP BY merchant`,
    ),
  ],
  charts: [
    chart('customers', 'Customers', 'number', 'customers', { metrics: ['customers'] }),
    chart('balance', 'Balance of all accounts', 'number', 'accounts', { metrics: ['balance'] }),
    chart('turnover', 'Turnover', 'number', 'transactions', { metrics: ['turnover'] }),
    chart('days', 'Turnover per day', 'line', 'days', { metrics: ['turnover'], dimension: 'booked_on', rows: 1000 }),
    chart('segments', 'Turnover by segment', 'bar', 'segments', { metrics: ['turnover'], dimension: 'segment' }),
    chart('countries', 'Balance by country', 'bar', 'countries', { metrics: ['balance'], dimension: 'country' }),
    chart('night-cash', 'Cash drawn between midnight and five', 'bar', 'night_cash', { metrics: ['turnover'], dimension: 'month' }),
    chart('merchants', 'Merchants', 'table', 'merchants', { metrics: ['turnover', 'bookings'], dimension: 'merchant', rows: 20 }),
  ],
  dashboard: {
    kind: 'dashboard',
    name: 'banking',
    title: 'Banking',
    charts: [
      ['banking-customers', 'banking-balance', 'banking-turnover'],
      ['banking-days'],
      ['banking-segments', 'banking-countries'],
      ['banking-night-cash', 'banking-merchants'],
    ],
  },
}
