// What ran: who, when, how long, how many bytes; a click opens the statement again.

import { useQuery } from '@tanstack/react-query'
import { useVirtualizer } from '@tanstack/react-virtual'
import { History as HistoryIcon, RotateCw } from 'lucide-react'
import { useRef, useState } from 'react'
import { formatBytes, formatCount, formatDuration } from '~/lib/format'
import { own } from '~/lib/own'
import { useSession } from '~/lib/session'
import { summarize } from '~/lib/sql/split'
import { historyQuery, type PastQuery } from '~/lib/trino/history'
import { IconButton } from '~/ui/button'
import { Empty, Failure, SkeletonLines } from '~/ui/states'
import { type Level, StatusShape } from '~/ui/status'
import { Ago } from '~/ui/time'

const ROW = 52

export function History({ onOpen }: { onOpen: (sql: string) => void }) {
  const { user } = useSession()
  const [text, setText] = useState('')
  const [mineOnly, setMineOnly] = useState(false)
  const history = useQuery({ ...historyQuery(user), refetchInterval: 5000 })
  const shown = (history.data ?? []).filter(
    (q) =>
      (!mineOnly || q.user === user) &&
      (text === '' || `${q.query} ${q.user} ${q.errorName ?? ''}`.toLowerCase().includes(text.toLowerCase())),
  )
  return (
    <div className="flex h-full min-h-0 flex-col">
      <div className="flex shrink-0 items-center gap-3 border-b border-line px-3 py-1.5">
        <input
          type="search"
          value={text}
          onChange={(event) => setText(event.target.value)}
          aria-label="Find in the history"
          placeholder="Find"
          className="h-7 w-40 min-w-0 rounded-md border border-line-strong/60 bg-bg px-2 placeholder:text-muted sm:w-56"
        />
        <label className="flex items-center gap-2 whitespace-nowrap">
          <input type="checkbox" checked={mineOnly} onChange={(event) => setMineOnly(event.target.checked)} className="accent-(--accent)" />
          Mine only
        </label>
        <span className="ml-auto whitespace-nowrap text-muted max-sm:hidden">
          {history.data && `${formatCount(shown.length)} of the newest 200`}
        </span>
        <IconButton
          label="Read again"
          onClick={() => void history.refetch()}
          disabled={history.isFetching}
          className="size-7 max-sm:ml-auto"
        >
          <RotateCw aria-hidden="true" className="size-3.5" />
        </IconButton>
      </div>
      {history.isPending ? (
        <SkeletonLines lines={6} label="Loading the history" />
      ) : history.isError && !history.data ? (
        <Failure
          what="The history could not be read"
          error={history.error}
          kept="Your tabs and results are not touched."
          onRetry={() => void history.refetch()}
        />
      ) : shown.length === 0 ? (
        <Empty icon={HistoryIcon} title={text || mineOnly ? 'Nothing matches' : 'No query has run yet'}>
          {text || mineOnly ? 'Try other words, or the queries of everyone.' : 'Every statement that runs is kept here with its cost.'}
        </Empty>
      ) : (
        <Lines queries={shown} onOpen={onOpen} />
      )}
    </div>
  )
}

const LEVEL: Readonly<Record<string, Level>> = { FINISHED: 'ok', FAILED: 'bad', CANCELED: 'unknown', CANCELLED: 'unknown' }

function Lines({ queries, onOpen }: { queries: readonly PastQuery[]; onOpen: (sql: string) => void }) {
  const scroller = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({ count: queries.length, getScrollElement: () => scroller.current, estimateSize: () => ROW, overscan: 8 })
  return (
    <div ref={scroller} className="min-h-0 flex-1 overflow-auto">
      <ul className="relative" aria-label="Queries" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const q = queries[item.index]!
          return (
            <li key={q.queryId} className="absolute inset-x-0 border-b border-line" style={{ top: item.start, height: ROW }}>
              <button
                type="button"
                onClick={() => onOpen(q.query)}
                title={q.query}
                className="flex h-full w-full items-center gap-3 px-3 text-left hover:bg-raised"
              >
                <StatusShape level={own(LEVEL, q.state) ?? 'busy'} />
                <span className="min-w-0 flex-1">
                  <span className="block truncate font-mono text-xs">{summarize(q.query, 240)}</span>
                  <span className="block truncate text-xs text-muted">
                    {q.user}
                    {q.source && ` by ${q.source}`}
                    {q.errorName ? `: ${q.errorName}` : ''}
                    <span className="sr-only"> {q.state.toLowerCase()}</span>
                  </span>
                </span>
                <span className="num w-20 shrink-0 max-md:hidden">{q.rows === undefined ? '–' : `${formatCount(q.rows)} rows`}</span>
                <span className="num w-20 shrink-0 max-sm:hidden">{formatBytes(q.scannedBytes)}</span>
                <span className="num w-16 shrink-0">{formatDuration(q.elapsedMs)}</span>
                {q.created !== undefined && <Ago at={q.created} className="num w-20 shrink-0 text-muted" />}
              </button>
            </li>
          )
        })}
      </ul>
    </div>
  )
}
