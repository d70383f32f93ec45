// Where you are, which environment this is, the palette and the account.
import { Link, useLocation } from '@tanstack/react-router'
import { Search } from 'lucide-react'
import { pageOf } from '~/app/pages'
import { openPalette } from '~/app/palette-state'
import { UserMenu } from '~/app/user-menu'
import { useLive } from '~/lib/live-stream'
import { useSession } from '~/lib/session'

export function TopBar() {
  return (
    <header className="flex h-(--top) shrink-0 items-center gap-3 border-b border-line bg-surface px-3 sm:px-4">
      <Place />
      <Environment />
      <button
        type="button"
        onClick={openPalette}
        aria-keyshortcuts="Control+K"
        className="ml-auto inline-flex h-8 items-center gap-2 rounded-md border border-line-strong/60 px-2 text-muted hover:bg-raised hover:text-text md:w-64"
      >
        <Search aria-hidden="true" className="size-4" />
        <span className="sr-only md:not-sr-only">Search or run</span>
        <kbd className="ml-auto hidden rounded border border-line px-1 font-sans text-xs md:inline">Ctrl K</kbd>
      </button>
      <UserMenu />
    </header>
  )
}

function Place() {
  const { pathname } = useLocation()
  const { status } = useLive()
  const page = pageOf(pathname)
  const partName = pathname.startsWith('/parts/') ? decodeURIComponent(pathname.slice('/parts/'.length)) : undefined
  const part = partName && (status?.parts.find((p) => p.name === partName)?.title ?? partName)
  return (
    <nav aria-label="Where you are" className="min-w-0">
      <ol className="flex items-center gap-2 font-semibold">
        <li>
          {part ? (
            <Link to={page.to} className="text-muted hover:text-text">
              {page.title}
            </Link>
          ) : (
            <span aria-current="page">{page.title}</span>
          )}
        </li>
        {part && (
          <>
            <li aria-hidden="true" className="text-muted">
              /
            </li>
            <li className="min-w-0 truncate" aria-current="page">
              {part}
            </li>
          </>
        )}
      </ol>
    </nav>
  )
}

function Environment() {
  const { environment } = useSession()
  if (!environment.demo)
    return <span className="truncate rounded-md border border-line px-2 py-0.5 text-xs text-muted">{environment.name}</span>
  return (
    <span
      title="Generated data and known passwords: nothing here is real"
      className="shrink-0 rounded-md bg-demo px-2 py-0.5 text-xs font-semibold text-on-demo"
    >
      {environment.name.toLowerCase() === 'demo' ? 'Demo' : `Demo: ${environment.name}`}
    </span>
  )
}
