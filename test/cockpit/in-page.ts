// What is asked inside the page. As texts: this project's types know no DOM.
import type { Page } from 'playwright-core'

/** Scrolls the result grid `steps` times and answers the longest frame in ms. */
export function longestFrame(page: Page, steps: number, pixels: number): Promise<number> {
  return page.evaluate(`(async () => {
    const scroller = document.querySelector('[role=grid]')
    let longest = 0
    for (let i = 0; i < ${steps}; i++) {
      const before = performance.now()
      scroller.scrollTop += ${pixels}
      await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))
      longest = Math.max(longest, performance.now() - before)
    }
    return longest
  })()`)
}

export const clipboardText = (page: Page): Promise<string> => page.evaluate('navigator.clipboard.readText()')
export const focusedClass = (page: Page): Promise<string> => page.evaluate('document.activeElement?.className ?? ""')
/** The colour behind everything, as drawn. */
export const groundColour = (page: Page): Promise<string> => page.evaluate('getComputedStyle(document.body).backgroundColor')
/** Whether nothing sticks out to the side. */
export const fitsWidth = (page: Page): Promise<boolean> => page.evaluate('document.documentElement.scrollWidth <= innerWidth')

/** First contentful paint in ms, and the sum of layout shifts so far. */
export function paintAndShift(page: Page): Promise<{ paint: number; shift: number }> {
  return page.evaluate(`new Promise((resolve) => {
    const paint = performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Infinity
    let shift = 0
    new PerformanceObserver((list) => { for (const entry of list.getEntries()) shift += entry.value }).observe({ type: 'layout-shift', buffered: true })
    setTimeout(() => resolve({ paint, shift }), 300)
  })`)
}
