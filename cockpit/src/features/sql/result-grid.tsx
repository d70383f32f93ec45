// Rows of a result: virtual in both directions, moved through by keyboard, one cell at a time copied or opened.
// biome-ignore-all lint/a11y/useSemanticElements: a table cannot be virtual in both directions; this is the ARIA grid pattern
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid has the focus and names the active cell by aria-activedescendant
import { useVirtualizer } from '@tanstack/react-virtual'
import { X } from 'lucide-react'
import { type KeyboardEvent, useId, useMemo, useRef, useState } from 'react'
import type { Row, TrinoColumn, Value } from '#wire/trino/protocol'
import { type Cell, columnWidths, moveCell } from '~/features/sql/grid-layout'
import { copyText } from '~/lib/announce'
import { cx } from '~/lib/cx'
import { formatCount } from '~/lib/format'
import { isNumeric, textOf } from '~/lib/sql/export'
import { IconButton } from '~/ui/button'
import { CopyText } from '~/ui/copy'

const ROW = 28
const HEAD = 44

export function ResultGrid({ columns, rows, rowCount }: { columns: readonly TrinoColumn[]; rows: readonly Row[]; rowCount: number }) {
  const scroller = useRef<HTMLDivElement>(null)
  const id = useId()
  const [cell, setCell] = useState<Cell>({ row: 0, column: 0 })
  const [opened, setOpened] = useState<Cell>()
  const sampled = Math.min(rowCount, 200)
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows grow in place; their number tells of the change
  const widths = useMemo(() => columnWidths(columns, rows), [columns, sampled])
  const gutter = Math.max(40, String(rowCount).length * 8 + 20)
  const vertical = useVirtualizer({
    count: rowCount,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 12,
    paddingStart: HEAD,
    scrollPaddingStart: HEAD,
  })
  const horizontal = useVirtualizer({
    count: columns.length,
    getScrollElement: () => scroller.current,
    estimateSize: (i) => widths[i] ?? 100,
    horizontal: true,
    overscan: 4,
    paddingStart: gutter,
    scrollPaddingStart: gutter,
  })
  const measured = useRef(widths)
  if (measured.current !== widths) {
    measured.current = widths
    horizontal.measure()
  }
  const active: Cell = { row: Math.min(cell.row, rowCount - 1), column: Math.min(cell.column, columns.length - 1) }
  const shownColumns = horizontal.getVirtualItems()
  const width = Math.max(horizontal.getTotalSize(), gutter)

  const onKeyDown = (event: KeyboardEvent) => {
    const ctrl = event.ctrlKey || event.metaKey
    if (ctrl && event.key.toLowerCase() === 'c' && getSelection()?.isCollapsed) {
      event.preventDefault()
      void copyText(textOf(rows[active.row]?.[active.column]), 'Cell')
      return
    }
    if (event.key === 'Enter' && !ctrl) {
      event.preventDefault()
      setOpened(active)
      return
    }
    const next = moveCell(
      active,
      event.key,
      ctrl,
      rowCount,
      columns.length,
      Math.max(1, Math.floor((scroller.current?.clientHeight ?? 280) / ROW) - 2),
    )
    if (!next || event.altKey) return
    event.preventDefault()
    setCell(next)
    if (opened) setOpened(next)
    vertical.scrollToIndex(next.row)
    horizontal.scrollToIndex(next.column)
  }

  return (
    <div className="flex h-full min-h-0 flex-col">
      <div
        ref={scroller}
        role="grid"
        tabIndex={0}
        aria-label="Result"
        aria-rowcount={rowCount + 1}
        aria-colcount={columns.length}
        aria-activedescendant={rowCount > 0 ? `${id}-${active.row}-${active.column}` : undefined}
        onKeyDown={onKeyDown}
        className="group/grid min-h-0 flex-1 overflow-auto font-mono text-xs outline-none focus-visible:rounded-none"
      >
        <div role="rowgroup" className="relative" style={{ height: vertical.getTotalSize(), width }}>
          <div role="row" aria-rowindex={1} className="sticky top-0 z-10 border-b border-line bg-surface" style={{ height: HEAD, width }}>
            {shownColumns.map((item) => {
              const column = columns[item.index]!
              return (
                <div
                  key={item.key}
                  role="columnheader"
                  aria-colindex={item.index + 1}
                  title={`${column.name} ${column.type}`}
                  className={cx(
                    'absolute top-0 flex h-full flex-col justify-center border-r border-line px-2.5',
                    isNumeric(column.type) && 'items-end',
                  )}
                  style={{ left: item.start, width: item.size }}
                >
                  <span className="max-w-full truncate font-semibold">{column.name}</span>
                  <span className="max-w-full truncate text-muted">{column.type}</span>
                </div>
              )
            })}
          </div>
          {vertical.getVirtualItems().map((line) => (
            <div
              key={line.key}
              role="row"
              aria-rowindex={line.index + 2}
              className={cx('absolute left-0 border-b border-line hover:bg-raised', line.index === active.row && 'bg-raised/60')}
              style={{ top: line.start, height: ROW, width }}
            >
              <span
                aria-hidden="true"
                className="num sticky left-0 z-5 inline-block h-full bg-surface px-2 leading-7 text-muted"
                style={{ width: gutter }}
              >
                {line.index + 1}
              </span>
              {shownColumns.map((item) => (
                // biome-ignore lint/a11y/useKeyWithClickEvents: the grid handles the keys, by aria-activedescendant
                <div
                  key={item.key}
                  id={`${id}-${line.index}-${item.index}`}
                  role="gridcell"
                  tabIndex={-1}
                  aria-colindex={item.index + 1}
                  onClick={() => {
                    setCell({ row: line.index, column: item.index })
                    if (opened) setOpened({ row: line.index, column: item.index })
                  }}
                  onDoubleClick={() => setOpened({ row: line.index, column: item.index })}
                  className={cx(
                    'absolute top-0 h-full truncate border-r border-line/60 px-2.5 leading-7 outline-none',
                    isNumeric(columns[item.index]!.type) && 'num',
                    line.index === active.row &&
                      item.index === active.column &&
                      'group-focus-within/grid:shadow-[inset_0_0_0_1.5px_var(--accent)]',
                  )}
                  style={{ left: item.start, width: item.size }}
                >
                  <CellValue value={rows[line.index]?.[item.index]} />
                </div>
              ))}
            </div>
          ))}
        </div>
      </div>
      {opened && columns[opened.column] && (
        <Opened
          name={columns[opened.column]!.name}
          type={columns[opened.column]!.type}
          row={opened.row}
          value={rows[opened.row]?.[opened.column]}
          onClose={() => {
            setOpened(undefined)
            scroller.current?.focus()
          }}
        />
      )}
    </div>
  )
}

function CellValue({ value }: { value: Value | undefined }) {
  if (value === null || value === undefined) return <span className="text-muted italic">NULL</span>
  if (value === '') return <span className="text-muted italic">empty</span>
  return textOf(value)
}

/** One value in full, below the grid. */
function Opened({
  name,
  type,
  row,
  value,
  onClose,
}: {
  name: string
  type: string
  row: number
  value: Value | undefined
  onClose: () => void
}) {
  const text = value !== null && typeof value === 'object' ? JSON.stringify(value, null, 2) : textOf(value)
  return (
    <section aria-label={`Value of ${name}`} className="max-h-1/2 shrink-0 overflow-auto border-t border-line bg-surface p-3">
      <div className="flex items-center gap-3">
        <p className="min-w-0 truncate">
          <span className="font-semibold">{name}</span> <span className="text-muted">{type}</span>
          <span className="text-muted">, row {formatCount(row + 1)}</span>
        </p>
        {value !== null && <CopyText text={text} what="Value" label="Copy value" />}
        <IconButton label="Close" onClick={onClose} className="-my-1 ml-auto size-7">
          <X aria-hidden="true" className="size-4" />
        </IconButton>
      </div>
      <pre className="mt-1 font-mono text-xs break-all whitespace-pre-wrap">{value === null ? 'NULL' : text}</pre>
    </section>
  )
}
