import { type ReactNode, useId } from 'react'
import { cx } from '~/lib/cx'

/** A titled part of a page. */
export function Section({
  title,
  children,
  className,
  aside,
}: {
  title: string
  children: ReactNode
  className?: string
  aside?: ReactNode
}) {
  const id = useId()
  return (
    <section aria-labelledby={id} className={cx('min-w-0', className)}>
      <div className="flex items-baseline justify-between gap-3 border-b border-line pb-1.5">
        <h2 id={id}>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  )
}
