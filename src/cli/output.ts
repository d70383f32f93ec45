// What the terminal shows: tables, durations, and errors as two lines and a hint.
import { AkkoError } from '#kit/errors'

export function printTable(names: readonly string[], cells: readonly (readonly string[])[], right: readonly number[] = []): void {
  const [headers, ...rows] = [names, ...cells].map((row) => row.map(visible)) as [string[], ...string[][]]
  const widths = headers.map((h, i) => Math.max(h.length, ...rows.map((r) => (r[i] ?? '').length)))
  const line = (cells: readonly string[]) =>
    cells
      .map((c, i) => (right.includes(i) ? c.padStart(widths[i] as number) : c.padEnd(widths[i] as number)))
      .join('  ')
      .trimEnd()
  process.stdout.write(`${line(headers)}\n${widths.map((w) => '-'.repeat(w)).join('  ')}\n`)
  for (const row of rows) process.stdout.write(`${line(row)}\n`)
}

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`)
}

export function say(text: string): void {
  process.stderr.write(`${visible(forHome(text))}\n`)
}

/** What would move the cursor, colour or rename a terminal, written out: names and values are other people's. Lines and tabs stay. */
function visible(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n\t]/gu, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

let home: string | undefined

/** From now on the commands that messages name are for this home: the one of `--home`, which the next command would not know of. */
export function speakOf(flag: string | undefined): void {
  home = flag
}

/** `akko up` -> `akko --home DIR up`, within backquotes. */
function forHome(text: string): string {
  if (home === undefined) return text
  const named = /^[\w@%+=:,./-]+$/.test(home) ? home : `'${home.replaceAll("'", "'\\''")}'`
  return text.replaceAll(/`((?:\.\/)?akko) (?=[a-z])/g, (_, program: string) => `\`${program} --home ${named} `)
}

export function duration(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`
}

/** When: day, time and zone, to the second. */
export function moment(atMs: number): string {
  return new Date(atMs).toISOString().replace(/\.\d+Z$/, 'Z')
}

export function mebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(0)} MiB`
}

/** Errors at the terminal: what happened, and the way out. */
export function printError(error: unknown, json: boolean): void {
  const message = error instanceof Error ? error.message : String(error)
  const given = error instanceof AkkoError ? error.hint : (error as { hint?: string }).hint
  const hint = given && forHome(given)
  if (json) printJson({ error: { code: error instanceof AkkoError ? error.code : 'internal', message, ...(hint ? { hint } : {}) } })
  else say(`akko: ${message}${hint ? `\n  ${hint}` : ''}`)
  if (process.env.AKKO_DEBUG && error instanceof Error) say(error.stack ?? '')
}
