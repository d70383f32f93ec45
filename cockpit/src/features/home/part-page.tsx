// One part: its state, its measurements, where it listens, what it needs and what needs it, what happened to it.
import { Link } from '@tanstack/react-router'
import { ArrowLeft, X } from 'lucide-react'
import type { ReactNode } from 'react'
import { ActivityList, AttentionList } from '~/features/home/events'
import { NeedsDrawing } from '~/features/home/needs-drawing'
import { levelOf } from '~/features/home/summary'
import { cx } from '~/lib/cx'
import { formatBytes, formatDuration, formatExact } from '~/lib/format'
import type { LiveState, PartStatus } from '~/lib/live'
import { CopyText } from '~/ui/copy'
import { Sparkline } from '~/ui/sparkline'
import { SkeletonLines } from '~/ui/states'
import { Status } from '~/ui/status'
import { Since } from '~/ui/time'

export function PartPage({ name, live }: { name: string; live: LiveState }) {
  const part = live.status?.parts.find((p) => p.name === name)
  return (
    <aside
      aria-label={part?.title ?? name}
      className="min-w-0 lg:col-start-2 lg:row-span-3 lg:row-start-2 lg:border-l lg:border-line lg:pl-8"
    >
      <Link to="/" className="mb-3 inline-flex items-center gap-2 rounded-md text-muted hover:text-text lg:hidden">
        <ArrowLeft aria-hidden="true" className="size-4" />
        All parts
      </Link>
      {part ? (
        <Details part={part} live={live} />
      ) : live.status ? (
        <>
          <h2 className="text-lg">No part is called {name}</h2>
          <p className="mt-1 text-muted">It is not installed here, or its name has changed. The list shows every part that reports.</p>
        </>
      ) : (
        <SkeletonLines lines={6} label="Loading the part" />
      )}
    </aside>
  )
}

function Details({ part, live }: { part: PartStatus; live: LiveState }) {
  const { level, word } = levelOf(part)
  const { latencyMs, points = [] } = part
  return (
    <div className={cx('flex flex-col gap-5', live.connection !== 'live' && 'grayscale')}>
      <header>
        <div className="flex items-start justify-between gap-2">
          <h2 className="text-lg">{part.title}</h2>
          <Link
            to="/"
            aria-label="Close"
            title="Close"
            className="hidden size-8 items-center justify-center rounded-md text-muted hover:bg-raised hover:text-text lg:inline-flex"
          >
            <X aria-hidden="true" className="size-4" />
          </Link>
        </div>
        <p className="mt-1 flex flex-wrap items-center gap-x-2">
          <Status level={live.connection === 'live' ? level : 'unknown'} word={word} className="font-semibold" />
          <span className="text-muted">
            for <Since at={Date.parse(part.since)} />
          </span>
        </p>
        {part.detail && <p className="mt-2 break-words text-muted">{part.detail}</p>}
      </header>
      <figure>
        <figcaption className="flex items-baseline justify-between gap-3 text-xs text-muted">
          <span>Health probe, last 15 minutes</span>
          <span className="num">{points.length > 1 ? `highest ${formatDuration(Math.max(...points))}` : ''}</span>
        </figcaption>
        <div className="mt-1 rounded-md border border-line bg-surface p-2 [&_svg]:h-20 [&_svg]:text-accent">
          {points.length > 1 ? (
            <Sparkline points={points} width={300} height={80} label="Latency of the health probe" />
          ) : (
            <p className="py-6 text-center text-muted">Too few measurements to draw yet</p>
          )}
        </div>
      </figure>
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-6 gap-y-1.5 [&>dt]:text-muted [&>dd]:text-right">
        <Fact name="Latency p50">{formatDuration(latencyMs?.p50)}</Fact>
        <Fact name="Latency p95">{formatDuration(latencyMs?.p95)}</Fact>
        <Fact name="Last probe">{formatDuration(latencyMs?.last)}</Fact>
        <Fact name="Memory">{formatBytes(part.memoryBytes)}</Fact>
        <Fact name="Version">{part.version ?? '–'}</Fact>
        <Fact name="Since">{formatExact(Date.parse(part.since))}</Fact>
        {part.port !== undefined && <Fact name="Port">{part.port}</Fact>}
        {part.url && (
          <Fact name="Address">
            <CopyText text={part.url} what="Address" />
          </Fact>
        )}
        <Fact name="Logs">
          <CopyText text={`./akko logs ${part.name} -f`} what="Command" />
        </Fact>
      </dl>
      {live.status && <NeedsDrawing part={part} parts={live.status.parts} />}
      <AttentionList live={live} part={part.name} />
      <ActivityList live={live} part={part.name} />
    </div>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd className="min-w-0 truncate tabular-nums">{children}</dd>
    </>
  )
}
