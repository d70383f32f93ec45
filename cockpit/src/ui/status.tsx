// A state as colour, shape and word at once.
import { cx } from '~/lib/cx'

export type Level = 'ok' | 'warn' | 'bad' | 'unknown' | 'busy'

export const LEVEL_TEXT: Readonly<Record<Level, string>> = {
  ok: 'text-ok',
  warn: 'text-warn',
  bad: 'text-bad',
  unknown: 'text-unknown',
  busy: 'text-warn',
}

/** Disc: well. Triangle: attend. Square with a cross: broken. Ring: not known. Half disc: on its way. */
export function StatusShape({ level, className }: { level: Level; className?: string }) {
  return (
    <svg viewBox="0 0 12 12" aria-hidden="true" className={cx('size-3 shrink-0', LEVEL_TEXT[level], className)}>
      {level === 'ok' && <circle cx="6" cy="6" r="4.5" fill="currentColor" />}
      {level === 'warn' && <path d="M6 .8 11.6 11H.4z" fill="currentColor" />}
      {level === 'bad' && (
        <>
          <rect x="1" y="1" width="10" height="10" rx="2" fill="currentColor" />
          <path d="m4 4 4 4M8 4 4 8" stroke="var(--surface)" strokeWidth="1.5" strokeLinecap="round" />
        </>
      )}
      {level === 'unknown' && <circle cx="6" cy="6" r="4" fill="none" stroke="currentColor" strokeWidth="1.5" />}
      {level === 'busy' && (
        <>
          <circle cx="6" cy="6" r="4" fill="none" stroke="currentColor" strokeWidth="1.5" />
          <path d="M6 2a4 4 0 0 1 0 8z" fill="currentColor" />
        </>
      )}
    </svg>
  )
}

export function Status({ level, word, className }: { level: Level; word: string; className?: string }) {
  return (
    <span className={cx('inline-flex items-center gap-2 whitespace-nowrap', className)}>
      <StatusShape level={level} />
      <span>{word}</span>
    </span>
  )
}
