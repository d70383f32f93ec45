// The SQL page's state and what can be done with it; the components below only draw and call.
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useEffect, useMemo, useRef } from 'react'
import type { EditorHandle } from '~/features/sql/editor'
import { cancelRun, dropRun, isRunning, runs, startRun } from '~/features/sql/runs'
import { createTabs, type TabsStore } from '~/features/sql/tabs-store'
import { fullName } from '~/features/sql/tree'
import type { View } from '~/features/sql/views'
import { announce, copyText } from '~/lib/announce'
import { useSession } from '~/lib/session'
import type { TableName } from '~/lib/sql/complete'
import { handOver } from '~/lib/sql/hand-over'
import { formatSql } from '~/lib/sql/pretty'
import { type Statement, splitStatements, statementAt } from '~/lib/sql/split'
import { useStore } from '~/lib/store'
import { namesFrom } from '~/lib/trino/names'

/** One set of tabs per user and page load: a query goes on while another page is shown. */
const byUser = new Map<string, TabsStore>()

function tabsOf(user: string): TabsStore {
  const tabs = byUser.get(user) ?? createTabs(localStorage, user)
  byUser.set(user, tabs)
  return tabs
}

export function useWorkbench() {
  const { user } = useSession()
  const client = useQueryClient()
  const navigate = useNavigate()
  const { q, view = 'results' } = useSearch({ from: '/sql' })
  const tabs = tabsOf(user)
  const state = useStore(tabs)
  const tab = state.tabs.find((t) => t.id === state.activeId) ?? state.tabs[0]!
  const allRuns = useStore(runs)
  const run = allRuns[tab.id]
  const editor = useRef<EditorHandle>(null)
  const names = useMemo(() => namesFrom(client, user), [client, user])

  const show = (next: View) => void navigate({ to: '/sql', search: next === 'results' ? {} : { view: next } })

  const begin = (
    statements: readonly Statement[],
    document: string,
    id = tab.id,
    session: { catalog?: string | undefined; schema?: string | undefined } = tab,
  ) => {
    if (statements.length === 0) {
      announce('There is no statement to run')
      return
    }
    if (view !== 'results') show('results')
    void startRun({
      tabId: id,
      statements,
      document,
      user,
      catalog: session.catalog,
      schema: session.schema,
      client,
      onSession: (changed) => tabs.change(id, changed),
    })
  }

  /** The selection's statements, with their places in the document; without one, the statement at the cursor. */
  const chosen = (): { statements: Statement[]; document: string } => {
    const { text, from, to } = editor.current?.selection() ?? { text: tab.text, from: 0, to: 0 }
    if (from !== to) {
      const statements = splitStatements(text.slice(from, to)).map((s) => ({ text: s.text, from: s.from + from, to: s.to + from }))
      return { statements, document: text }
    }
    const at = statementAt(splitStatements(text), from)
    return { statements: at ? [at] : [], document: text }
  }

  const openAndRun = (sql: string, session: { catalog?: string; schema?: string } = {}) => {
    const opened = tabs.open(sql, session)
    begin(splitStatements(opened.text), opened.text, opened.id, opened)
  }

  // A link's statement opens and waits; one that the user chose in the cockpit may run.
  const act = useRef({ openAndRun })
  act.current = { openAndRun }
  useEffect(() => {
    if (q === undefined) return
    tabs.open(q)
    void navigate({ to: '/sql', search: ({ q: _, ...rest }) => rest, replace: true })
  }, [q, tabs, navigate])
  const handed = useStore(handOver)
  useEffect(() => {
    if (!handed || handOver.get() !== handed) return
    handOver.set(undefined)
    if (handed.run) act.current.openAndRun(handed.sql)
    else tabs.open(handed.sql)
  }, [handed, tabs])

  return {
    tabs,
    state,
    tab,
    run,
    allRuns,
    view,
    names,
    editor,
    running: isRunning(run),
    show,
    setText: (text: string) => tabs.change(tab.id, { text }),
    runChosen: () => {
      const { statements, document } = chosen()
      begin(statements, document)
    },
    runAll: () => begin(splitStatements(tab.text), tab.text),
    cancel: () => {
      if (!isRunning(runs.get()[tab.id])) return false
      cancelRun(tab.id)
      return true
    },
    close: (id: string) => {
      dropRun(id)
      tabs.close(id)
    },
    sample: (table: TableName) =>
      openAndRun(`SELECT *\nFROM ${fullName(table)}\nLIMIT 100`, { catalog: table.catalog, schema: table.schema }),
    insert: (text: string) => editor.current?.insert(text),
    format: () => editor.current?.replaceAll(formatSql(tab.text)),
    share: () => {
      const { statements } = chosen()
      const text = statements.map((s) => s.text).join(';\n') || tab.text
      void copyText(`${location.origin}/sql?${new URLSearchParams({ q: text })}`, 'Link to the query')
    },
    planned: run?.statements[run.shown]?.statement ?? statementAt(splitStatements(tab.text), 0),
  }
}

export type Workbench = ReturnType<typeof useWorkbench>
