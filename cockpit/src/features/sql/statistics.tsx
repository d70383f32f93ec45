// What a statement cost, as the engine counted it.
import { ChartNoAxesColumn } from 'lucide-react'
import type { ReactNode } from 'react'
import type { Run } from '~/features/sql/runs'
import { ABSENT, formatBytes, formatCount, formatDuration, formatExact } from '~/lib/format'
import { CopyText } from '~/ui/copy'
import { Empty } from '~/ui/states'

export function Statistics({ run }: { run: Run | undefined }) {
  const shown = run?.statements[run.shown]
  if (!run || !shown || shown.startedAt === undefined)
    return (
      <Empty icon={ChartNoAxesColumn} title="No statistics yet">
        Run a statement to see its time, rows and scanned bytes.
      </Empty>
    )
  const { stats } = shown
  return (
    <div className="h-full overflow-auto p-4">
      <dl className="grid max-w-2xl grid-cols-[auto_minmax(0,1fr)] gap-x-4 sm:gap-x-8 gap-y-2 [&>dd]:min-w-0 [&>dd]:break-words [&>dd]:tabular-nums [&>dt]:text-muted">
        <Fact name="Run time">{formatDuration(stats.elapsedTimeMillis)}</Fact>
        <Fact name="Waited in the queue">{formatDuration(stats.queuedTimeMillis)}</Fact>
        <Fact name="Until the last row was here">
          {shown.endedAt === undefined ? ABSENT : formatDuration(shown.endedAt - shown.startedAt)}
        </Fact>
        <Fact name="Rows of the result">{formatCount(shown.rowCount)}</Fact>
        <Fact name="Rows processed">{formatCount(stats.processedRows)}</Fact>
        <Fact name="Bytes scanned">{formatBytes(stats.physicalInputBytes)}</Fact>
        <Fact name="Bytes processed">{formatBytes(stats.processedBytes)}</Fact>
        <Fact name="Highest memory">{formatBytes(stats.peakMemoryBytes)}</Fact>
        <Fact name="Splits">
          {stats.totalSplits === undefined ? ABSENT : `${formatCount(stats.completedSplits)} of ${formatCount(stats.totalSplits)}`}
        </Fact>
        <Fact name="Started">{formatExact(shown.startedAt)}</Fact>
        <Fact name="Catalogue and schema">{[run.catalog, run.schema].filter(Boolean).join('.') || 'none set'}</Fact>
        <Fact name="Query id">{shown.queryId ? <CopyText text={shown.queryId} what="Query id" className="-ml-1" /> : ABSENT}</Fact>
        <Fact name="Request id">{shown.requestId ? <CopyText text={shown.requestId} what="Request id" className="-ml-1" /> : ABSENT}</Fact>
      </dl>
    </div>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  )
}
