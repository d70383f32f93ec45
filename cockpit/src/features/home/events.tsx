// What needs a person, and what happened lately.
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { attentionLevel } from '~/features/home/summary'
import { cx } from '~/lib/cx'
import type { LiveState } from '~/lib/live'
import { Button } from '~/ui/button'
import { CopyText } from '~/ui/copy'
import { Section } from '~/ui/section'
import { SkeletonLines } from '~/ui/states'
import { StatusShape } from '~/ui/status'
import { Ago } from '~/ui/time'

export function AttentionList({ live, part }: { live: LiveState; part?: string }) {
  const { status } = live
  const items = status?.attention.filter((a) => !part || a.part === part) ?? []
  if (part && items.length === 0) return null
  return (
    <Section title="Needs attention">
      {!status ? (
        <SkeletonLines lines={2} label="Loading what needs attention" className="px-0" />
      ) : items.length === 0 ? (
        <p className="py-3 text-muted">Nothing needs you now.</p>
      ) : (
        <ul className={cx(live.connection !== 'live' && 'grayscale [&_*]:text-muted')}>
          {items.map((item) => (
            <li key={`${item.part ?? ''}:${item.text}`} className="flex gap-2.5 border-b border-line py-2.5 last:border-b-0">
              <StatusShape level={attentionLevel(item.level)} className="mt-1" />
              <div className="min-w-0">
                <p className="break-words">{item.text}</p>
                {item.action && <Cure text={item.action} />}
                {item.part && !part && <PartLink name={item.part} live={live} />}
              </div>
            </li>
          ))}
        </ul>
      )}
    </Section>
  )
}

/** A command can be copied; a sentence is read. */
function Cure({ text }: { text: string }) {
  return /^(\.\/)?akko /.test(text) ? <CopyText text={text} what="Command" className="-ml-1" /> : <p className="text-muted">{text}</p>
}

function PartLink({ name, live }: { name: string; live: LiveState }) {
  const title = live.status?.parts.find((p) => p.name === name)?.title ?? name
  return (
    <Link to="/parts/$name" params={{ name }} className="mt-0.5 block w-fit text-xs text-accent-text hover:underline">
      {title}
    </Link>
  )
}

const FIRST = 8

export function ActivityList({ live, part }: { live: LiveState; part?: string }) {
  const [all, setAll] = useState(false)
  const items = live.status?.activity.filter((a) => !part || a.part === part) ?? []
  const shown = all ? items : items.slice(0, FIRST)
  return (
    <Section title="Recent activity">
      {!live.status ? (
        <SkeletonLines lines={4} label="Loading the activity" className="px-0" />
      ) : items.length === 0 ? (
        <p className="py-3 text-muted">Nothing has changed since the platform started.</p>
      ) : (
        <>
          <ul>
            {shown.map((item) => (
              <li key={`${item.at} ${item.text}`} className="flex gap-3 border-b border-line py-2 last:border-b-0">
                <span className="min-w-0 flex-1 break-words">{item.text}</span>
                <Ago at={Date.parse(item.at)} className="num shrink-0 text-muted" />
              </li>
            ))}
          </ul>
          {items.length > FIRST && (
            <Button look="quiet" className="mt-1 -ml-3" onClick={() => setAll(!all)}>
              {all ? 'Show fewer' : `Show all ${items.length}`}
            </Button>
          )}
        </>
      )}
    </Section>
  )
}
