// The one live stream of the page.
import { useSyncExternalStore } from 'react'
import { goToLogin } from '~/lib/http'
import { createLive, type LiveState } from '~/lib/live'

/** A refused socket hides its reason; the same state by HTTP tells it: the login has ended, or the roles do not allow it. */
async function askWhy(): Promise<void> {
  const res = await fetch('/api/status').catch(() => undefined)
  if (res?.status === 401) goToLogin()
  else if (res?.status === 403) live.refuse()
}

export const live = createLive(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/api/live`, () => void askWhy())

// A page on its way out asks for nothing more: after a sign-out the stream has ended, and a new one would be refused while the next page comes.
addEventListener('beforeunload', () => live.rest(10_000))

export function useLive(): LiveState {
  return useSyncExternalStore(live.subscribe, live.getSnapshot)
}
