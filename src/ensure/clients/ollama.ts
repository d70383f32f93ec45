// Ollama's API: which models are there, and pulling one. It knows no callers.
import { AdminRefused } from '../errors.ts'
import { createMemo, type Memo } from '../memo.ts'
import { errorText } from './http.ts'

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
  /** Names of the models that are there, with their tags. */
  models(): Promise<ReadonlySet<string>>
  /** Returns when the model is complete and checked. */
  pull(model: string): Promise<void>
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
    models: () =>
      memo.once('models', async () => {
        const response = await fetch(`${url}/api/tags`, { signal: AbortSignal.timeout(30_000) })
        const text = await response.text()
        if (!response.ok) throw AdminRefused({ request: 'GET /api/tags', status: response.status, message: errorText(text) })
        return new Set((JSON.parse(text) as { models: { name: string }[] }).models.map((m) => m.name))
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
        const refused = (message: string) => AdminRefused({ request: `POST /api/pull of ${model}`, status: response.status, message })
        if (!response.ok || !response.body) throw refused(errorText(await response.text()))
        let last: Progress = {}
        let told = Number.NEGATIVE_INFINITY
        for await (const step of jsonLines(response.body)) {
          // The server repeats a line while nothing comes: only a change is progress.
          if (step.status !== last.status || step.completed !== last.completed) waiting.refresh()
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
