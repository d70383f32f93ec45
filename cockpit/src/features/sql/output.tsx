// The lower pane: results, plan, statistics and history, each with its own address.
import { Tabs } from 'radix-ui'
import { Chart } from '~/features/sql/chart'
import { CopyMenu } from '~/features/sql/copy-menu'
import { History } from '~/features/sql/history'
import { Plan } from '~/features/sql/plan'
import { Results } from '~/features/sql/results'
import { Statistics } from '~/features/sql/statistics'
import type { Workbench } from '~/features/sql/use-workbench'
import { VIEWS, type View } from '~/features/sql/views'

const TITLE: Readonly<Record<View, string>> = {
  results: 'Results',
  chart: 'Chart',
  plan: 'Plan',
  statistics: 'Statistics',
  history: 'History',
}

export function Output({ bench }: { bench: Workbench }) {
  const { tab, run, view, show, tabs } = bench
  const shown = run?.statements[run.shown]
  const planned = bench.planned
  return (
    <Tabs.Root value={view} onValueChange={(next) => show(next as View)} className="flex h-full min-h-0 flex-col bg-surface">
      <div className="flex h-9 shrink-0 items-center border-b border-line pr-2">
        <Tabs.List aria-label="Output" className="flex h-full min-w-0 overflow-x-auto sm:px-1 [scrollbar-width:none]">
          {VIEWS.map((name) => (
            <Tabs.Trigger
              key={name}
              value={name}
              className="relative h-full px-2 text-muted sm:px-2.5 hover:text-text aria-selected:text-text aria-selected:after:absolute aria-selected:after:inset-x-2 aria-selected:after:bottom-0 aria-selected:after:h-0.5 aria-selected:after:bg-accent"
            >
              {TITLE[name]}
            </Tabs.Trigger>
          ))}
        </Tabs.List>
        <div className="ml-auto">{view === 'results' && shown && <CopyMenu run={shown} />}</div>
      </div>
      <Tabs.Content value={view} tabIndex={-1} className="min-h-0 flex-1 overflow-hidden outline-none">
        {view === 'results' && <Results tabId={tab.id} run={run} />}
        {view === 'chart' && <Chart run={run} />}
        {view === 'plan' && <Plan statement={planned} catalog={tab.catalog} schema={tab.schema} />}
        {view === 'statistics' && <Statistics run={run} />}
        {view === 'history' && <History onOpen={(sql) => tabs.open(sql)} />}
      </Tabs.Content>
    </Tabs.Root>
  )
}
