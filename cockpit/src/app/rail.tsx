// The way between pages: a rail with words, icons alone on middle widths, a bar at the bottom of a phone.
import { Link, useLocation } from '@tanstack/react-router'
import { usePages } from '~/app/live-pages'
import { pageOf } from '~/app/pages'

export function Rail() {
  const { pathname } = useLocation()
  const current = pageOf(pathname)
  return (
    <nav
      aria-label="Pages"
      className="order-last flex shrink-0 border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] sm:order-first sm:w-14 sm:flex-col sm:border-t-0 sm:border-r sm:pb-0 lg:w-(--rail)"
    >
      <Link to="/" className="hidden h-(--top) items-center gap-2.5 px-4 text-text sm:flex" aria-label="AKKO, to the home page">
        <Logo />
        <span className="hidden text-base font-semibold tracking-wide lg:inline">AKKO</span>
      </Link>
      <ul className="flex flex-1 justify-around sm:flex-col sm:justify-start sm:gap-0.5 sm:p-2">
        {usePages()
          .map((page) => ({ ...page, here: page.to === current.to }))
          .map(({ to, title, icon: Icon, here }) => (
            <li key={to} className="flex-1 sm:flex-none">
              <Link
                to={to}
                aria-current={here ? 'page' : undefined}
                title={title}
                className="flex h-14 flex-col items-center justify-center gap-1 rounded-md text-xs text-muted hover:bg-raised hover:text-text aria-[current=page]:font-semibold aria-[current=page]:text-text sm:h-9 sm:flex-row sm:text-sm sm:aria-[current=page]:bg-raised lg:justify-start lg:gap-3 lg:px-2.5"
              >
                <Icon aria-hidden="true" className="size-4.5 shrink-0" />
                <span className="sm:sr-only lg:not-sr-only">{title}</span>
              </Link>
            </li>
          ))}
      </ul>
    </nav>
  )
}

export function Logo() {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true" className="size-6 shrink-0">
      <rect width="32" height="32" rx="8" fill="var(--accent-fill)" />
      <path d="M9 23 16 8l7 15M12 18h8" fill="none" stroke="#fff" strokeWidth="2.6" strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  )
}
