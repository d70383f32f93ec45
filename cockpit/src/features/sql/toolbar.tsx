// What can be done with the statement: run, cancel, where it runs, share.
import { useQuery } from '@tanstack/react-query'
import { AlignLeft, Link2, ListEnd, Play, Square } from 'lucide-react'
import type { EditorTab } from '~/features/sql/tabs-store'
import { useSession } from '~/lib/session'
import { namesQuery } from '~/lib/trino/names'
import { Button, IconButton } from '~/ui/button'

interface ToolbarProps {
  readonly tab: EditorTab
  readonly running: boolean
  onRun(): void
  onRunAll(): void
  onCancel(): void
  onShare(): void
  onFormat(): void
  onSession(session: { catalog: string | undefined; schema: string | undefined }): void
}

export function Toolbar({ tab, running, onRun, onRunAll, onCancel, onShare, onFormat, onSession }: ToolbarProps) {
  return (
    <div role="toolbar" aria-label="Query" className="flex h-11 shrink-0 items-center gap-1.5 border-b border-line px-2">
      {running ? (
        <Button look="danger" onClick={onCancel} aria-keyshortcuts="Escape" title="Cancel query (Esc)">
          <Square aria-hidden="true" className="size-3.5" fill="currentColor" />
          Cancel query
        </Button>
      ) : (
        <Button
          look="primary"
          onClick={onRun}
          aria-keyshortcuts="Control+Enter"
          title="Run the selection, or the statement at the cursor (Ctrl-Enter)"
        >
          <Play aria-hidden="true" className="size-3.5" fill="currentColor" />
          Run
        </Button>
      )}
      <IconButton label="Run all statements (Ctrl-Shift-Enter)" onClick={onRunAll} disabled={running}>
        <ListEnd aria-hidden="true" className="size-4" />
      </IconButton>
      <IconButton label="Format" onClick={onFormat}>
        <AlignLeft aria-hidden="true" className="size-4" />
      </IconButton>
      <IconButton label="Copy a link to this query" onClick={onShare}>
        <Link2 aria-hidden="true" className="size-4" />
      </IconButton>
      <SessionSelects tab={tab} onSession={onSession} />
    </div>
  )
}

const SELECT = 'h-8 min-w-0 rounded-md border border-line-strong/60 bg-surface px-2 hover:bg-raised'

function SessionSelects({ tab, onSession }: Pick<ToolbarProps, 'tab' | 'onSession'>) {
  const { user } = useSession()
  const catalogs = useQuery(namesQuery.catalogs(user))
  const schemas = useQuery({ ...namesQuery.schemas(user, tab.catalog ?? ''), enabled: !!tab.catalog })
  return (
    <div className="ml-auto flex min-w-0 items-center gap-1.5">
      <select
        aria-label="Catalogue of the session"
        value={tab.catalog ?? ''}
        onChange={(event) => onSession({ catalog: event.target.value || undefined, schema: undefined })}
        className={SELECT}
      >
        <option value="">No catalogue</option>
        {withCurrent(catalogs.data ?? [], tab.catalog).map((c) => (
          <option key={c}>{c}</option>
        ))}
      </select>
      <select
        aria-label="Schema of the session"
        value={tab.schema ?? ''}
        disabled={!tab.catalog}
        onChange={(event) => onSession({ catalog: tab.catalog, schema: event.target.value || undefined })}
        className={`${SELECT} max-sm:hidden`}
      >
        <option value="">No schema</option>
        {withCurrent(schemas.data ?? [], tab.schema).map((s) => (
          <option key={s}>{s}</option>
        ))}
      </select>
    </div>
  )
}

function withCurrent(names: readonly string[], current: string | undefined): readonly string[] {
  return current && !names.includes(current) ? [current, ...names] : names
}
