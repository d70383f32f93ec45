// For tests: words that mean something to somebody, harmless ones in their places, and what an answer to these is with those.

/** Texts that mean something to a template, a quoting rule or a comment of somebody's. */
export const HOSTILE: readonly string[] = [
  ...[
    '$1',
    '$*',
    '$9',
    '{s}',
    '{o}',
    '{d}',
    '{n}',
    '$1{s}',
    `'`,
    `''`,
    `"`,
    `""`,
    `'"`,
    `";--`,
    `';--`,
    '--',
    '-- x',
    '/*',
    '*/',
    '/* */',
    '$$',
    '$x$',
    '\\',
    '*',
  ],
  ...[
    `\\'`,
    '\\\\',
    'E\\',
    '%',
    '_',
    '%s',
    '?',
    ':x',
    '@x',
    ';',
    '; SELECT 1',
    ') FROM t --',
    'NULL',
    'scan_1_',
    '"t"."x"',
    '\u2028',
    'a\ufeffb',
    'é',
    '💥',
    '\n',
    '\t',
  ],
  ...['<scan 0>', '$' + '{x}', '`', '', ' ', "U&'\\0041'", 'constructor', '__proto__'],
]

/** A generator of pseudo-random numbers (mulberry32): the same for the same seed. */
export function random(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}

/** Literals that mean nothing to anybody, and names. */
export const HARMLESS = ['zq0z', 'zq1z', 'zq2z']
export const NAMED = ['zn0z', 'zn1z', 'zn2z']

/** Seeds that have run: the first found a triple of literals of which one arose of the others. */
const PINNED = [708983, ...Array.from({ length: 25 }, (_, i) => i + 1)]
const today = Math.floor(Date.now() / 86_400_000) % (PINNED.length - 1)

/** The first of those that are pinned, and one of the others each day in turn. Another alone: AKKO_SEED=7. */
export const SEEDS: readonly number[] = process.env.AKKO_SEED
  ? [Number(process.env.AKKO_SEED)]
  : [PINNED[0] as number, PINNED[1 + today] as number]

/** Texts of the drawn statements' own that come to stand beside literals in a value. */
const FIXED = ['x', '#', '\u0001', '${', '2020-02-29', '1.50', '01:00:00.000']

/** Whether a text stands in a row of three others, where it is none of them: it would be found there, and a harmless one would not. */
function arises(texts: readonly string[]): boolean {
  return texts.some((text) => {
    const others = [...texts.filter((other) => other !== text), ...FIXED]
    const between = ['', ...others.filter((other) => text.includes(other))]
    return others.some((a) => others.some((c) => between.some((b) => `${a}${b}${c}`.includes(text))))
  })
}

/** Three texts of which none holds another, unless it is the same where that may be, nor arises of others: no two rows of them read alike when put together. */
export function drawLiterals(below: (n: number) => number, distinct = false): string[] {
  for (;;) {
    const texts = [0, 1, 2].map(() => HOSTILE[below(HOSTILE.length)] as string)
    if (!texts.includes('') && !(distinct && new Set(texts).size < texts.length) && !arises(texts)) return texts
  }
}

/** Three names, no two alike in any spelling. */
export function drawNames(below: (n: number) => number): string[] {
  const names = [...new Set([0, 1, 2].map(() => below(HOSTILE.length - 3)))]
    .map((at) => HOSTILE[at] as string)
    .filter((name) => name !== '')
  while (names.length < 3) names.push(`n${names.length}${HOSTILE[below(40)]}`)
  return names
}

/** Rows in an order of their own. */
export const sorted = (rows: readonly unknown[]): string[] => rows.map((row) => JSON.stringify(row)).sort()

/** The values with harmless words replaced by those given; what the parser keeps in lower case alone is so. */
export const replaced = (json: string, literals: readonly string[], names: readonly string[]): unknown =>
  JSON.parse(json, (key, value: unknown) => {
    if (key === 'columns' && Array.isArray(value)) return value.map((name) => (typeof name === 'string' ? name.toLowerCase() : name))
    if (typeof value !== 'string') return value
    const text = value.replaceAll(/z([qn])(\d)z/g, (_, kind: string, n: string) => (kind === 'q' ? literals : names)[Number(n)] as string)
    return key === 'type' ? text.toLowerCase() : text
  })
