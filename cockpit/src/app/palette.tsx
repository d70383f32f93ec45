// The command palette: pages, actions, parts, tables and own queries, found by typing.
import { useQueries, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Clock, LogOut, type LucideIcon, Monitor, Moon, Plus, Server, Sun, Table2 } from 'lucide-react'
import { Dialog } from 'radix-ui'
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from 'react'
import { plainName } from '#wire/trino/names'
import { usePages } from '~/app/live-pages'
import { paletteOpen } from '~/app/palette-state'
import { chooseTheme } from '~/app/theme'
import { cx } from '~/lib/cx'
import { fuzzyFilter } from '~/lib/fuzzy'
import { useLive } from '~/lib/live-stream'
import { signOut, useSession } from '~/lib/session'
import { type HandOver, handOver } from '~/lib/sql/hand-over'
import { summarize } from '~/lib/sql/split'
import { historyQuery } from '~/lib/trino/history'
import { namesQuery } from '~/lib/trino/names'

interface Command {
  readonly id: string
  readonly group: 'Pages' | 'Actions' | 'Parts' | 'Tables' | 'Recent queries'
  readonly label: string
  readonly hint?: string
  readonly icon: LucideIcon
  run(): void
}

const GROUPS = ['Pages', 'Actions', 'Parts', 'Tables', 'Recent queries'] as const
const SHOWN: Readonly<Record<Command['group'], number>> = { Pages: 10, Actions: 6, Parts: 6, Tables: 12, 'Recent queries': 5 }

export function Palette() {
  return (
    <Dialog.Root open onOpenChange={(open) => paletteOpen.set(open)}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 bg-scrim" />
        <Dialog.Content
          aria-describedby={undefined}
          className="fixed top-2 left-1/2 z-50 flex max-h-[min(70dvh,34rem)] w-[min(40rem,calc(100vw-1rem))] -translate-x-1/2 flex-col overflow-hidden rounded-lg border border-line bg-surface shadow-(--shadow) sm:top-[12dvh]"
        >
          <Dialog.Title className="sr-only">Search pages, tables and actions</Dialog.Title>
          <PaletteBody close={() => paletteOpen.set(false)} />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

function PaletteBody({ close }: { close: () => void }) {
  const [text, setText] = useState('')
  const [active, setActive] = useState(0)
  const { commands, failed } = useCommands()
  const list = useRef<HTMLDivElement>(null)
  const id = useId()
  const groups = useMemo(() => {
    const found = fuzzyFilter(commands, text, (c) => c.label, 400)
    return GROUPS.map((group) => ({ group, items: found.filter((c) => c.group === group).slice(0, SHOWN[group]) })).filter(
      (g) => g.items.length > 0,
    )
  }, [commands, text])
  const flat = groups.flatMap((g) => g.items)
  const current = flat[Math.min(active, flat.length - 1)]

  useEffect(() => {
    if (current) list.current?.querySelector(`[id="${CSS.escape(`${id}-${current.id}`)}"]`)?.scrollIntoView({ block: 'nearest' })
  }, [current, id])

  const run = (command: Command) => {
    close()
    command.run()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key]
    if (step !== undefined) {
      event.preventDefault()
      setActive((at) => Math.max(0, Math.min(flat.length - 1, Math.min(at, flat.length - 1) + step)))
    } else if (event.key === 'Enter' && current) {
      event.preventDefault()
      run(current)
    }
  }

  return (
    <>
      <input
        // biome-ignore lint/a11y/noAutofocus: a palette is opened to type into it
        autoFocus
        type="text"
        value={text}
        onChange={(event) => {
          setText(event.target.value)
          setActive(0)
        }}
        onKeyDown={onKeyDown}
        role="combobox"
        aria-expanded="true"
        aria-controls={`${id}-list`}
        aria-activedescendant={current ? `${id}-${current.id}` : undefined}
        aria-label="Search pages, tables and actions"
        placeholder="Search pages, tables and actions"
        autoComplete="off"
        spellCheck={false}
        className="h-12 shrink-0 border-b border-line bg-transparent px-4 text-base outline-none placeholder:text-muted"
      />
      <div ref={list} id={`${id}-list`} role="listbox" aria-label="Found" className="min-h-0 overflow-y-auto p-1.5">
        {groups.map(({ group, items }) => (
          // biome-ignore lint/a11y/useSemanticElements: a group of options has no element of its own
          <div key={group} role="group" aria-label={group}>
            <div aria-hidden="true" className="px-2.5 pt-2 pb-1 text-xs text-muted">
              {group}
            </div>
            {items.map((command) => (
              <Option
                key={command.id}
                id={`${id}-${command.id}`}
                command={command}
                active={command === current}
                onRun={() => run(command)}
                onHover={() => setActive(flat.indexOf(command))}
              />
            ))}
          </div>
        ))}
        {flat.length === 0 && (
          <div role="option" aria-selected="false" aria-disabled="true" tabIndex={-1} className="px-2.5 py-6 text-center text-muted">
            Nothing is called “{text}”
          </div>
        )}
      </div>
      {failed.length > 0 && (
        <p className="border-t border-line px-4 py-2 text-xs text-muted">Without the tables of {failed.join(', ')}: not reachable now</p>
      )}
    </>
  )
}

function Option({
  id,
  command,
  active,
  onRun,
  onHover,
}: {
  id: string
  command: Command
  active: boolean
  onRun: () => void
  onHover: () => void
}) {
  const { icon: Icon, label, hint } = command
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keyboard is the combobox's, by aria-activedescendant
    <div
      id={id}
      role="option"
      tabIndex={-1}
      aria-selected={active}
      onClick={onRun}
      onMouseMove={onHover}
      className={cx('flex h-9 cursor-pointer items-center gap-3 rounded-md px-2.5', active && 'bg-raised')}
    >
      <Icon aria-hidden="true" className="size-4 shrink-0 text-muted" />
      <span className="min-w-0 flex-1 truncate">{label}</span>
      {hint && <span className="shrink-0 text-xs text-muted">{hint}</span>}
    </div>
  )
}

function useCommands(): { commands: readonly Command[]; failed: readonly string[] } {
  const { user } = useSession()
  const navigate = useNavigate()
  const pages = usePages()
  const { status } = useLive()
  const catalogs = useQuery(namesQuery.catalogs(user))
  const tables = useQueries({ queries: (catalogs.data ?? []).filter((c) => c !== 'system').map((c) => namesQuery.tables(user, c)) })
  const history = useQuery(historyQuery(user))

  const open = (statement: HandOver) => {
    handOver.set(statement)
    void navigate({ to: '/sql' })
  }
  const commands: Command[] = [
    ...pages.map(
      (p): Command => ({ id: `page-${p.to}`, group: 'Pages', label: p.title, icon: p.icon, run: () => void navigate({ to: p.to }) }),
    ),
    { id: 'new-query', group: 'Actions', label: 'New query', icon: Plus, run: () => open({ sql: '', run: false }) },
    { id: 'dark', group: 'Actions', label: 'Use the dark theme', icon: Moon, run: () => chooseTheme('dark') },
    { id: 'light', group: 'Actions', label: 'Use the light theme', icon: Sun, run: () => chooseTheme('light') },
    { id: 'system', group: 'Actions', label: 'Use the theme of the system', icon: Monitor, run: () => chooseTheme('system') },
    { id: 'out', group: 'Actions', label: 'Sign out', icon: LogOut, run: signOut },
    ...(status?.parts ?? []).map(
      (p): Command => ({
        id: `part-${p.name}`,
        group: 'Parts',
        label: p.title,
        hint: p.name,
        icon: Server,
        run: () => void navigate({ to: '/parts/$name', params: { name: p.name } }),
      }),
    ),
    ...tables.flatMap((t) =>
      (t.data ?? []).map((name): Command => {
        const full = `${name.catalog}.${name.schema}.${name.table}`
        const sql = `SELECT *\nFROM ${[name.catalog, name.schema, name.table].map(plainName).join('.')}\nLIMIT 100`
        return { id: `table-${full}`, group: 'Tables', label: full, hint: 'sample', icon: Table2, run: () => open({ sql, run: true }) }
      }),
    ),
    ...distinctQueries(history.data?.filter((h) => h.user === user).map((h) => h.query) ?? []).map(
      (sql, i): Command => ({
        id: `query-${i}`,
        group: 'Recent queries',
        label: summarize(sql, 200),
        icon: Clock,
        run: () => open({ sql, run: false }),
      }),
    ),
  ]
  const failed = (catalogs.data ?? []).filter((c) => c !== 'system').filter((_, i) => tables[i]?.isError)
  return { commands, failed }
}

function distinctQueries(queries: readonly string[]): string[] {
  return [...new Set(queries)].slice(0, 30)
}
