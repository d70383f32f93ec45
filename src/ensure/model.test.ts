// Models in a real Ollama, pulled from a registry of the test's: the four laws, and what becomes of a pull that goes wrong.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createEnsureContext } from '#ensure/context'
import { apply, plan } from '#ensure/engine'
import { resourceId } from '#ensure/kinds'
import { anyFixture, createMemoryStore, type Fixture, type LawServer, obeysTheLaws } from '#ensure/test-laws'
import { type ModelRegistry, startModelRegistry } from '#test/support/model-registry'
import { type Ollama, startOllama } from '#test/support/ollama'

interface OllamaLawServer extends LawServer {
  evidence(): Promise<unknown>
  remove(model: string): Promise<void>
}

let ollama: Ollama
let registry: ModelRegistry
let server: OllamaLawServer

beforeAll(async () => {
  registry = await startModelRegistry()
  ollama = await startOllama()
  server = {
    endpoints: { ollama: { url: ollama.url, insecure: true } },
    evidence: async () => (await fetch(`${ollama.url}/api/tags`)).json(),
    remove: async (model) => {
      const response = await fetch(`${ollama.url}/api/delete`, { method: 'DELETE', body: JSON.stringify({ model }) })
      if (!response.ok) throw new Error(await response.text())
    },
    stop: () => ollama.stop(),
  }
  // The first time builds it.
}, 900_000)
afterAll(async () => {
  await ollama?.stop()
  await registry?.stop()
})

const model = (path: string) => ({ kind: 'model', name: `${registry.host}/${path}` }) as const
const fixture: Fixture<OllamaLawServer, 'model'> = {
  kind: 'model',
  make: (s) => {
    registry.publish(`law/tiny-${s}`)
    return [model(`law/tiny-${s}`)]
  },
  remove: (_, { name }) => server.remove(name),
}
const context = () => createEnsureContext({ ...server.endpoints, secrets: createMemoryStore() })
const listed = async () => ((await server.evidence()) as { models: { name: string }[] }).models.map((m) => m.name)
const blob = (digest: string) => digest.replace(':', '-')

describe('the four laws', () => {
  obeysTheLaws(() => server, [anyFixture(fixture)])
})

describe('names', () => {
  it('are those of Ollama: its own registry, the library and the newest tag go without saying', async () => {
    registry.publish('names/source')
    await apply([model('names/source')], context())
    const copy = { source: model('names/source').name, destination: 'qwen2.5:3b' }
    for (const destination of ['qwen2.5:3b', 'embedder'])
      await fetch(`${ollama.url}/api/copy`, { method: 'POST', body: JSON.stringify({ ...copy, destination }) })
    const names = ['qwen2.5:3b', 'library/qwen2.5:3b', 'registry.ollama.ai/library/qwen2.5:3b', 'embedder', 'embedder:latest', 'Embedder']
    const resources = names.map((name) => ({ kind: 'model', name }) as const)
    expect(await plan(resources, context())).toEqual([])
    // Another tag is another model.
    expect(await plan([{ kind: 'model', name: 'qwen2.5' }], context())).toMatchObject([{ action: 'create' }])
  })

  it('that are none fail with the reason', async () => {
    const [report] = await apply([{ kind: 'model', name: 'no model' }], context())
    expect(report).toMatchObject({ outcome: 'failed', detail: 'POST /api/pull of no model was answered with 400: invalid model name' })
  })
})

describe('what is there', () => {
  it("is what Ollama's own command line lists", async () => {
    registry.publish('cli/listed')
    await apply([model('cli/listed')], context())
    expect(ollama.cli('list')).toContain(`${registry.host}/cli/listed:latest`)
    expect(ollama.cli('show', model('cli/listed').name)).toMatch(/architecture\s+llama/)
  })

  it('is pulled again when its weights are lost', async () => {
    const digest = registry.publish('lost/weights')
    await apply([model('lost/weights')], context())
    rmSync(join(ollama.models, 'blobs', blob(digest)))
    expect(await plan([model('lost/weights')], context())).toMatchObject([{ action: 'create' }])
    expect(await apply([model('lost/weights')], context())).toMatchObject([{ outcome: 'created' }])
    expect(await plan([model('lost/weights')], context())).toEqual([])
  })

  it('is pulled again when a manifest was cut off', async () => {
    registry.publish('lost/manifest')
    await apply([model('lost/manifest')], context())
    writeFileSync(join(ollama.models, 'manifests', registry.host, 'lost/manifest/latest'), '{"schemaVersion":2,')
    expect(await plan([model('lost/manifest')], context())).toMatchObject([
      { action: 'update', detail: expect.stringContaining('it cannot be read') },
    ])
    expect(await apply([model('lost/manifest')], context())).toMatchObject([{ outcome: 'updated' }])
    expect(await plan([model('lost/manifest')], context())).toEqual([])
  })
})

describe('a pull that goes wrong', () => {
  it('is a report with the model and the reason, and the other models come', async () => {
    registry.publish('wrong/neighbour')
    const nowhere = model('wrong/nowhere')
    const [missing, neighbour] = await apply([nowhere, model('wrong/neighbour')], context())
    expect(missing).toMatchObject({
      resource: resourceId(nowhere),
      outcome: 'failed',
      detail: `POST /api/pull of ${nowhere.name} was answered with an error: pull model manifest: file does not exist`,
    })
    expect(neighbour).toMatchObject({ outcome: 'created' })
    expect((await listed()).filter((name) => name.includes('wrong/nowhere'))).toEqual([])
  })

  it('names a registry that does not answer', async () => {
    const [report] = await apply([{ kind: 'model', name: '127.0.0.1:9/law/tiny' }], context())
    expect(report).toMatchObject({ outcome: 'failed', detail: expect.stringContaining('127.0.0.1:9: connect: connection refused') })
  })

  it('leaves nothing of a file that is not what its digest says, and the next one succeeds', async () => {
    const digest = registry.publish('wrong/corrupt', 'corrupt')
    const [report] = await apply([model('wrong/corrupt')], context())
    expect(report).toMatchObject({ outcome: 'failed', detail: expect.stringContaining('digest mismatch') })
    expect((await listed()).filter((name) => name.includes('wrong/corrupt'))).toEqual([])
    expect(readdirSync(join(ollama.models, 'blobs')).filter((file) => file.startsWith(blob(digest)))).toEqual([])
    expect(await plan([model('wrong/corrupt')], context())).toMatchObject([{ action: 'create' }])
    expect(await apply([model('wrong/corrupt')], context())).toMatchObject([{ outcome: 'created' }])
  })

  it('goes on by itself when the connection breaks', async () => {
    const digest = registry.publish('wrong/cut', 'cut')
    expect(await apply([model('wrong/cut')], context())).toMatchObject([{ outcome: 'created' }])
    expect(registry.ranges(digest)).toEqual([0, expect.toSatisfy((start: number) => start > 0)])
  })

  it('goes on where it was when the one who asked for it is killed', async () => {
    const digest = registry.publish('wrong/killed', 'silent')
    const run = spawnRun(model('wrong/killed').name)
    await registry.halfSent(digest)
    run.kill('SIGKILL')
    await once(run, 'exit')
    expect((await listed()).filter((name) => name.includes('wrong/killed'))).toEqual([])
    expect(await apply([model('wrong/killed')], context())).toMatchObject([{ outcome: 'created' }])
    expect(registry.ranges(digest)).toEqual([0, expect.toSatisfy((start: number) => start > 0)])
    expect(await plan([model('wrong/killed')], context())).toEqual([])
  })
})

/** Another process that pulls, as the job's pod is one. */
function spawnRun(name: string) {
  const client = new URL('clients/ollama.ts', import.meta.url)
  const script = `const { createOllamaClient } = await import('${client}')
await createOllamaClient({ url: '${ollama.url}', insecure: true }).pull('${name}')`
  return spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'inherit', 'inherit'] })
}
