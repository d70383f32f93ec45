// The editor's tabs.
import { Plus, X } from 'lucide-react'
import type { KeyboardEvent } from 'react'
import { isRunning, type Run } from '~/features/sql/runs'
import { type TabsState, tabTitle } from '~/features/sql/tabs-store'
import { IconButton } from '~/ui/button'
import { StatusShape } from '~/ui/status'

interface TabStripProps extends TabsState {
  readonly runs: Readonly<Record<string, Run>>
  onSelect(id: string): void
  onClose(id: string): void
  onNew(): void
}

export function TabStrip({ tabs, activeId, runs, onSelect, onClose, onNew }: TabStripProps) {
  const onKeyDown = (event: KeyboardEvent) => {
    const at = tabs.findIndex((t) => t.id === activeId)
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key]
    if (to !== undefined) {
      event.preventDefault()
      const next = tabs[(to + tabs.length) % tabs.length]!
      onSelect(next.id)
      document.getElementById(`tab-${next.id}`)?.focus()
    } else if (event.key === 'Delete') {
      event.preventDefault()
      onClose(activeId)
    }
  }
  return (
    <div className="flex h-9 shrink-0 items-center border-b border-line bg-bg pr-1">
      <div role="tablist" aria-label="Queries" onKeyDown={onKeyDown} className="flex h-full min-w-0 overflow-x-auto [scrollbar-width:none]">
        {tabs.map((tab) => {
          const active = tab.id === activeId
          return (
            <div
              key={tab.id}
              role="presentation"
              className={`relative flex h-full max-w-56 min-w-24 shrink-0 items-center border-r border-line ${active ? 'bg-surface' : 'text-muted hover:text-text'}`}
            >
              {active && <span aria-hidden="true" className="absolute inset-x-0 top-0 h-0.5 bg-accent" />}
              <button
                id={`tab-${tab.id}`}
                type="button"
                role="tab"
                aria-selected={active}
                aria-controls="editor-panel"
                tabIndex={active ? 0 : -1}
                onClick={() => onSelect(tab.id)}
                aria-keyshortcuts="Delete"
                onAuxClick={(event) => event.button === 1 && onClose(tab.id)}
                title={tab.text || 'New query'}
                className="flex h-full min-w-0 flex-1 items-center gap-2 pr-8 pl-3 text-left"
              >
                {isRunning(runs[tab.id]) && <StatusShape level="busy" />}
                <span className="truncate">{tabTitle(tab)}</span>
                {isRunning(runs[tab.id]) && <span className="sr-only">running</span>}
                <span
                  aria-hidden="true"
                  title="Close (Delete)"
                  onClick={(event) => {
                    event.stopPropagation()
                    onClose(tab.id)
                  }}
                  className="absolute top-1.5 right-1 flex size-6 items-center justify-center rounded-md text-muted hover:bg-raised hover:text-text"
                >
                  <X className="size-3.5" />
                </span>
              </button>
            </div>
          )
        })}
      </div>
      <IconButton label="New query" onClick={onNew} className="ml-1 size-7">
        <Plus aria-hidden="true" className="size-4" />
      </IconButton>
    </div>
  )
}
