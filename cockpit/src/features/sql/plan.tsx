// How the engine would run the statement: EXPLAIN, asked for when this view is open.
import { useQuery } from '@tanstack/react-query'
import { Workflow } from 'lucide-react'
import { useSession } from '~/lib/session'
import type { Statement } from '~/lib/sql/split'
import { summarize } from '~/lib/sql/split'
import { runQuery } from '~/lib/trino/client'
import { METADATA_SOURCE } from '~/lib/trino/names'
import { CopyText } from '~/ui/copy'
import { Empty, Failure, SkeletonLines } from '~/ui/states'

export function Plan({
  statement,
  catalog,
  schema,
}: {
  statement: Statement | undefined
  catalog?: string | undefined
  schema?: string | undefined
}) {
  const { user } = useSession()
  const sql = statement?.text ?? ''
  const explainable = /^\s*(select|with|insert|values|table|\(|create\s+table|update|delete|merge)/i.test(stripComments(sql))
  const plan = useQuery({
    queryKey: ['plan', user, catalog, schema, sql],
    enabled: explainable,
    staleTime: 30_000,
    retry: false,
    queryFn: async ({ signal }) => {
      const lines: string[] = []
      await runQuery({
        sql: `EXPLAIN ${sql}`,
        user,
        source: METADATA_SOURCE,
        session: { catalog, schema },
        signal,
        onUpdate: (update) => void lines.push(...update.rows.map((row) => String(row[0]))),
      })
      return lines.join('\n')
    },
  })
  if (!explainable)
    return (
      <Empty icon={Workflow} title="No plan">
        {sql ? 'Only queries and writes have a plan.' : 'Write a query: its plan appears here, without running it.'}
      </Empty>
    )
  if (plan.isError) return <Failure what="The statement has no plan" error={plan.error} onRetry={() => void plan.refetch()} />
  if (plan.isPending) return <SkeletonLines lines={6} label="Asking for the plan" />
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling text must be reachable by keyboard
    <section aria-label="Plan" tabIndex={0} className="h-full overflow-auto p-4">
      <div className="flex items-center gap-3 text-muted">
        <span className="min-w-0 truncate font-mono text-xs">{summarize(sql, 90)}</span>
        <CopyText text={plan.data} what="Plan" label="Copy plan" />
      </div>
      <pre className="mt-3 font-mono text-xs leading-5">{plan.data}</pre>
    </section>
  )
}

function stripComments(sql: string): string {
  return sql.replace(/^(\s*(--[^\n]*\n|\/\*[\s\S]*?\*\/))*/, '')
}
