// Every part, by layer: state, latency of the last 15 minutes, memory, version, since when.
import { Link } from '@tanstack/react-router'
import { byLayer, levelOf } from '~/features/home/summary'
import { cx } from '~/lib/cx'
import { formatBytes, formatDuration } from '~/lib/format'
import type { PartStatus } from '~/lib/live'
import { Sparkline } from '~/ui/sparkline'
import { Status } from '~/ui/status'
import { Since } from '~/ui/time'

const HEAD = 'h-8 px-2 text-xs font-normal text-muted whitespace-nowrap'

export function PartsTable({ parts, stale, chosen }: { parts: readonly PartStatus[]; stale: boolean; chosen: string | undefined }) {
  return (
    <table className={cx('w-full border-separate border-spacing-0', stale && 'grayscale [&_*]:text-muted')}>
      <caption className="sr-only">Parts of the platform by layer</caption>
      <thead>
        <tr>
          <th scope="col" className={cx(HEAD, 'w-full pl-3 text-left')}>
            Part
          </th>
          <th scope="col" className={cx(HEAD, 'text-left')}>
            State
          </th>
          <th scope="col" className={cx(HEAD, 'hidden min-w-28 text-left md:table-cell')}>
            Latency, 15 min
          </th>
          <th scope="col" className={cx(HEAD, 'num hidden sm:table-cell')}>
            p50
          </th>
          <th scope="col" className={cx(HEAD, 'num')}>
            p95
          </th>
          <th scope="col" className={cx(HEAD, 'num hidden xl:table-cell')}>
            Memory
          </th>
          <th scope="col" className={cx(HEAD, 'hidden text-left xl:table-cell')}>
            Version
          </th>
          <th scope="col" className={cx(HEAD, 'num hidden pr-3 sm:table-cell')}>
            Since
          </th>
        </tr>
      </thead>
      {byLayer(parts).map(({ layer, title, parts: members }) => (
        <tbody key={layer}>
          <tr>
            <th scope="rowgroup" colSpan={8} className="border-b border-line px-3 pt-4 pb-1.5 text-left text-xs text-muted">
              {title}
            </th>
          </tr>
          {members.map((part) => (
            <PartRow key={part.name} part={part} chosen={part.name === chosen} />
          ))}
        </tbody>
      ))}
    </table>
  )
}

const CELL = 'h-11 border-b border-line px-2 group-hover:bg-raised'

function PartRow({ part, chosen }: { part: PartStatus; chosen: boolean }) {
  const { level, word } = levelOf(part)
  const { latencyMs, points = [] } = part
  return (
    <tr className={cx('group relative', chosen && 'bg-raised')}>
      <th scope="row" className={cx(CELL, 'max-w-0 min-w-32 pl-3 text-left')}>
        <Link
          to="/parts/$name"
          params={{ name: part.name }}
          aria-current={chosen ? 'true' : undefined}
          className="block truncate font-semibold after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:rounded-md focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-accent"
          title={part.title}
        >
          {part.title}
        </Link>
        {part.detail && level !== 'ok' && (
          <span className="block truncate text-xs font-normal text-muted" title={part.detail}>
            {part.detail}
          </span>
        )}
      </th>
      <td className={CELL}>
        <Status level={level} word={word} />
      </td>
      <td className={cx(CELL, 'hidden md:table-cell')}>
        <Sparkline points={points} label={`Latency of ${part.title}`} />
      </td>
      <td className={cx(CELL, 'num hidden sm:table-cell')}>{formatDuration(latencyMs?.p50)}</td>
      <td className={cx(CELL, 'num')}>{formatDuration(latencyMs?.p95)}</td>
      <td className={cx(CELL, 'num hidden xl:table-cell')}>{formatBytes(part.memoryBytes)}</td>
      <td className={cx(CELL, 'hidden max-w-36 truncate text-muted xl:table-cell')} title={part.version}>
        {part.version ?? '–'}
      </td>
      <td className={cx(CELL, 'num hidden pr-3 text-muted sm:table-cell')}>
        <Since at={Date.parse(part.since)} />
      </td>
    </tr>
  )
}

export function PartsTableSkeleton() {
  return (
    <div role="status" aria-label="Loading the parts" className="flex flex-col gap-2 pt-10">
      {Array.from({ length: 9 }, (_, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: bars have no identity
        <div key={i} className="skeleton h-9" />
      ))}
    </div>
  )
}
