// Expressions of selectors: matched with the whole text, in a number of steps that grows with the text only.
import { Matcher } from '#wire/trino/pattern'
import { type Compiled, compilePattern } from '#wire/trino/pattern-compile'
import { parsePattern } from '#wire/trino/pattern-parser'

/** Throws BadPattern for what is no expression by itself, or is not served. */
export function compileWhole(text: string): Compiled {
  parsePattern(text)
  return compilePattern(`\\A(?:${text})\\z`)
}

/** Values of its named groups; undefined where it does not match. Throws BadPattern when that takes too many steps. */
export function matchWhole(compiled: Compiled, text: string): readonly (readonly [name: string, value: string])[] | undefined {
  const matcher = new Matcher(compiled, text)
  const match = matcher.search(0)
  return match && [...compiled.pattern.names].map(([name, index]) => [name, matcher.group(match, index) ?? ''] as const)
}
