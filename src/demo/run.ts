// The demo from end to end: load, move, report, evaluate.
import { createBank } from '#demo/banking'
import { type DemoDoors, loadLake, loadPostgres } from '#demo/load'
import { EVALUATION, REPORT } from '#demo/report'

export interface DemoOutcome {
  readonly loaded: boolean
  readonly columns: readonly string[]
  readonly rows: readonly (readonly unknown[])[]
  readonly evaluation: {
    readonly transactions: number
    readonly fraud: number
    readonly flagged: number
    readonly found: number
    /** found / flagged */
    readonly precision: number
    /** found / fraud */
    readonly recall: number
  }
  readonly reportMs: number
}

export const REPORT_COLUMNS = [
  'customer_id',
  'full_name',
  'segment',
  'pattern',
  'transactions',
  'amount',
  'first_at',
  'minutes',
  'km_from_home',
] as const

export async function runDemo(scale: number, doors: DemoDoors): Promise<DemoOutcome> {
  const copied = await loadPostgres(() => createBank(scale), doors)
  const moved = await loadLake(doors)
  const began = performance.now()
  const report = await doors.query(REPORT)
  const reportMs = performance.now() - began
  const [transactions, fraud, flagged, found] = ((await doors.query(EVALUATION)).rows[0] ?? []).map(Number) as [
    number,
    number,
    number,
    number,
  ]
  return {
    loaded: copied + moved > 0,
    columns: REPORT_COLUMNS,
    rows: report.rows,
    evaluation: { transactions, fraud, flagged, found, precision: found / flagged, recall: found / fraud },
    reportMs,
  }
}
