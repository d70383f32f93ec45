// The result of the shown statement, in each of its states.
import { Rows3, SquareTerminal } from 'lucide-react'
import { QueryError } from '#wire/trino/statement'
import { ResultBar } from '~/features/sql/result-bar'
import { ResultGrid } from '~/features/sql/result-grid'
import { MAX_ROWS, type Run, type StatementRun, showStatement } from '~/features/sql/runs'
import { cx } from '~/lib/cx'
import { formatCount, plural } from '~/lib/format'
import { summarize } from '~/lib/sql/split'
import { CopyId } from '~/ui/copy'
import { Empty, failureOf, SkeletonLines } from '~/ui/states'
import { StatusShape } from '~/ui/status'

export function Results({ tabId, run }: { tabId: string; run: Run | undefined }) {
  const shown = run?.statements[run.shown]
  if (!run || !shown)
    return (
      <Empty icon={SquareTerminal} title="Results appear here">
        Write a statement and press Ctrl-Enter, or take a sample of a table from the list.
      </Empty>
    )
  return (
    <div className="flex h-full min-h-0 flex-col">
      {run.statements.length > 1 && <StatementChips tabId={tabId} run={run} />}
      <ResultBar run={shown} />
      <div className="min-h-0 flex-1">
        <Body run={shown} key={`${run.id}-${run.shown}`} />
      </div>
    </div>
  )
}

const LEVEL = { waiting: 'unknown', running: 'busy', finished: 'ok', failed: 'bad', cancelled: 'unknown' } as const

/** One chip per statement of a run of several. */
function StatementChips({ tabId, run }: { tabId: string; run: Run }) {
  return (
    <fieldset className="flex shrink-0 gap-1 overflow-x-auto border-b border-line p-1.5">
      <legend className="sr-only">Results of the statements</legend>
      {run.statements.map((s, i) => (
        <button
          key={s.statement.from}
          type="button"
          aria-pressed={i === run.shown}
          title={s.statement.text}
          onClick={() => showStatement(tabId, i)}
          className="inline-flex h-7 max-w-52 shrink-0 items-center gap-2 rounded-md px-2 text-muted hover:text-text aria-pressed:bg-raised aria-pressed:text-text"
        >
          <StatusShape level={LEVEL[s.state]} />
          <span className="tabular-nums">{i + 1}</span>
          <span className="truncate font-mono text-xs">{summarize(s.statement.text, 32)}</span>
          <span className="sr-only">{s.state}</span>
        </button>
      ))}
    </fieldset>
  )
}

function Body({ run }: { run: StatementRun }) {
  if (run.state === 'failed') return <Failed run={run} />
  if (run.state === 'waiting')
    return (
      <Empty icon={Rows3} title="Not run">
        A statement before it did not finish.
      </Empty>
    )
  if (run.columns.length === 0) {
    if (run.state === 'running') return <SkeletonLines lines={6} label="Waiting for the first rows" />
    if (run.state === 'cancelled') return <Empty icon={Rows3} title="Cancelled before the first row" />
    const count = run.outcome?.updateCount
    return (
      <Empty icon={Rows3} title={run.outcome?.updateType ? `${run.outcome.updateType} done` : 'Done'}>
        {count === undefined ? 'The statement has no rows to show.' : plural(count, 'row')}
      </Empty>
    )
  }
  return (
    <div className="flex h-full min-h-0 flex-col">
      <Notice run={run} />
      <div className="min-h-0 flex-1">
        {run.rowCount === 0 && run.state !== 'running' ? (
          <Empty icon={Rows3} title={run.state === 'cancelled' ? 'Cancelled before the first row' : 'No rows'}>
            {run.state === 'finished' && `The query ran and found nothing. Columns: ${run.columns.map((c) => c.name).join(', ')}`}
          </Empty>
        ) : (
          <ResultGrid columns={run.columns} rows={run.rows} rowCount={run.rowCount} />
        )}
      </div>
    </div>
  )
}

/** What is not complete about the rows below. */
function Notice({ run }: { run: StatementRun }) {
  const text =
    run.state === 'cancelled'
      ? `Cancelled: the ${plural(run.rowCount, 'row')} that had arrived are kept`
      : run.outcome?.cut
        ? `Only the first ${formatCount(MAX_ROWS)} rows are shown; the query was stopped there. Add a LIMIT, or write the result to a table`
        : undefined
  const lines = [...(text ? [text] : []), ...(run.outcome?.warnings ?? [])]
  return lines.map((line) => (
    <p key={line} className="flex items-center gap-2 border-b border-line bg-warn-soft px-3 py-1.5">
      <StatusShape level="warn" />
      {line}
    </p>
  ))
}

function Failed({ run }: { run: StatementRun }) {
  const { error } = run
  const { message, requestId } = failureOf(error)
  const details = error instanceof QueryError ? error.error : undefined
  const place = details?.errorLocation
  const retryable =
    details?.errorType === 'INTERNAL_ERROR' || details?.errorType === 'INSUFFICIENT_RESOURCES' || details?.errorType === 'EXTERNAL'
  return (
    <div role="alert" className="h-full overflow-auto p-4">
      <p className={cx('flex flex-wrap items-center gap-x-3 gap-y-1 font-semibold text-bad')}>
        <StatusShape level="bad" />
        {details?.errorName ?? 'The statement did not run'}
        {place && (
          <span className="font-normal text-muted">
            line {place.lineNumber}, column {place.columnNumber}
          </span>
        )}
      </p>
      <p className="mt-2 max-w-prose font-mono text-xs break-words whitespace-pre-wrap">{message}</p>
      <p className="mt-3 text-muted">
        {run.rowCount > 0 ? `${plural(run.rowCount, 'row')} had arrived before it failed and were dropped. ` : 'The statement is kept. '}
        {retryable ? 'The engine could not finish; run it again.' : place ? 'The place is underlined in the editor.' : ''}
      </p>
      {(run.requestId ?? requestId) && (
        <p className="mt-3 flex items-center gap-2 text-muted">
          Request id <CopyId id={(run.requestId ?? requestId)!} what="Request id" />
        </p>
      )}
    </div>
  )
}
