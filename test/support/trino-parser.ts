// What Trino's own parser thinks of statements that were drawn of a seed. It thinks the same each time: what it said is kept in the cache.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cacheRoot } from '#test/support/judges'
import { runWithTrinoParser, TRINO_VERSION } from '#test/support/jvm'

const PROGRAM = 'TrinoParserJudge'

/** Of each seed so many lines of JSON: statements that are made new or of those given, which Trino takes or blames a place of. */
export async function judgedByTrino(count: number, seeds: readonly string[], given: readonly string[]): Promise<string[][]> {
  const input = given.join('\0')
  const program = readFileSync(join(import.meta.dirname, 'java', `${PROGRAM}.java`))
  const asked = createHash('sha256').update(`${TRINO_VERSION}\0${count}\0`).update(program).update(input).digest('hex')
  const dir = join(cacheRoot(), 'trino-parser')
  const fileOf = (seed: string) => join(dir, `${seed}.ndjson`)
  /** Its first line says what was asked. */
  const known = (seed: string): string[] | undefined => {
    if (!existsSync(fileOf(seed))) return undefined
    const [first, ...lines] = readFileSync(fileOf(seed), 'utf8').trimEnd().split('\n')
    return first === asked && lines.length === count ? lines : undefined
  }
  const missing = seeds.filter((seed) => !known(seed))
  if (missing.length > 0) {
    const said = (await runWithTrinoParser(PROGRAM, [String(count), ...missing], input)).trimEnd().split('\n')
    mkdirSync(dir, { recursive: true })
    for (const [i, seed] of missing.entries()) {
      const unfinished = `${fileOf(seed)}.${process.pid}`
      writeFileSync(unfinished, `${[asked, ...said.slice(i * count, (i + 1) * count)].join('\n')}\n`)
      renameSync(unfinished, fileOf(seed))
    }
  }
  return seeds.map((seed) => known(seed) ?? [])
}
