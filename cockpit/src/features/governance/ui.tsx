// What the lists of this page share: a field to find by, a pager, a table with its head and cells.
import { type ReactNode, useEffect, useState } from 'react'
import { formatCount } from '~/lib/format'
import { Button } from '~/ui/button'

export const HEAD = 'h-8 px-2 text-left text-xs font-normal text-muted whitespace-nowrap'
export const CELL = 'border-t border-line px-2 py-2 align-top'

const WAIT_MS = 250

/** Told when the typing has paused. */
export function Find({ label, value, onFind }: { label: string; value: string; onFind: (text: string) => void }) {
  const [text, setText] = useState(value)
  useEffect(() => setText(value), [value])
  useEffect(() => {
    if (text === value) return
    const timer = setTimeout(() => onFind(text), WAIT_MS)
    return () => clearTimeout(timer)
  }, [text, value, onFind])
  return (
    <input
      type="search"
      value={text}
      onChange={(event) => setText(event.target.value)}
      aria-label={label}
      placeholder={label}
      className="h-8 w-full min-w-0 rounded-md border border-line-strong/60 bg-bg px-2 placeholder:text-muted sm:w-56"
    />
  )
}

export function Pager({
  from,
  shown,
  total,
  more,
  size,
  onFrom,
}: {
  from: number
  shown: number
  /** Absent where nobody has counted: then `more` says whether others follow. */
  total?: number
  more?: boolean
  size: number
  onFrom: (from: number) => void
}) {
  const isMore = total === undefined ? more === true : from + shown < total
  if (from === 0 && !isMore) return null
  return (
    <div className="flex items-center gap-3 py-2">
      <Button disabled={from === 0} onClick={() => onFrom(Math.max(0, from - size))}>
        Previous
      </Button>
      <Button disabled={!isMore} onClick={() => onFrom(from + size)}>
        Next
      </Button>
      <span className="text-muted tabular-nums">
        {formatCount(from + 1)} to {formatCount(from + shown)}
        {total === undefined ? '' : ` of ${formatCount(total)}`}
      </span>
    </div>
  )
}

/** A table that is wider than the page moves within its own frame. */
export function Wide({ label, children }: { label: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: what scrolls must be reached by the keyboard
    // biome-ignore lint/a11y/noNoninteractiveTabindex: the same
    <div role="region" aria-label={label} tabIndex={0} className="relative overflow-x-auto">
      {children}
    </div>
  )
}

interface DataTableProps {
  /** Of the frame that moves. */
  label: string
  /** For who hears the page. */
  caption: string
  titles: readonly string[]
  /** Its lines. */
  children: ReactNode
}

export function DataTable({ label, caption, titles, children }: DataTableProps) {
  return (
    <Wide label={label}>
      <table className="w-full border-separate border-spacing-0">
        <caption className="sr-only">{caption}</caption>
        <thead>
          <tr>
            {titles.map((title) => (
              <th key={title} scope="col" className={HEAD}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </Wide>
  )
}
