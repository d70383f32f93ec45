// Light or dark: the system's wish (the style sheet follows it), unless the user said otherwise here.
import { createStore } from '~/lib/store'

export type ThemeChoice = 'system' | 'light' | 'dark'

const KEY = 'akko.theme'

function stored(): ThemeChoice {
  const value = localStorage.getItem(KEY)
  return value === 'light' || value === 'dark' ? value : 'system'
}

export const themeChoice = createStore<ThemeChoice>(stored())

function apply(): void {
  const choice = themeChoice.get()
  if (choice === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = choice
}

export function chooseTheme(choice: ThemeChoice): void {
  localStorage.setItem(KEY, choice)
  themeChoice.set(choice)
}

/** To be called before the first paint. */
export function startTheme(): void {
  apply()
  themeChoice.subscribe(apply)
}
