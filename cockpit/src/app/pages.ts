// The pages that exist: the rail, the bottom bar and the palette are drawn from this list.
import { House, type LucideIcon, ShieldCheck, SquareTerminal } from 'lucide-react'

export interface Page {
  readonly to: '/' | '/sql' | '/governance'
  readonly title: string
  readonly icon: LucideIcon
  /** The part whose presence brings the page; absent: always there. */
  readonly part?: string
  /** Whether the platform must tell of its policy. */
  readonly policy?: true
}

/** In the order of the rail. */
export const pages: readonly Page[] = [
  { to: '/', title: 'Home', icon: House },
  { to: '/sql', title: 'SQL', icon: SquareTerminal, part: 'sql' },
  { to: '/governance', title: 'Governance', icon: ShieldCheck, policy: true },
]

/** The page that an address belongs to; a part's own page is Home's. */
export function pageOf(pathname: string): Page {
  return pages.find((p) => p.to !== '/' && (pathname === p.to || pathname.startsWith(`${p.to}/`))) ?? pages[0]!
}
