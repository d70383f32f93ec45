// Ollama's API: whether a model is there, and pulling one. It knows no callers.

import { errorText } from '#ensure/clients/http'
import { AdminRefused, Conflict } from '#ensure/errors'
import { createMemo, type Memo } from '#ensure/memo'

export interface OllamaEndpoint {
  /** `http://akko-ollama:11434` */
  readonly url: string
  /** Pull from a registry without TLS, which only a test has. */
  readonly insecure?: boolean
  /** Told now and then how far a pull has come. */
  readonly progress?: (line: string) => void
}

export interface OllamaClient {
  readonly memo: Memo
  readonly writes: number
  /** Asked of the server by name: which names mean the same model is its affair. Undefined when it, or a file of it, is not there. */
  model(name: string): Promise<Model | undefined>
  /** Returns when the model is complete and checked. */
  pull(model: string): Promise<void>
}

export interface Model {
  /** Why the server cannot read what it has of it, e.g. after it was killed while it wrote. */
  readonly unreadable?: string
}

/** A line of the answer to a pull (docs/api.md, "Pull a Model"). */
interface Progress {
  readonly status?: string
  readonly completed?: number
  readonly total?: number
  readonly error?: string
}

/** A pull may stand still for so long before it is given up. What was fetched is kept, and the next one goes on from there. */
const SILENCE = 120_000
/** Between two lines about one pull. */
const EVERY = 10_000

export function createOllamaClient({ url, insecure = false, progress = () => {} }: OllamaEndpoint): OllamaClient {
  const memo = createMemo()
  let writes = 0
  return {
    memo,
    get writes() {
      return writes
    },
    model: (name) =>
      memo.once(name, async () => {
        const response = await fetch(`${url}/api/show`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ model: name }),
          signal: AbortSignal.timeout(30_000),
        })
        const text = await response.text()
        if (response.ok) return {}
        if (response.status === 404) return undefined
        const message = errorText(text)
        if (response.status === 500) return { unreadable: message }
        throw AdminRefused({ request: `POST /api/show of ${name}`, status: response.status, message })
      }),
    pull: async (model) => {
      writes++
      const patience = new AbortController()
      const waiting = setTimeout(() => patience.abort(new Error(`the pull of ${model} stood still`)), SILENCE)
      try {
        const response = await fetch(`${url}/api/pull`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ model, insecure, stream: true }),
          signal: patience.signal,
        })
        const request = `POST /api/pull of ${model}`
        if (!response.ok || !response.body)
          throw AdminRefused({ request, status: response.status, message: errorText(await response.text()) })
        // The status was sent, as 200, before anything was pulled.
        const refused = (message: string) => AdminRefused({ request, status: 'an error', message })
        let last: Progress = {}
        let told = Number.NEGATIVE_INFINITY
        for await (const step of jsonLines(response.body)) {
          // The server repeats a line while nothing comes: only a change is progress.
          if (step.status !== last.status || step.completed !== last.completed) waiting.refresh()
          // Pulls of the same file share one download, which ends when the last of them goes: one that came a moment later is told so.
          if (step.error?.endsWith('context canceled')) throw Conflict({ what: `${request}: another pull was given up` })
          if (step.error !== undefined) throw refused(step.error)
          if (performance.now() - told > EVERY) {
            told = performance.now()
            progress(`${model}: ${percent(step)}${step.status ?? ''}`)
          }
          last = step
        }
        if (last.status !== 'success') throw refused(`it ended with "${last.status ?? 'nothing'}"`)
        progress(`${model}: complete`)
      } finally {
        clearTimeout(waiting)
      }
    },
  }
}

function percent({ completed, total }: Progress): string {
  return total ? `${Math.floor(((completed ?? 0) / total) * 100)} % of ${(total / 1e6).toFixed(0)} MB, ` : ''
}

async function* jsonLines(body: ReadableStream<Uint8Array>): AsyncGenerator<Progress> {
  let text = ''
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    text += chunk
    const lines = text.split('\n')
    text = lines.pop() ?? ''
    for (const line of lines) if (line.trim() !== '') yield JSON.parse(line) as Progress
  }
  if (text.trim() !== '') yield JSON.parse(text) as Progress
}
