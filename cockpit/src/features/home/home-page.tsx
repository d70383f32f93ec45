// Home: is the platform well, what changed, what needs me. With a part chosen, its page beside the list.
import { useParams } from '@tanstack/react-router'
import { Server } from 'lucide-react'
import { useEffect } from 'react'
import { ActivityList, AttentionList } from '~/features/home/events'
import { Mine } from '~/features/home/mine'
import { PartPage } from '~/features/home/part-page'
import { PartsTable, PartsTableSkeleton } from '~/features/home/parts-table'
import { summaryOf } from '~/features/home/summary'
import { TruthLine } from '~/features/home/truth-line'
import { cx } from '~/lib/cx'
import { useLive } from '~/lib/live-stream'
import { Empty } from '~/ui/states'
import { StatusShape } from '~/ui/status'

export function HomePage() {
  const live = useLive()
  const name = useParams({ strict: false, select: (params) => params.name })
  const { level, text } = summaryOf(live)
  const fresh = live.connection === 'live'
  const refused = live.connection === 'refused'
  const part = live.status?.parts.find((p) => p.name === name)

  useEffect(() => {
    document.title = name ? `${part?.title ?? name} - AKKO` : 'Home - AKKO'
  }, [name, part?.title])

  return (
    <div className="h-full overflow-y-auto">
      <div className="mx-auto grid max-w-[96rem] content-start gap-x-8 gap-y-6 p-4 sm:p-6 lg:grid-cols-[minmax(0,1fr)_22rem] lg:grid-rows-[auto_auto_auto_1fr]">
        <header className="flex flex-wrap items-baseline gap-x-4 gap-y-1 lg:col-span-2">
          <h1 className={cx('flex items-center gap-3 text-xl', name && 'max-lg:sr-only')}>
            <StatusShape level={level} className="size-4" />
            {text}
          </h1>
          <TruthLine live={live} />
        </header>
        {!name && !refused && (
          <div className={cx('min-w-0 lg:col-start-2 lg:row-start-2', live.status?.attention.length === 0 && 'max-lg:hidden')}>
            <AttentionList live={live} />
          </div>
        )}
        <div className={cx('min-w-0 lg:col-start-1 lg:row-span-3 lg:row-start-2', name && 'max-lg:hidden')}>
          {refused ? null : !live.status ? (
            <PartsTableSkeleton />
          ) : live.status.parts.length === 0 ? (
            <Empty icon={Server} title="No part has reported yet">
              Parts appear here as they start. If none does, ./akko status and ./akko doctor tell why.
            </Empty>
          ) : (
            <PartsTable parts={live.status.parts} stale={!fresh} chosen={name} />
          )}
        </div>
        {name ? (
          <PartPage name={name} live={live} />
        ) : (
          <>
            <Mine live={live} />
            {!refused && <ActivityList live={live} />}
          </>
        )}
      </div>
    </div>
  )
}
