// Who is signed in, the theme, and the way out.
import { Check, LogOut, Monitor, Moon, Sun } from 'lucide-react'
import { DropdownMenu } from 'radix-ui'
import { chooseTheme, type ThemeChoice, themeChoice } from '~/app/theme'
import { formatExact } from '~/lib/format'
import { signOut, useSession } from '~/lib/session'
import { useStore } from '~/lib/store'

const THEMES = [
  { value: 'system', label: 'As the system', icon: Monitor },
  { value: 'light', label: 'Light', icon: Sun },
  { value: 'dark', label: 'Dark', icon: Moon },
] as const

const ITEM = 'flex h-8 items-center gap-2.5 rounded-md px-2 outline-none data-highlighted:bg-raised'

/** Opens at once: it is only drawn after the button was pressed for the first time. */
export function AccountMenu({ button }: { button: { 'aria-label': string; title: string; className: string } }) {
  const session = useSession()
  const theme = useStore(themeChoice)
  const name = session.name ?? session.user
  return (
    <DropdownMenu.Root modal={false} defaultOpen>
      <DropdownMenu.Trigger {...button} />
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align="end"
          sideOffset={6}
          className="z-40 w-64 rounded-lg border border-line bg-surface p-1.5 shadow-(--shadow)"
        >
          <div className="px-2 py-1.5">
            <p className="truncate font-semibold">{name}</p>
            {name !== session.user && <p className="truncate text-muted">{session.user}</p>}
            <p className="mt-1 text-xs text-muted">{session.roles.length > 0 ? session.roles.join(', ') : 'No role'}</p>
            {session.expiresAt && <p className="mt-1 text-xs text-muted">Signed in until {formatExact(Date.parse(session.expiresAt))}</p>}
          </div>
          <DropdownMenu.Separator className="my-1 h-px bg-line" />
          <DropdownMenu.RadioGroup value={theme} onValueChange={(value) => chooseTheme(value as ThemeChoice)} aria-label="Theme">
            {THEMES.map(({ value, label, icon: Icon }) => (
              <DropdownMenu.RadioItem key={value} value={value} onSelect={(event) => event.preventDefault()} className={ITEM}>
                <Icon aria-hidden="true" className="size-4 text-muted" />
                <span className="flex-1">{label}</span>
                <DropdownMenu.ItemIndicator>
                  <Check aria-hidden="true" className="size-4" />
                </DropdownMenu.ItemIndicator>
              </DropdownMenu.RadioItem>
            ))}
          </DropdownMenu.RadioGroup>
          <DropdownMenu.Separator className="my-1 h-px bg-line" />
          <DropdownMenu.Item onSelect={signOut} className={ITEM}>
            <LogOut aria-hidden="true" className="size-4 text-muted" />
            Sign out
          </DropdownMenu.Item>
          <p className="px-2 pt-1.5 pb-1 text-xs text-muted">AKKO {session.version}</p>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  )
}
