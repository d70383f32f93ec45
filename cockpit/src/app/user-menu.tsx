// The account button. What it opens (and the menu machinery) is loaded when it is first wanted.
import { lazy, Suspense, useState } from 'react'
import { useSession } from '~/lib/session'

const load = () => import('~/app/account-menu')
const AccountMenu = lazy(() => load().then((m) => ({ default: m.AccountMenu })))

export const ACCOUNT_BUTTON =
  'flex size-8 shrink-0 items-center justify-center rounded-full bg-accent-soft text-xs font-semibold text-accent-text before:content-[attr(data-initials)] hover:brightness-125'

export function UserMenu() {
  const [wanted, setWanted] = useState(false)
  const session = useSession()
  const name = session.name ?? session.user
  const button = {
    'aria-label': `Account of ${name}`,
    title: session.user,
    'data-initials': initials(name),
    className: ACCOUNT_BUTTON,
  }
  const plain = (
    <button
      type="button"
      aria-haspopup="menu"
      onPointerEnter={() => void load()}
      onFocus={() => void load()}
      onClick={() => setWanted(true)}
      {...button}
    />
  )
  if (!wanted) return plain
  return (
    <Suspense fallback={plain}>
      <AccountMenu button={button} />
    </Suspense>
  )
}

function initials(name: string): string {
  const words = name.split(/[\s@._-]+/).filter(Boolean)
  return ((words[0]?.[0] ?? '?') + (words[1]?.[0] ?? '')).toUpperCase()
}
