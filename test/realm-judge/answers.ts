// What the real Keycloak answered to each call, kept.
import { readFileSync, writeFileSync } from 'node:fs'
import type { Asked } from '#test/realm-judge/ask'
import { CLIENT_NAMES } from '#test/realm-judge/calls'

export type Answers = Readonly<Record<(typeof CLIENT_NAMES)[number], Asked[]>>

const FILE = new URL('./answers.ndjson', import.meta.url)

export function answers(): Answers {
  const lines = readFileSync(FILE, 'utf8').trim().split('\n')
  const all = lines.map((line) => JSON.parse(line) as Asked & { client: string })
  const of = (name: string) => all.flatMap(({ client, ...asked }) => (client === name ? [asked] : []))
  return { node: of('node'), python: of('python') }
}

export function keepAnswers(kept: Answers): void {
  const lines = CLIENT_NAMES.flatMap((client) => kept[client].map((asked) => JSON.stringify({ client, ...asked })))
  writeFileSync(FILE, `${lines.join('\n')}\n`)
}
