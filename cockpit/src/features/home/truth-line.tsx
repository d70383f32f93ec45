// When the shown state was last true, and what happens when the stream stops.

import { useNow } from '~/lib/clock'
import { cx } from '~/lib/cx'
import { formatAgo, formatExact } from '~/lib/format'
import type { LiveState } from '~/lib/live'
import { live as stream } from '~/lib/live-stream'

export function TruthLine({ live }: { live: LiveState }) {
  const now = useNow()
  const { connection, receivedAt, retryAt } = live
  if (connection === 'refused') return <p className="text-muted">SQL and your own queries are; ask an administrator for the rest</p>
  if (!receivedAt && connection !== 'lost') return <p className="appear-late text-muted">Connecting</p>
  const last = receivedAt && (
    <time dateTime={new Date(receivedAt).toISOString()} title={formatExact(receivedAt)}>{`${formatAgo(receivedAt, now)}`}</time>
  )
  if (connection === 'live')
    return (
      <p className="text-muted">
        Measured {last}
        <span className="sr-only">, updated while you look</span>
      </p>
    )
  const wait = retryAt ? Math.max(0, Math.ceil((retryAt - now) / 1000)) : undefined
  return (
    <p role="status" className={cx('flex flex-wrap items-baseline gap-x-2 text-warn')}>
      <span>
        {connection === 'silent' ? 'No news from the platform' : 'The connection is lost'}
        {last && <>; last true {last}</>}
        {connection === 'lost' && wait !== undefined && (wait > 0 ? `; trying again in ${wait} s` : '; trying now')}
      </span>
      {connection === 'lost' && (
        <button type="button" onClick={stream.retryNow} className="rounded-md px-1 font-semibold underline underline-offset-2">
          Try now
        </button>
      )}
    </p>
  )
}
