// The words of TPC-H's data and how often each is drawn: specification 4.2.2.13 and 4.2.3, with the weights of its data generator.

/** What is drawn from, as often as the weights say. */
export interface Words {
  readonly values: readonly string[]
  /** The value of each number below the sum of the weights. */
  readonly drawn: readonly string[]
}

const counted = (entries: readonly (readonly [value: string, weight: number])[]): Words => ({
  values: entries.map(([value]) => value),
  drawn: entries.flatMap(([value, weight]) => Array.from({ length: weight }, () => value)),
})

/** Lines of a weight and the words that have it. */
function weighted(text: string): Words {
  const groups = text.split(/^ *(\d+):/m).slice(1)
  return counted(
    groups.flatMap((words, i) =>
      i % 2 === 0 ? [] : words.split(',').map((word): [string, number] => [word.replace(/\s+/g, ' ').trim(), Number(groups[i - 1])]),
    ),
  )
}

const even = (values: readonly string[]): Words => counted(values.map((value) => [value, 1]))
const list = (text: string): string[] => text.trim().split(/,\s*/)
/** Each of the first with each of the second, and so on. */
const product = (...lists: readonly (readonly string[])[]): string[] =>
  lists.reduce<string[]>((made, next) => made.flatMap((a) => next.map((b) => (a === '' ? b : `${a} ${b}`))), [''])

export const CONTAINERS = even(product(list('SM, LG, MED, JUMBO, WRAP'), list('CASE, BOX, BAG, JAR, PACK, PKG, CAN, DRUM')))
export const PART_TYPES = even(
  product(
    list('STANDARD, SMALL, MEDIUM, LARGE, ECONOMY, PROMO'),
    list('ANODIZED, BURNISHED, PLATED, POLISHED, BRUSHED'),
    list('TIN, NICKEL, BRASS, STEEL, COPPER'),
  ),
)
export const INSTRUCTIONS = even(list('DELIVER IN PERSON, COLLECT COD, TAKE BACK RETURN, NONE'))
export const SEGMENTS = even(list('AUTOMOBILE, BUILDING, FURNITURE, HOUSEHOLD, MACHINERY'))
export const PRIORITIES = even(list('1-URGENT, 2-HIGH, 3-MEDIUM, 4-NOT SPECIFIED, 5-LOW'))
export const RETURN_FLAGS = even(list('R, A'))
export const SHIP_MODES = even(list('REG AIR, AIR, RAIL, TRUCK, MAIL, FOB, SHIP'))
export const COLORS = even(
  list(`
  almond, antique, aquamarine, azure, beige, bisque, black, blanched, blue, blush, brown, burlywood, burnished, chartreuse, chiffon,
  chocolate, coral, cornflower, cornsilk, cream, cyan, dark, deep, dim, dodger, drab, firebrick, floral, forest, frosted, gainsboro,
    ghost, goldenrod, green, grey, honeydew, hot, indian, ivory, khaki, lace, lavender, lawn, lemon, light, lime, linen, magenta, maroon,
    medium, metallic, midnight, mint, misty, moccasin, navajo, navy, olive, orange, orchid, pale, papaya, peach, peru, pink, plum, powder,
    puff, purple, red, rose, rosy, royal, saddle, salmon, sandy, seashell, sienna, sky, slate, smoke, snow, spring, steel, tan, thistle,
    tomato, turquoise, violet, wheat, white, yellow
`),
)

export const REGIONS = list('AFRICA, AMERICA, ASIA, EUROPE, MIDDLE EAST')
/** With the region of each. */
export const NATIONS: readonly (readonly [name: string, region: number])[] = [
  ...([
    ['ALGERIA', 0],
    ['ARGENTINA', 1],
    ['BRAZIL', 1],
    ['CANADA', 1],
    ['EGYPT', 4],
  ] as const),
  ...([
    ['ETHIOPIA', 0],
    ['FRANCE', 3],
    ['GERMANY', 3],
    ['INDIA', 2],
    ['INDONESIA', 2],
  ] as const),
  ...([
    ['IRAN', 4],
    ['IRAQ', 4],
    ['JAPAN', 2],
    ['JORDAN', 4],
    ['KENYA', 0],
  ] as const),
  ...([
    ['MOROCCO', 0],
    ['MOZAMBIQUE', 0],
    ['PERU', 1],
    ['CHINA', 2],
    ['ROMANIA', 3],
  ] as const),
  ...([
    ['SAUDI ARABIA', 4],
    ['VIETNAM', 2],
    ['RUSSIA', 3],
    ['UNITED KINGDOM', 3],
    ['UNITED STATES', 1],
  ] as const),
]

export const NOUNS = weighted(`
  40: packages, requests, accounts, deposits
  20: foxes, ideas, theodolites, pinto beans, instructions
  10: dependencies, excuses, platelets, asymptotes
  5: courts, dolphins
  1: multipliers, sauternes, warthogs, frets, dinos, attainments, somas, Tiresias, patterns, forges, braids, frays, warhorses, dugouts,
    notornis, epitaphs, pearls, tithes, waters, orbits, gifts, sheaves, depths, sentiments, decoys, realms, pains, grouches, escapades,
    hockey players
`)
export const VERBS = weighted(`
  20: sleep, wake, are, cajole, haggle
  10: nag, use, boost
  5: affix, detect, integrate
  1: maintain, nod, was, lose, sublate, solve, thrash, promise, engage, hinder, print, x-ray, breach, eat, grow, impress, mold, poach,
    serve, run, dazzle, snooze, doze, unwind, kindle, play, hang, believe, doubt
`)
export const ADJECTIVES = weighted(`
  20: special, pending, unusual, express
  1: furious, sly, careful, blithe, quick, fluffy, slow, quiet, ruthless, thin, close, dogged, daring, brave, stealthy, permanent,
    enticing, idle, busy
  50: regular
  40: final, ironic
  30: even
  20: bold
  10: silent
`)
export const ADVERBS = weighted(`
  1: sometimes, always, never
  50: furiously, slyly, carefully
  40: blithely
  30: quickly
  20: fluffily
  1: slowly, quietly, ruthlessly, thinly, closely, doggedly, daringly, bravely, stealthily, permanently, enticingly, idly, busily,
    regularly, finally, ironically, evenly, boldly, silently
`)
export const AUXILIARIES = weighted(`
  1: do, may, might, shall, will, would, can, could, should, ought to, must, will have to, shall have to, could have to, should have to,
    must have to, need to, try to
`)
export const PREPOSITIONS = weighted(`
  50: about, above, according to, across, after
  40: against, along
  30: alongside of, among
  20: around
  10: at
  1: atop, before, behind, beneath, beside, besides, between, beyond, by, despite, during, except, for, from, in place of, inside,
    instead of, into, near, of, on, outside, over, past, since, through, throughout, to, toward, under, until, up, upon, whithout, with,
    within
`)
export const TERMINATORS = counted([
  ['.', 50],
  [';', 1],
  [':', 1],
  ['?', 1],
  ['!', 1],
  ['--', 1],
])

/** Sentences of noun and verb phrases, prepositions before a noun phrase, and terminators. */
export const SENTENCES = counted([
  ['N V T', 3],
  ['N V P T', 3],
  ['N V N T', 3],
  ['N P V N T', 1],
  ['N P V P T', 1],
])
/** Of adjectives (J), adverbs (D) and nouns (N). */
export const NOUN_PHRASES = counted([
  ['N', 10],
  ['J N', 20],
  ['J, J N', 10],
  ['D J N', 50],
])
/** Of auxiliaries (X), verbs (V) and adverbs (D). */
export const VERB_PHRASES = counted([
  ['V', 30],
  ['X V', 1],
  ['V D', 40],
  ['X V D', 1],
])
