// The browser's composition root.
import '~/lib/csp'
import '~/styles/app.css'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { QueryError } from '#wire/trino/statement'
import { router } from '~/app/router'
import { startTheme } from '~/app/theme'
import { HttpError } from '~/lib/http'

startTheme()
reloadWhenReplaced()

const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      refetchOnWindowFocus: false,
      retry: (failures, error) => !(error instanceof QueryError) && !(error instanceof HttpError && error.status < 500) && failures < 2,
    },
  },
})

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
)

/** After an upgrade the chunks of the page that is open are gone: one reload fetches the new ones. */
function reloadWhenReplaced(): void {
  const key = 'akko.reloaded'
  window.addEventListener('vite:preloadError', (event) => {
    if (Date.now() - Number(sessionStorage.getItem(key) ?? 0) < 10_000) return
    event.preventDefault()
    sessionStorage.setItem(key, String(Date.now()))
    location.reload()
  })
}
