// Addresses. Every page is its own chunk.
import { createRootRoute, createRoute, createRouter, type ErrorComponentProps, Link, lazyRouteComponent } from '@tanstack/react-router'
import { Frame } from '~/app/frame'
import { toGovernanceSearch } from '~/features/governance/search'
import { VIEWS, type View } from '~/features/sql/views'
import { Failure, SkeletonLines } from '~/ui/states'

export interface SqlSearch {
  /** A statement handed over by a link: opens in a new tab, and never runs by itself. */
  readonly q?: string
  readonly view?: View
}

const rootRoute = createRootRoute({ component: Frame, notFoundComponent: NotFound })

const homeLayout = createRoute({
  getParentRoute: () => rootRoute,
  id: 'home',
  component: lazyRouteComponent(() => import('~/features/home/home-page'), 'HomePage'),
})
const homeRoute = createRoute({ getParentRoute: () => homeLayout, path: '/' })
const partRoute = createRoute({ getParentRoute: () => homeLayout, path: '/parts/$name' })

const sqlRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sql',
  validateSearch: (search: Record<string, unknown>): SqlSearch => ({
    ...(typeof search.q === 'string' || typeof search.q === 'number' ? { q: String(search.q) } : {}),
    ...(VIEWS.includes(search.view as View) ? { view: search.view as View } : {}),
  }),
  component: lazyRouteComponent(() => import('~/features/sql/sql-page'), 'SqlPage'),
})

const governanceRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/governance',
  validateSearch: toGovernanceSearch,
  component: lazyRouteComponent(() => import('~/features/governance/governance-page'), 'GovernancePage'),
})

export const router = createRouter({
  routeTree: rootRoute.addChildren([homeLayout.addChildren([homeRoute, partRoute]), sqlRoute, governanceRoute]),
  defaultPreload: 'intent',
  defaultPendingMs: 150,
  defaultPendingComponent: () => <SkeletonLines lines={6} label="Loading the page" />,
  defaultErrorComponent: PageError,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}

function PageError({ error, reset }: ErrorComponentProps) {
  return <Failure what="This page failed" error={error} kept="The rest of the cockpit works; drafts of queries are kept." onRetry={reset} />
}

function NotFound() {
  return (
    <div className="p-6">
      <h1 className="text-xl">There is no page here</h1>
      <p className="mt-2 text-muted">
        The address may be of a part that is not installed.{' '}
        <Link to="/" className="text-accent-text underline">
          To the home page
        </Link>
      </p>
    </div>
  )
}
