// The shown result drawn: a line over time, else bars by row.
import { ChartColumn } from 'lucide-react'
import { useMemo, useState } from 'react'
import { type ChartData, chartData, firstMeasure, measures, ticks } from '~/features/sql/chart-data'
import type { Run } from '~/features/sql/runs'
import { plural } from '~/lib/format'
import { Empty } from '~/ui/states'

export function Chart({ run }: { run: Run | undefined }) {
  const shown = run?.statements[run.shown]
  const columns = shown?.columns ?? []
  const [chosen, setChosen] = useState<number>()
  const available = measures(columns)
  const measure = chosen !== undefined && available.includes(chosen) ? chosen : firstMeasure(columns)
  const rows = shown?.rows
  const count = shown?.rowCount ?? 0
  const data = useMemo(
    () => (measure === undefined || !rows || count === 0 ? undefined : chartData(columns, rows.slice(0, count), measure)),
    [columns, rows, count, measure],
  )
  if (!data || data.points.length === 0)
    return (
      <Empty icon={ChartColumn} title="Nothing to draw">
        {count > 0 ? 'The result has no column of numbers.' : 'Run a query with a column of numbers: it is drawn here.'}
      </Empty>
    )
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling drawing must be reachable by keyboard
    <section aria-label="Chart" tabIndex={0} className="flex h-full flex-col gap-3 overflow-auto p-4">
      <div className="flex flex-wrap items-center gap-3">
        <label className="flex items-center gap-2 text-muted">
          Measure
          <select
            value={measure}
            onChange={(event) => setChosen(Number(event.target.value))}
            className="h-8 rounded-md border border-line-strong/60 bg-surface px-2 text-text hover:bg-raised"
          >
            {available.map((i) => (
              <option key={i} value={i}>
                {columns[i]!.name}
              </option>
            ))}
          </select>
        </label>
        {data.left > 0 && <p className="text-muted">{plural(data.left, 'row')} not drawn</p>}
      </div>
      {data.kind === 'line' ? <Line data={data} name={columns[measure!]!.name} /> : <Bars data={data} />}
    </section>
  )
}

/** Writes numbers with as many decimals as the finest of them has, at most four. */
function numberFormat(values: readonly number[]): (value: number) => string {
  const decimals = Math.max(0, ...values.map((v) => String(Math.round(v * 1e4) / 1e4).split('.')[1]?.length ?? 0))
  const format = new Intl.NumberFormat('en-GB', { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
  return (value) => format.format(value).replaceAll(',', '\u202f')
}

function Bars({ data }: { data: ChartData }) {
  const values = data.points.map((p) => p.value)
  const number = numberFormat(values)
  const low = Math.min(0, ...values)
  const range = Math.max(0, ...values) - low || 1
  return (
    <ul className="flex flex-col gap-1">
      {data.points.map((point, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows of a finished result do not move
        <li key={i} className="grid grid-cols-[minmax(5rem,16rem)_minmax(4rem,1fr)_auto] items-center gap-3">
          <span className="truncate" title={point.label}>
            {point.label}
          </span>
          <span aria-hidden="true" className="relative h-4">
            <span
              className="absolute h-full min-w-px rounded-xs bg-accent"
              style={{ left: `${((Math.min(0, point.value) - low) / range) * 100}%`, width: `${(Math.abs(point.value) / range) * 100}%` }}
            />
          </span>
          <span className="num min-w-20">{number(point.value)}</span>
        </li>
      ))}
    </ul>
  )
}

const WIDTH = 1000
const HEIGHT = 260

function Line({ data, name }: { data: ChartData; name: string }) {
  const values = data.points.map((p) => p.value)
  const marks = ticks(Math.min(...values), Math.max(...values))
  const number = numberFormat(marks)
  const exact = numberFormat(values)
  const low = marks[0]!
  const range = marks.at(-1)! - low || 1
  const y = (value: number) => HEIGHT - ((value - low) / range) * HEIGHT
  const x = (i: number) => (data.points.length === 1 ? WIDTH / 2 : (i / (data.points.length - 1)) * WIDTH)
  const path = data.points.map((p, i) => `${i === 0 ? 'M' : 'L'}${x(i).toFixed(1)} ${y(p.value).toFixed(1)}`).join('')
  return (
    <figure className="grid min-h-48 flex-1 grid-cols-[auto_minmax(0,1fr)] grid-rows-[minmax(0,1fr)_auto] gap-x-2 gap-y-1">
      <div aria-hidden="true" className="relative w-20 text-xs text-muted">
        {marks.map((mark) => (
          <span key={mark} className="num absolute right-0 -translate-y-1/2" style={{ top: `${(y(mark) / HEIGHT) * 100}%` }}>
            {number(mark)}
          </span>
        ))}
      </div>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${name}: ${plural(data.points.length, 'point')} from ${data.points[0]!.label} to ${data.points.at(-1)!.label}, lowest ${exact(Math.min(...values))}, highest ${exact(Math.max(...values))}`}
        className="h-full w-full overflow-visible"
      >
        {marks.map((mark) => (
          <path key={mark} d={`M0 ${y(mark)}H${WIDTH}`} stroke="var(--line)" vectorEffect="non-scaling-stroke" />
        ))}
        <path d={path} fill="none" stroke="var(--accent)" strokeWidth="1.75" strokeLinejoin="round" vectorEffect="non-scaling-stroke" />
      </svg>
      <span />
      <figcaption className="flex justify-between text-xs text-muted">
        <span>{data.points[0]!.label}</span>
        <span>{data.points.at(-1)!.label}</span>
      </figcaption>
    </figure>
  )
}
