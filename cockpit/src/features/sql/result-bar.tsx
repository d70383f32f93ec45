// One line about the shown result: state, progress from the engine, and what it cost.

import type { StatementRun } from '~/features/sql/runs'
import { useNow } from '~/lib/clock'
import { cx } from '~/lib/cx'
import { formatBytes, formatCount, formatDuration } from '~/lib/format'
import { CopyText } from '~/ui/copy'
import { type Level, Status } from '~/ui/status'

const WORD: Readonly<Record<StatementRun['state'], { level: Level; word: string }>> = {
  waiting: { level: 'unknown', word: 'Waiting' },
  running: { level: 'busy', word: 'Running' },
  finished: { level: 'ok', word: 'Finished' },
  failed: { level: 'bad', word: 'Failed' },
  cancelled: { level: 'unknown', word: 'Cancelled' },
}

export function ResultBar({ run }: { run: StatementRun }) {
  const now = useNow()
  const { stats, state } = run
  const { level } = WORD[state]
  const word = state === 'running' && stats.state === 'QUEUED' ? 'Queued' : WORD[state].word
  const elapsed =
    run.startedAt === undefined
      ? undefined
      : state === 'running'
        ? now - run.startedAt
        : (stats.elapsedTimeMillis ?? (run.endedAt ?? now) - run.startedAt)
  const scanned = stats.physicalInputBytes ?? stats.processedBytes
  return (
    <div className="relative shrink-0 border-b border-line">
      <div className="flex h-9 items-center gap-x-4 overflow-x-auto px-3 whitespace-nowrap">
        <Status level={level} word={word} className="font-semibold" />
        <Figure name="Time">{formatDuration(Math.max(0, elapsed ?? 0))}</Figure>
        <Figure name="Rows">{formatCount(run.outcome?.updateCount ?? run.rowCount)}</Figure>
        {scanned !== undefined && <Figure name="Scanned">{formatBytes(scanned)}</Figure>}
        {state === 'running' && !!stats.totalSplits && (
          <Figure name="Splits">
            {formatCount(stats.completedSplits ?? 0)}/{formatCount(stats.totalSplits)}
          </Figure>
        )}
        {run.queryId && <CopyText text={run.queryId} what="Query id" className="ml-auto" />}
      </div>
      {state === 'running' && <Progress percent={stats.progressPercentage} />}
    </div>
  )
}

function Figure({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <span>
      <span className="text-muted">{name}</span> <span className="tabular-nums">{children}</span>
    </span>
  )
}

function Progress({ percent }: { percent: number | undefined }) {
  const known = percent !== undefined && percent > 0
  return (
    <div
      role="progressbar"
      aria-label="Query progress"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={known ? Math.round(percent) : undefined}
      className="absolute inset-x-0 -bottom-px h-0.5 overflow-hidden bg-line"
    >
      <div className={cx('h-full bg-accent', !known && 'sweeping w-1/3')} style={known ? { width: `${percent}%` } : undefined} />
    </div>
  )
}
