// The frame around every page: rail, top bar, palette, live region; and what is shown before the session is known.
import { useQuery } from '@tanstack/react-query'
import { Outlet, useRouter } from '@tanstack/react-router'
import { lazy, Suspense, useEffect } from 'react'
import { paletteOpen } from '~/app/palette-state'
import { Logo, Rail } from '~/app/rail'
import { TopBar } from '~/app/top-bar'
import { announcement } from '~/lib/announce'
import { goToLogin, HttpError, takeReturnPath } from '~/lib/http'
import { loadSession, SessionContext } from '~/lib/session'
import { useStore } from '~/lib/store'
import { Button } from '~/ui/button'
import { Failure } from '~/ui/states'

const Palette = lazy(() => import('~/app/palette').then((m) => ({ default: m.Palette })))

export function Frame() {
  const session = useQuery({
    queryKey: ['session'],
    queryFn: loadSession,
    staleTime: 60_000,
    retry: (n, e) => !(e instanceof HttpError) && n < 3,
  })
  useReturn(session.isSuccess)
  usePaletteKey()
  if (session.isError && !session.data) return <NoSession error={session.error} onRetry={() => void session.refetch()} />
  if (!session.data) return <Boot />
  return (
    <SessionContext value={session.data}>
      <a
        href="#main"
        className="sr-only z-50 rounded-md bg-accent-fill px-3 py-2 font-semibold text-on-accent focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        Skip to the page
      </a>
      <div className="flex h-full flex-col">
        {session.data.environment.demo && <div aria-hidden="true" className="h-1 shrink-0 bg-demo" />}
        <div className="flex min-h-0 flex-1 flex-col sm:flex-row">
          <Rail />
          <div className="flex min-h-0 min-w-0 flex-1 flex-col">
            <TopBar />
            <main id="main" tabIndex={-1} className="min-h-0 flex-1 outline-none">
              <Outlet />
            </main>
          </div>
        </div>
      </div>
      <OpenPalette />
      <LiveRegion />
    </SessionContext>
  )
}

/** The same as the page shows before any script runs (index.html): nothing jumps when this takes over. */
function Boot() {
  return (
    <div className="flex h-full flex-col sm:flex-row">
      <div className="order-last h-14 border-t border-line bg-surface sm:order-first sm:h-full sm:w-14 sm:border-t-0 sm:border-r lg:w-(--rail)">
        <div className="hidden h-(--top) items-center gap-2.5 px-4 sm:flex">
          <Logo />
          <span className="hidden text-base font-semibold tracking-wide lg:inline">AKKO</span>
        </div>
      </div>
      <div className="flex-1">
        <div role="status" className="flex h-(--top) items-center border-b border-line bg-surface px-4 text-muted">
          Loading
        </div>
      </div>
    </div>
  )
}

function OpenPalette() {
  return useStore(paletteOpen) ? (
    <Suspense>
      <Palette />
    </Suspense>
  ) : null
}

function LiveRegion() {
  return (
    <div role="status" aria-live="polite" className="sr-only">
      {useStore(announcement)}
    </div>
  )
}

function NoSession({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const ended = error instanceof HttpError && error.status === 401
  return (
    <main className="mx-auto flex h-full max-w-md flex-col justify-center gap-4 p-6">
      <Logo />
      {ended ? (
        <>
          <h1 className="text-xl">You are signed out</h1>
          <p className="text-muted">Your drafts of queries are kept in this browser. Sign in to go on where you were.</p>
          <div>
            <Button look="primary" onClick={() => goToLogin(true)}>
              Sign in
            </Button>
          </div>
        </>
      ) : (
        <Failure
          what="The cockpit does not answer"
          error={error}
          kept="Your drafts of queries are kept in this browser."
          onRetry={onRetry}
        />
      )}
    </main>
  )
}

/** Back to where the login interrupted. */
function useReturn(ready: boolean): void {
  const router = useRouter()
  useEffect(() => {
    const path = ready ? takeReturnPath() : undefined
    if (path && location.pathname === '/') router.history.replace(path)
  }, [ready, router])
}

function usePaletteKey(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === 'k') {
        event.preventDefault()
        event.stopPropagation()
        paletteOpen.update((open) => !open)
      }
    }
    window.addEventListener('keydown', onKey, { capture: true })
    return () => window.removeEventListener('keydown', onKey, { capture: true })
  }, [])
}
