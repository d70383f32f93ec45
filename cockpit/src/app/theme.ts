// Light or dark: the system's wish, unless the user said otherwise here.
import { createStore } from '~/lib/store'

export type ThemeChoice = 'system' | 'light' | 'dark'

const KEY = 'akko.theme'
const prefersLight = matchMedia('(prefers-color-scheme: light)')

function stored(): ThemeChoice {
  const value = localStorage.getItem(KEY)
  return value === 'light' || value === 'dark' ? value : 'system'
}

export const themeChoice = createStore<ThemeChoice>(stored())

function apply(): void {
  const choice = themeChoice.get()
  document.documentElement.dataset.theme = choice === 'system' ? (prefersLight.matches ? 'light' : 'dark') : choice
}

export function chooseTheme(choice: ThemeChoice): void {
  localStorage.setItem(KEY, choice)
  themeChoice.set(choice)
}

/** To be called before the first paint. */
export function startTheme(): void {
  apply()
  themeChoice.subscribe(apply)
  prefersLight.addEventListener('change', apply)
}
