// The editor's tabs: kept in this browser, per user, so that a reload loses nothing.

import { summarize } from '~/lib/sql/split'
import { createStore, type Store } from '~/lib/store'

export interface EditorTab {
  readonly id: string
  readonly text: string
  readonly catalog?: string
  readonly schema?: string
}

export interface TabsState {
  readonly tabs: readonly EditorTab[]
  readonly activeId: string
}

export interface TabsStore extends Store<TabsState> {
  active(): EditorTab
  open(text: string, session?: Pick<EditorTab, 'catalog' | 'schema'>): EditorTab
  close(id: string): void
  select(id: string): void
  /** Moves to the next (1) or previous (-1) tab, around the end. */
  step(by: number): void
  change(id: string, change: Partial<Omit<EditorTab, 'id'>>): void
}

let lastId = 0
const freshId = () => `t${Date.now().toString(36)}${(lastId++).toString(36)}`
const freshTab = (text = ''): EditorTab => ({ id: freshId(), text, catalog: 'iceberg' })

/** What a tab is called: its first statement, in short. */
export function tabTitle(tab: EditorTab): string {
  return summarize(tab.text, 28) || 'New query'
}

export function createTabs(storage: Pick<Storage, 'getItem' | 'setItem'>, user: string): TabsStore {
  const key = `akko.sql.tabs.${user}`
  const store = createStore(parseTabs(storage.getItem(key)) ?? first())
  let timer: ReturnType<typeof setTimeout> | undefined
  store.subscribe(() => {
    clearTimeout(timer)
    timer = setTimeout(() => save(), 250)
  })
  const save = () => {
    clearTimeout(timer)
    timer = undefined
    try {
      storage.setItem(key, JSON.stringify(store.get()))
    } catch {
      // A full storage must not break the editor; the tabs live on in memory.
    }
  }
  globalThis.addEventListener?.('pagehide', () => timer !== undefined && save())

  return {
    ...store,
    active() {
      const { tabs, activeId } = store.get()
      return tabs.find((t) => t.id === activeId) ?? tabs[0]!
    },
    open(text, session = {}) {
      const existing = store.get().tabs.find((t) => t.text.trim() === text.trim())
      const tab = existing ?? { ...freshTab(text), ...session }
      store.update((s) => ({ tabs: existing ? s.tabs : [...s.tabs.filter((t) => t.text.trim() !== ''), tab], activeId: tab.id }))
      return tab
    },
    close(id) {
      store.update((s) => {
        const at = s.tabs.findIndex((t) => t.id === id)
        const tabs = s.tabs.filter((t) => t.id !== id)
        if (tabs.length === 0) return first()
        return { tabs, activeId: s.activeId === id ? tabs[Math.min(at, tabs.length - 1)]!.id : s.activeId }
      })
    },
    select: (id) => store.update((s) => (s.activeId === id ? s : { ...s, activeId: id })),
    step: (by) =>
      store.update((s) => {
        const at = s.tabs.findIndex((t) => t.id === s.activeId)
        return { ...s, activeId: s.tabs[(at + by + s.tabs.length) % s.tabs.length]!.id }
      }),
    change: (id, change) => store.update((s) => ({ ...s, tabs: s.tabs.map((t) => (t.id === id ? { ...t, ...change } : t)) })),
  }
}

function first(): TabsState {
  const tab = freshTab()
  return { tabs: [tab], activeId: tab.id }
}

/** Tabs as stored; undefined when there are none or they make no sense. */
export function parseTabs(text: string | null): TabsState | undefined {
  try {
    const state = JSON.parse(text ?? 'null') as Partial<TabsState> | null
    const tabs = (state?.tabs ?? []).filter((t) => typeof t?.id === 'string' && typeof t.text === 'string')
    if (tabs.length === 0) return undefined
    return { tabs, activeId: tabs.find((t) => t.id === state?.activeId)?.id ?? tabs[0]!.id }
  } catch {
    return undefined
  }
}
