// The part between what needs it (above) and what it needs (below), with the state of each.
import { Link } from '@tanstack/react-router'
import { levelOf } from '~/features/home/summary'
import type { PartStatus } from '~/lib/live'
import { StatusShape } from '~/ui/status'

export function NeedsDrawing({ part, parts }: { part: PartStatus; parts: readonly PartStatus[] }) {
  const byName = new Map(parts.map((p) => [p.name, p]))
  const needs = (part.needs ?? []).flatMap((n) => byName.get(n) ?? [])
  const neededBy = parts.filter((p) => p.needs?.includes(part.name))
  return (
    <section aria-label="Dependencies">
      <Boxes title="Needed by" parts={neededBy} none="No other part" />
      <Arrow />
      <p className="flex items-center gap-2 rounded-md border border-accent bg-accent-soft px-2.5 py-1.5 font-semibold">
        <StatusShape level={levelOf(part).level} />
        {part.title}
      </p>
      <Arrow />
      <Boxes title="Needs" parts={needs} none="Nothing else" />
    </section>
  )
}

function Arrow() {
  return (
    <svg viewBox="0 0 24 20" aria-hidden="true" className="mx-auto h-5 w-6 text-muted">
      <path d="M12 2v15m-4-4 4 4 4-4" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  )
}

function Boxes({ title, parts, none }: { title: string; parts: readonly PartStatus[]; none: string }) {
  return (
    <>
      <h3 className="pb-1.5 text-xs font-normal text-muted">{title}</h3>
      {parts.length === 0 ? (
        <p className="rounded-md border border-dashed border-line px-2.5 py-1.5 text-muted">{none}</p>
      ) : (
        <ul className="flex flex-wrap gap-1.5">
          {parts.map((p) => (
            <li key={p.name} className="min-w-0 flex-auto">
              <Link
                to="/parts/$name"
                params={{ name: p.name }}
                className="flex items-center gap-2 rounded-md border border-line bg-surface px-2.5 py-1.5 hover:bg-raised"
              >
                <StatusShape level={levelOf(p).level} />
                <span className="truncate">{p.title}</span>
                <span className="sr-only">{levelOf(p).word}</span>
              </Link>
            </li>
          ))}
        </ul>
      )}
    </>
  )
}
