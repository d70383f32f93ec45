// For tests: what a statement means, without where in its text it says so.
import type { Statement } from '#parts/sql/syntax/ast'
import { parseStatement } from '#parts/sql/syntax/statements'

/** A tree without its places; the texts that it keeps are read as well. */
export function bare(tree: Statement): string {
  return JSON.stringify(tree, (key, value: unknown) => {
    if (key === 'pos' || key === 'sqlPos' || key === 'lower') return undefined
    const kept = (key === 'text' && tree.k === 'createView') || (key === 'sql' && tree.k === 'prepare')
    return kept && /^(?:SELECT|WITH|VALUES|TABLE)\b/.test(value as string) ? JSON.parse(bare(parseStatement(value as string))) : value
  })
}

interface Text {
  readonly k: 'string'
  readonly value: string
}

/** A text of SQL as what it means, however its names are quoted and whatever escapes in its patterns; any other text as it is. */
export function meaning(text: string): unknown {
  try {
    return JSON.parse(bare(parseStatement(text)), (key, value) => {
      if (key === 'quoted') return undefined
      return value?.k === 'like' && value.escape?.k === 'string'
        ? { ...value, pattern: plain(value.pattern, value.escape), escape: null }
        : value
    })
  } catch {
    return text
  }
}

const plain = (pattern: Text, { value: mark }: Text): Text => ({
  ...pattern,
  value: pattern.value
    .split(mark + mark)
    .map((part) => part.replaceAll(mark, ''))
    .join(mark),
})
