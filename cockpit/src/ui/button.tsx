// Buttons: one filled, one outlined, one quiet; and the square one with an icon.
import type { ComponentProps } from 'react'
import { cx } from '~/lib/cx'

const LOOK = {
  primary: 'bg-accent-fill text-on-accent hover:brightness-110 disabled:bg-raised disabled:text-muted',
  outline: 'border border-line-strong/60 bg-surface hover:bg-raised disabled:text-muted',
  danger: 'border border-bad/60 text-bad bg-surface hover:bg-bad-soft',
  quiet: 'text-muted hover:text-text hover:bg-raised disabled:hover:bg-transparent disabled:hover:text-muted',
} as const

type ButtonProps = ComponentProps<'button'> & { look?: keyof typeof LOOK }

export function Button({ look = 'outline', className, type = 'button', ...props }: ButtonProps) {
  return (
    <button
      type={type}
      className={cx(
        'inline-flex h-8 shrink-0 items-center gap-2 rounded-md px-3 font-semibold whitespace-nowrap disabled:cursor-default',
        LOOK[look],
        className,
      )}
      {...props}
    />
  )
}

/** A button that shows only an icon: its words are required, for the tooltip and for those who do not see it. */
export function IconButton({ label, className, type = 'button', ...props }: ComponentProps<'button'> & { label: string }) {
  return (
    <button
      type={type}
      aria-label={label}
      title={label}
      className={cx('inline-flex size-8 shrink-0 items-center justify-center rounded-md disabled:cursor-default', LOOK.quiet, className)}
      {...props}
    />
  )
}
