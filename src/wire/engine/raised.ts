// An error that we raise ourselves, as it crosses the engine: its name in Trino, a text without values, and one with them where there is one.

export interface Raised {
  readonly name: string
  /** Holds no value: a policy may hide it. */
  readonly text: string
  /** What is said in its place where nothing is hidden. */
  readonly detail?: string
}

/** Stands in no text. */
const BETWEEN = '\u001e'
const HEAD = /^AKKO:([A-Z_]+):/

const plain = (text: string): string => text.replaceAll(BETWEEN, ' ')

export function printRaised({ name, text, detail }: Raised): string {
  return `AKKO:${name}:${plain(text)}${detail === undefined ? '' : `${BETWEEN}${plain(detail)}`}`
}

/** Ours stands at the beginning; elsewhere it is a value that merely looks like it. */
export function readRaised(message: string): Raised | undefined {
  const [head, name] = HEAD.exec(message) ?? []
  if (head === undefined || name === undefined) return undefined
  const [text = '', detail] = message.slice(head.length).split(BETWEEN)
  return { name, text, ...(detail === undefined ? {} : { detail }) }
}
