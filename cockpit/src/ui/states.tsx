// The states that every view has besides the full one: loading, empty, partial, error.
import type { LucideIcon } from 'lucide-react'
import { RotateCw } from 'lucide-react'
import type { ReactNode } from 'react'
import { QueryError } from '#wire/trino/statement'
import { cx } from '~/lib/cx'
import { HttpError } from '~/lib/http'
import { Button } from '~/ui/button'
import { CopyId } from '~/ui/copy'
import { StatusShape } from '~/ui/status'

/** Bars in the shape of what will come. */
export function SkeletonLines({ lines = 4, label = 'Loading', className }: { lines?: number; label?: string; className?: string }) {
  return (
    <div role="status" aria-label={label} className={cx('flex flex-col gap-3 p-3', className)}>
      {Array.from({ length: lines }, (_, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: bars have no identity
        <div key={i} className="skeleton h-4" style={{ width: `${[82, 64, 74, 52, 69][i % 5]}%` }} />
      ))}
    </div>
  )
}

export function Empty({
  icon: Icon,
  title,
  children,
  action,
}: {
  icon: LucideIcon
  title: string
  children?: ReactNode
  action?: ReactNode
}) {
  return (
    <div className="mx-auto flex max-w-sm flex-col items-center gap-2 px-6 py-8 text-center text-balance">
      <Icon aria-hidden="true" className="size-5 text-muted" />
      <p className="font-semibold">{title}</p>
      {children && <div className="text-muted">{children}</div>}
      {action && <div className="mt-2">{action}</div>}
    </div>
  )
}

/** What is known of a failure: its text and the request id. */
export function failureOf(error: unknown): { message: string; requestId: string | undefined } {
  if (error instanceof QueryError) return { message: error.message, requestId: error.requestId }
  if (error instanceof HttpError) return { message: error.message, requestId: error.requestId }
  if (error instanceof TypeError) return { message: 'The platform cannot be reached from this browser', requestId: undefined }
  return { message: error instanceof Error ? error.message : String(error), requestId: undefined }
}

/** `what` could not be had: why, what is still there, how to go on. */
export function Failure({
  what,
  error,
  kept,
  onRetry,
  compact,
}: {
  what: string
  error: unknown
  kept?: string
  onRetry?: () => void
  compact?: boolean
}) {
  const { message, requestId } = failureOf(error)
  return (
    <div
      role="alert"
      className={cx('flex flex-col items-start gap-1.5', compact ? 'px-3 py-2' : 'm-4 rounded-md border border-bad/40 bg-bad-soft p-4')}
    >
      <p className="flex items-center gap-2 font-semibold">
        <StatusShape level="bad" />
        {what}
      </p>
      <p className="max-w-prose break-words">{message}</p>
      {kept && <p className="text-muted">{kept}</p>}
      <div className="flex flex-wrap items-center gap-3">
        {onRetry && (
          <Button onClick={onRetry} className="mt-1">
            <RotateCw aria-hidden="true" className="size-3.5" />
            Try again
          </Button>
        )}
        {requestId && <CopyId id={requestId} what="Request id" />}
      </div>
    </div>
  )
}
