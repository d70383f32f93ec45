// A relative time with the exact one on hover and in the data.
import { useNow } from '~/lib/clock'
import { formatAgo, formatExact, formatSince } from '~/lib/format'

export function Ago({ at, className }: { at: number; className?: string }) {
  const now = useNow()
  return (
    <time dateTime={new Date(at).toISOString()} title={formatExact(at)} className={className}>
      {formatAgo(at, now)}
    </time>
  )
}

/** How long since, as a plain duration. */
export function Since({ at, className }: { at: number; className?: string }) {
  const now = useNow()
  return (
    <time dateTime={new Date(at).toISOString()} title={`Since ${formatExact(at)}`} className={className}>
      {formatSince(at, now)}
    </time>
  )
}
