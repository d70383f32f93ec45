// The user's own recent queries; on a fresh install the first steps, which tick themselves.
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { ArrowRight } from 'lucide-react'
import { levelOf } from '~/features/home/summary'
import { cx } from '~/lib/cx'
import { formatDuration } from '~/lib/format'
import type { LiveState } from '~/lib/live'
import { useSession } from '~/lib/session'
import { handOver } from '~/lib/sql/hand-over'
import { summarize } from '~/lib/sql/split'
import { historyQuery, type PastQuery } from '~/lib/trino/history'
import { namesQuery } from '~/lib/trino/names'
import { Button } from '~/ui/button'
import { Section } from '~/ui/section'
import { Failure, SkeletonLines } from '~/ui/states'
import { type Level, StatusShape } from '~/ui/status'
import { Ago } from '~/ui/time'

export function Mine({ live }: { live: LiveState }) {
  const { user } = useSession()
  const history = useQuery({ ...historyQuery(user), refetchInterval: 30_000 })
  const mine = history.data?.filter((q) => q.user === user).slice(0, 6)
  if (mine && mine.length === 0) return <FirstSteps live={live} />
  return (
    <Section title="Your queries">
      {history.isPending && <SkeletonLines lines={4} label="Loading your queries" className="px-0" />}
      {history.isError && !mine && (
        <Failure compact what="Your queries could not be read" error={history.error} onRetry={() => void history.refetch()} />
      )}
      <ul>
        {mine?.map((q) => (
          <QueryLine key={q.queryId} query={q} />
        ))}
      </ul>
    </Section>
  )
}

export function stateLevel(state: string): Level {
  if (state === 'FINISHED') return 'ok'
  if (state === 'FAILED') return 'bad'
  return /^CANCEL/.test(state) ? 'unknown' : 'busy'
}

function QueryLine({ query }: { query: PastQuery }) {
  const navigate = useNavigate()
  const open = () => {
    handOver.set({ sql: query.query, run: false })
    void navigate({ to: '/sql' })
  }
  return (
    <li className="border-b border-line last:border-b-0">
      <button
        type="button"
        onClick={open}
        title={query.query}
        className="flex w-full items-center gap-2.5 rounded-md py-2 text-left hover:bg-raised"
      >
        <StatusShape level={stateLevel(query.state)} />
        <span className="sr-only">Open the {query.state.toLowerCase()} query</span>
        <span className="min-w-0 flex-1 truncate font-mono text-xs">{summarize(query.query, 160)}</span>
        <span className="num text-xs text-muted">{formatDuration(query.elapsedMs)}</span>
        {query.created !== undefined && <Ago at={query.created} className="num w-16 shrink-0 text-xs text-muted" />}
      </button>
    </li>
  )
}

function FirstSteps({ live }: { live: LiveState }) {
  const { user } = useSession()
  const navigate = useNavigate()
  const tables = useQuery(namesQuery.tables(user, 'iceberg'))
  const allUp =
    !!live.status && live.connection === 'live' && live.status.parts.length > 0 && live.status.parts.every((p) => levelOf(p).level === 'ok')
  const steps = [
    { done: true, text: 'Sign in' },
    { done: allUp, text: 'Every part is up' },
    {
      done: (tables.data?.length ?? 0) > 0,
      text: 'The lake holds a table',
      cure: 'Run ./akko up --demo for generated data, or create one in SQL',
    },
    { done: false, text: 'Run your first query' },
  ]
  return (
    <Section title="First steps">
      <ol>
        {steps.map(({ done, text, cure }) => (
          <li key={text} className="flex gap-2.5 border-b border-line py-2 last:border-b-0">
            <StatusShape level={done ? 'ok' : 'unknown'} className="mt-1" />
            <div>
              <p className={cx(done && 'text-muted')}>
                {text}
                <span className="sr-only">{done ? ' (done)' : ' (to do)'}</span>
              </p>
              {!done && cure && <p className="text-xs text-muted">{cure}</p>}
            </div>
          </li>
        ))}
      </ol>
      <Button look="primary" className="mt-3" onClick={() => void navigate({ to: '/sql' })}>
        Open SQL
        <ArrowRight aria-hidden="true" className="size-4" />
      </Button>
    </Section>
  )
}
