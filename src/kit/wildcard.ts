// Patterns with wildcards, matched in a time that grows with the text, not with the ways to split it.

/** Any number of characters. */
export const MANY = Symbol('many')
/** Any one character. */
export const ONE = Symbol('one')

export type Wildcards = readonly (string | typeof MANY | typeof ONE)[]

/** Says of a text whether the pattern, character by character, describes all of it. */
export function wildcard(pattern: Wildcards): (text: string) => boolean {
  const tokens = pattern.filter((token, i) => token !== MANY || pattern[i - 1] !== MANY)
  return (text) => {
    const chars = [...text]
    let at = 0
    let token = 0
    /** Where to go on when what follows the last MANY does not fit: that one takes a character more. */
    let retry: { at: number; readonly token: number } | undefined
    while (at < chars.length) {
      const wanted = tokens[token]
      if (wanted === MANY) {
        retry = { at, token: ++token }
      } else if (wanted === ONE || wanted === chars[at]) {
        at++
        token++
      } else if (retry) {
        at = ++retry.at
        token = retry.token
      } else return false
    }
    return tokens.slice(token).every((left) => left === MANY)
  }
}
