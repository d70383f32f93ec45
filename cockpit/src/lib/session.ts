// Who is signed in and where. Loaded once by the frame, read everywhere below it.
import { createContext, use } from 'react'
import { getJson } from '~/lib/http'

export interface Session {
  readonly user: string
  readonly name?: string
  readonly roles: readonly string[]
  readonly environment: { readonly name: string; readonly demo: boolean }
  readonly version: string
  /** Whether there is a page Governance. */
  readonly governance: boolean
  /** ISO time. */
  readonly expiresAt?: string
}

export const loadSession = (): Promise<Session> => getJson<Session>('/api/session')

export const SessionContext = createContext<Session | undefined>(undefined)

export function useSession(): Session {
  const session = use(SessionContext)
  if (!session) throw new Error('useSession is for components below the frame')
  return session
}

export function signOut(): void {
  location.assign('/auth/logout')
}
