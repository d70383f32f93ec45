// The catalogue tree: lazy, virtual, moved through by keyboard (WAI-ARIA tree), with a sample of any table.

import { useQueries, useQuery } from '@tanstack/react-query'
import { useVirtualizer } from '@tanstack/react-virtual'
import { ChevronRight, CornerDownLeft, Database, Folder, Play, RotateCw, Search, Table2 } from 'lucide-react'
import { type KeyboardEvent, type Ref, useDeferredValue, useImperativeHandle, useMemo, useRef, useState } from 'react'
import { plainName } from '#wire/trino/names'
import { keyOf, type Loaded, type TreeLine, treeLines } from '~/features/sql/tree-model'
import { cx } from '~/lib/cx'
import { own } from '~/lib/own'
import { useSession } from '~/lib/session'
import type { ColumnName, TableName } from '~/lib/sql/complete'
import { createStore, useStore } from '~/lib/store'
import { namesQuery } from '~/lib/trino/names'
import { IconButton } from '~/ui/button'
import { Empty, Failure, failureOf, SkeletonLines } from '~/ui/states'

const ROW = 28
const KEY = {
  down: 'ArrowDown',
  up: 'ArrowUp',
  home: 'Home',
  end: 'End',
  right: 'ArrowRight',
  left: 'ArrowLeft',
  enter: 'Enter',
  space: ' ',
} as const
/** What is open stays open while one visits another page. */
const openKeys = createStore<ReadonlySet<string>>(new Set(['iceberg', keyOf.schema('iceberg', 'banking')]))

export interface TreeHandle {
  focus(): void
}

interface TreeProps {
  readonly ref: Ref<TreeHandle>
  onSample(table: TableName): void
  onInsert(text: string): void
}

export function fullName(t: TableName): string {
  return [t.catalog, t.schema, t.table].map(plainName).join('.')
}

export function CatalogTree({ ref, onSample, onInsert }: TreeProps) {
  const { user } = useSession()
  const [typed, setFilter] = useState('')
  const filter = useDeferredValue(typed)
  const [activeKey, setActiveKey] = useState('')
  const scroller = useRef<HTMLDivElement>(null)
  const catalogs = useQuery(namesQuery.catalogs(user))
  const { lines, retry } = useLines(user, catalogs.data ?? [], filter)
  const virtual = useVirtualizer({ count: lines.length, getScrollElement: () => scroller.current, estimateSize: () => ROW, overscan: 10 })
  const at = Math.max(
    0,
    lines.findIndex((l) => l.key === activeKey),
  )
  const active = lines[at]

  useImperativeHandle(ref, () => ({ focus: () => scroller.current?.focus() }))

  const go = (index: number) => {
    const line = lines[Math.max(0, Math.min(lines.length - 1, index))]
    if (!line) return
    setActiveKey(line.key)
    virtual.scrollToIndex(lines.indexOf(line))
  }
  const act = (line: TreeLine, event: { shiftKey: boolean; ctrlKey: boolean; metaKey: boolean }) => {
    if (line.kind === 'table' && (event.ctrlKey || event.metaKey)) onSample(line.table)
    else if (line.kind === 'table' && event.shiftKey) onInsert(fullName(line.table))
    else if (line.kind === 'column') onInsert(plainName(line.name))
    else if (line.kind === 'failed') retry(line.retryKey)
    else if ('open' in line) toggle(line.key)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (!active || event.altKey || (event.target as Element).tagName === 'BUTTON') return
    const parent = () => lines.findLastIndex((l, i) => i < at && l.level < active.level)
    const moves: Record<string, () => void> = {
      [KEY.down]: () => go(at + 1),
      [KEY.up]: () => go(at - 1),
      [KEY.home]: () => go(0),
      [KEY.end]: () => go(lines.length - 1),
      [KEY.right]: () => ('open' in active && !active.open ? toggle(active.key) : 'open' in active && go(at + 1)),
      [KEY.left]: () => ('open' in active && active.open && filter === '' ? toggle(active.key) : go(parent())),
      [KEY.enter]: () => act(active, event),
      [KEY.space]: () => act(active, event),
    }
    const move = own(moves, event.key)
    if (move) {
      event.preventDefault()
      event.stopPropagation()
      move()
    } else if (event.key.length === 1 && !event.ctrlKey && !event.metaKey) {
      const next = [...lines.slice(at + 1), ...lines.slice(0, at)].find((l) => l.name.toLowerCase().startsWith(event.key.toLowerCase()))
      if (next) go(lines.indexOf(next))
    }
  }

  return (
    <div className="flex h-full min-h-0 flex-col">
      <div className="relative shrink-0 p-2">
        <Search aria-hidden="true" className="pointer-events-none absolute top-4.5 left-4 size-3.5 text-muted" />
        <input
          type="search"
          value={typed}
          onChange={(event) => setFilter(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== 'ArrowDown') return
            event.preventDefault()
            scroller.current?.focus()
          }}
          aria-label="Find a table"
          placeholder="Find a table"
          className="h-8 w-full rounded-md border border-line-strong/60 bg-bg pr-2 pl-7 placeholder:text-muted"
        />
      </div>
      {catalogs.isPending ? (
        <SkeletonLines lines={7} label="Loading the catalogues" />
      ) : catalogs.isError ? (
        <Failure compact what="The catalogues could not be read" error={catalogs.error} onRetry={() => void catalogs.refetch()} />
      ) : lines.length === 0 ? (
        <Empty icon={Database} title={filter ? 'No table matches' : 'No catalogue'}>
          {filter ? `Nothing is called “${filter}”.` : 'No catalogue is open to your roles.'}
        </Empty>
      ) : (
        <div
          ref={scroller}
          role="tree"
          tabIndex={0}
          aria-label="Catalogues"
          aria-activedescendant={active ? `tree-${active.key}` : undefined}
          onKeyDown={onKeyDown}
          className="group/tree min-h-0 flex-1 overflow-auto px-1 pb-2 outline-none focus-visible:rounded-none"
        >
          <div role="none" className="relative" style={{ height: virtual.getTotalSize() }}>
            {virtual.getVirtualItems().map((item) => {
              const line = lines[item.index]!
              return (
                <Line
                  key={line.key}
                  line={line}
                  top={item.start}
                  active={line === active}
                  onClick={(event) => {
                    setActiveKey(line.key)
                    act(line, event)
                  }}
                  onSample={onSample}
                  onInsert={onInsert}
                />
              )
            })}
          </div>
        </div>
      )}
    </div>
  )
}

interface LineProps {
  readonly line: TreeLine
  readonly top: number
  readonly active: boolean
  onClick(event: { shiftKey: boolean; ctrlKey: boolean; metaKey: boolean }): void
  onSample(table: TableName): void
  onInsert(text: string): void
}

const ICON = { catalog: Database, schema: Folder, table: Table2 } as const

function Line({ line, top, active, onClick, onSample, onInsert }: LineProps) {
  const Icon = own(ICON, line.kind)
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree handles the keys, by aria-activedescendant
    <div
      id={`tree-${line.key}`}
      role="treeitem"
      tabIndex={-1}
      aria-level={line.level}
      aria-posinset={line.position}
      aria-setsize={line.siblings}
      aria-expanded={'open' in line ? line.open : undefined}
      aria-selected={active}
      onClick={onClick}
      title={line.kind === 'failed' ? failureOf(line.error).message : line.kind === 'column' ? `${line.name} ${line.type}` : undefined}
      className={cx(
        'group/line absolute inset-x-0 flex cursor-pointer items-center gap-1.5 rounded-md pr-1 outline-none hover:bg-raised',
        active && 'group-focus-visible/tree:shadow-[inset_0_0_0_1.5px_var(--accent)]',
      )}
      style={{ top, height: ROW, paddingLeft: (line.level - 1) * 14 + 4 }}
    >
      <ChevronRight
        aria-hidden="true"
        className={cx('size-3.5 shrink-0 text-muted transition-transform', 'open' in line ? line.open && 'rotate-90' : 'invisible')}
      />
      {Icon && <Icon aria-hidden="true" className="size-3.5 shrink-0 text-muted" />}
      {line.kind === 'failed' && <RotateCw aria-hidden="true" className="size-3.5 shrink-0 text-bad" />}
      <span
        className={cx(
          'min-w-8 truncate',
          line.kind === 'column' && 'max-w-3/4 shrink-0 font-mono text-xs',
          line.kind === 'failed' && 'text-bad',
          ['loading', 'empty'].includes(line.kind) && 'appear-late text-muted',
        )}
      >
        {line.name}
        {line.kind === 'failed' && ': try again'}
      </span>
      {line.kind === 'column' && <span className="ml-auto min-w-0 shrink-[4] truncate pl-2 font-mono text-xs text-muted">{line.type}</span>}
      {line.kind === 'table' && (
        <span
          className={cx(
            'ml-auto flex shrink-0 opacity-0 group-hover/line:opacity-100 focus-within:opacity-100',
            active && 'group-focus-within/tree:opacity-100',
          )}
        >
          <IconButton
            label={`Insert the name of ${line.name} (Shift-Enter)`}
            tabIndex={active ? 0 : -1}
            className="size-6"
            onClick={(event) => {
              event.stopPropagation()
              onInsert(fullName(line.table))
            }}
          >
            <CornerDownLeft aria-hidden="true" className="size-3.5" />
          </IconButton>
          <IconButton
            label={`Sample ${line.name} (Ctrl-Enter)`}
            tabIndex={active ? 0 : -1}
            className="size-6"
            onClick={(event) => {
              event.stopPropagation()
              onSample(line.table)
            }}
          >
            <Play aria-hidden="true" className="size-3.5" />
          </IconButton>
        </span>
      )}
    </div>
  )
}

function toggle(key: string): void {
  openKeys.update((keys) => {
    const next = new Set(keys)
    if (!next.delete(key)) next.add(key)
    return next
  })
}

/** Asks for what is open, and nothing else; with a filter, for the tables of every catalogue. */
function useLines(user: string, catalogs: readonly string[], filter: string) {
  const open = useStore(openKeys)
  const wanted = catalogs.filter((c) => filter.trim() !== '' || open.has(keyOf.catalog(c)))
  const openTables = useMemo(
    () => [...open].flatMap((key) => tableOfKey(key) ?? []).filter((t) => open.has(keyOf.catalog(t.catalog)) || filter !== ''),
    [open, filter],
  )
  const tables = useQueries({ queries: wanted.map((c) => namesQuery.tables(user, c)) })
  const schemas = useQueries({ queries: wanted.map((c) => namesQuery.schemas(user, c)) })
  const columns = useQueries({ queries: openTables.map((t) => namesQuery.columns(user, t)) })
  const pick = <T,>(index: number, from: readonly { data: T | undefined; error: unknown }[]): Loaded<T> => {
    const found = from[index]
    return found?.data ? { data: found.data } : found?.error ? { error: found.error } : {}
  }
  const lines = treeLines(
    {
      catalogs,
      tables: (c) => pick<TableName[]>(wanted.indexOf(c), tables),
      schemas: (c) => pick<string[]>(wanted.indexOf(c), schemas),
      columns: (t) =>
        pick<ColumnName[]>(
          openTables.findIndex((o) => keyOf.table(o) === keyOf.table(t)),
          columns,
        ),
    },
    open,
    filter,
  )
  const retry = (key: string) => {
    const table = openTables.findIndex((t) => keyOf.table(t) === key)
    void (table >= 0 ? columns[table] : tables[wanted.indexOf(key)])?.refetch()
  }
  return { lines, retry }
}

function tableOfKey(key: string): TableName | undefined {
  if (!key.startsWith('[')) return undefined
  const path = JSON.parse(key) as string[]
  return path.length === 3 ? { catalog: path[0]!, schema: path[1]!, table: path[2]! } : undefined
}
