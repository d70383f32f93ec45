// What a screen reader should hear now. Shown by the frame in a live region.
import { createStore } from '~/lib/store'

export const announcement = createStore('')

export function announce(text: string): void {
  announcement.set('')
  queueMicrotask(() => announcement.set(text))
}

/** Copies a text and says so; answers whether it worked. */
export async function copyText(text: string, what: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    announce(`${what} copied`)
    return true
  } catch {
    announce(`${what} could not be copied: the browser refused access to the clipboard`)
    return false
  }
}
