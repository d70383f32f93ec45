// The part between what it needs and what needs it, with the state of each.
import { Link } from '@tanstack/react-router'
import { levelOf } from '~/features/home/summary'
import { cx } from '~/lib/cx'
import type { PartStatus } from '~/lib/live'
import { StatusShape } from '~/ui/status'

export function NeedsDrawing({ part, parts }: { part: PartStatus; parts: readonly PartStatus[] }) {
  const byName = new Map(parts.map((p) => [p.name, p]))
  const needs = (part.needs ?? []).flatMap((n) => byName.get(n) ?? [])
  const neededBy = parts.filter((p) => p.needs?.includes(part.name))
  return (
    <section aria-label="Dependencies" className="grid grid-cols-[minmax(0,1fr)_1.5rem_minmax(0,1fr)] items-stretch">
      <h3 className="pb-1.5 text-xs font-normal text-muted">Needs</h3>
      <span />
      <h3 className="pb-1.5 text-xs font-normal text-muted">Needed by</h3>
      <Column parts={needs} none="Nothing" />
      <svg viewBox="0 0 24 24" aria-hidden="true" className="w-6 self-center text-muted">
        <path d="M21 12H4m5-5-5 5 5 5" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round" />
      </svg>
      <Column parts={neededBy} none="No other part" />
    </section>
  )
}

function Column({ parts, none }: { parts: readonly PartStatus[]; none: string }) {
  if (parts.length === 0) return <p className="self-center rounded-md border border-dashed border-line px-2 py-1.5 text-xs text-muted">{none}</p>
  return (
    <ul className="flex flex-col justify-center gap-1.5">
      {parts.map((p) => (
        <li key={p.name}>
          <Link
            to="/parts/$name"
            params={{ name: p.name }}
            title={p.title}
            className={cx('flex items-center gap-2 rounded-md border border-line bg-surface px-2 py-1.5 text-xs hover:bg-raised')}
          >
            <StatusShape level={levelOf(p).level} />
            <span className="truncate">{p.title}</span>
            <span className="sr-only">{levelOf(p).word}</span>
          </Link>
        </li>
      ))}
    </ul>
  )
}
