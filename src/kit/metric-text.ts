// OpenMetrics text, as far as it is ours: samples of it, and the texts of several processes as one.
import { own } from '#kit/own'

export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{((?:[^"}]|"(?:[^"\\]|\\.)*")*)\})? (\S+)(?: #.*)?$/
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g
const ESCAPES: Readonly<Record<string, string>> = { '\\n': '\n', '\\"': '"', '\\\\': '\\' }

/** Only samples of the names wanted: most of a text is of no use to who looks for a few. */
export function readSamples(text: string, wanted: ReadonlySet<string>): Sample[] {
  return text.split('\n').flatMap((line) => {
    const end = line.search(/[{ ]/)
    if (end <= 0 || !wanted.has(line.slice(0, end))) return []
    const [, name, labels = '', value] = SAMPLE.exec(line) ?? []
    return name === undefined || value === undefined ? [] : [{ name, labels: readLabels(labels), value: numberOf(value) }]
  })
}

function readLabels(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(LABEL)].map(([, name, value = '']) => [name, value.replace(/\\[n"\\]/g, (pair) => own(ESCAPES, pair) ?? pair)]),
  )
}

function numberOf(text: string): number {
  return text === 'NaN' ? Number.NaN : /^[+-]?Inf/.test(text) ? Number(text.replace('Inf', 'Infinity')) : Number(text)
}

interface Family {
  readonly head: readonly string[]
  readonly samples: string[]
}

/** Each sample with the label `cell` of whose text it is from, unless it has one; every family once, as the format wants it. */
export function mergeTexts(texts: ReadonlyMap<string, string>): string {
  const families = new Map<string, Family>()
  for (const [cell, text] of texts) {
    let family: Family | undefined
    let head: string[] = []
    for (const line of text.split('\n')) {
      if (line.startsWith('# HELP ')) head = [line]
      else if (line.startsWith('# TYPE ')) {
        const name = line.split(' ')[2] as string
        family = families.get(name) ?? { head: [...head, line], samples: [] }
        families.set(name, family)
      } else if (line !== '' && !line.startsWith('#')) family?.samples.push(labelled(line, cell))
    }
  }
  return [...[...families.values()].flatMap(({ head, samples }) => [...head, ...samples]), '# EOF', ''].join('\n')
}

function labelled(line: string, cell: string): string {
  const at = line.search(/[{ ]/)
  const rest = line.slice(at + 1)
  if (line[at] === ' ') return `${line.slice(0, at)}{cell="${cell}"} ${rest}`
  return /^(?:[^"]*"(?:[^"\\]|\\.)*",)*cell="/.test(rest) ? line : `${line.slice(0, at)}{cell="${cell}",${rest}`
}
