// Who changed what, or was refused, from the audit. What was only read is in the history of queries.
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { History, X } from 'lucide-react'
import { type EventLine, MOST } from '#wire/governance'
import { ask } from '~/features/governance/api'
import type { Go, GovernanceSearch } from '~/features/governance/search'
import { CELL, DataTable, Find } from '~/features/governance/ui'
import { tableOf } from '~/features/governance/words'
import { cx } from '~/lib/cx'
import { plural } from '~/lib/format'
import { IconButton } from '~/ui/button'
import { CopyId } from '~/ui/copy'
import { Empty, Failure, SkeletonLines } from '~/ui/states'
import { Status } from '~/ui/status'
import { Ago } from '~/ui/time'

export function Events({ search, go }: { search: GovernanceSearch; go: Go }) {
  const { find, table } = search
  const path = tableOf(table)
  const events = useQuery({ ...ask.events(find, path?.join('.')), refetchInterval: 15_000 })
  return (
    <section aria-label="Who did what" className="flex flex-col gap-2">
      <div className="flex flex-wrap items-center gap-3">
        <Find label="Whole name of a person" value={find ?? ''} onFind={(text) => go({ find: text || undefined })} />
        {path && (
          <span className="inline-flex items-center gap-1 rounded-md border border-line pl-2">
            <span className="break-all">{path.join('.')}</span>
            <IconButton label="All tables" onClick={() => go({ table: undefined })} className="size-7">
              <X aria-hidden="true" className="size-3.5" />
            </IconButton>
          </span>
        )}
      </div>
      <p className="max-w-prose text-muted">
        Changes, and what was refused, as the audit keeps them. What was read stands in the{' '}
        <Link to="/sql" search={{ view: 'history' }} className="text-accent-text underline">
          history of queries
        </Link>
        .
      </p>
      {events.isPending && <SkeletonLines lines={6} label="Loading the events" />}
      {events.isError && !events.data && (
        <Failure what="The audit could not be read" error={events.error} onRetry={() => void events.refetch()} />
      )}
      {events.data?.events.length === 0 && <Empty icon={History} title="No such events" />}
      {events.data && events.data.events.length > 0 && (
        <>
          <DataTable label="Events" caption="Events of the audit, the newest first" titles={['When', 'Who', 'What', 'Outcome', 'Request']}>
            {events.data.events.map((event) => (
              <Line key={event.id} event={event} />
            ))}
          </DataTable>
          <p className="text-xs text-muted">
            {events.data.events.length < MOST.events
              ? plural(events.data.events.length, 'event')
              : `The last ${MOST.events}; others: ./akko audit`}
          </p>
        </>
      )}
    </section>
  )
}

function Line({ event: { time, who, action, kind, path, outcome, reason, requestId } }: { event: EventLine }) {
  return (
    <tr>
      <td className={cx(CELL, 'whitespace-nowrap')}>
        <Ago at={Date.parse(time)} />
      </td>
      <td className={cx(CELL, 'break-all')}>{who}</td>
      <td className={cx(CELL, 'min-w-48 break-words')}>
        {action} {kind} {path.join('.')}
        {reason && <span className="block text-muted">{reason}</span>}
      </td>
      <td className={CELL}>
        <Status level={outcome === 'allowed' ? 'ok' : outcome === 'denied' ? 'warn' : 'bad'} word={outcome} />
      </td>
      <td className={CELL}>
        <CopyId id={requestId} what="Request id" />
      </td>
    </tr>
  )
}
