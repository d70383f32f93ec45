// The real Ollama of the version that the chart runs, on a loopback port. It is upstream's program, built from its Go module, with one thing cut
// out: inference. llama.cpp and ggml (C++, some twenty minutes to compile, and the module lacks headers of theirs) are replaced by the few
// names below, which refuse. Everything that answers its API, and what pulls, checks, keeps and lists models, is upstream's, unchanged.
import { execFileSync, spawn } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serviceNamed } from '#platform/registry'
import { built, goEnvironment } from '#test/support/go-tools'
import { freePort } from '#test/support/postgres'

const VERSION = serviceNamed('ollama').cluster?.image.tag
const MODULE = 'github.com/ollama/ollama'

const REFUSED = 'errors.New("this Ollama was built without inference")'
/** Files of upstream's tree that are ours: two of packages that are C++ without these, and the one that starts inference. */
const WITHOUT_INFERENCE: Readonly<Record<string, string>> = {
  'llama/without_inference.go': `package llama

import "errors"

type Model struct{}
type ModelParams struct{ VocabOnly bool }

func LoadModelFromFile(string, ModelParams) (*Model, error)    { return nil, ${REFUSED} }
func FreeModel(*Model)                                         {}
func SchemaToGrammar([]byte) []byte                            { return nil }
func (*Model) Tokenize(string, bool, bool) ([]int, error)      { return nil, ${REFUSED} }
func (*Model) TokenToPiece(int) string                         { panic(${REFUSED}) }
`,
  'ml/backend/ggml/without_inference.go': `package ggml

import (
	"errors"

	fsggml "${MODULE}/fs/ggml"
)

func ConvertToF32([]byte, uint32, uint64) []float32              { panic(${REFUSED}) }
func Quantize(fsggml.TensorType, []float32, []uint64) []byte     { panic(${REFUSED}) }
`,
  'runner/runner.go': `package runner

import "errors"

func Execute([]string) error { return ${REFUSED} }
`,
}
/** Nothing of these is in the program. */
const UNUSED = ['app', 'docs', 'integration']

/** Path of the binary. The first time takes Go two to three minutes on two cores. */
export function ollamaBinary(): string {
  const module = `${MODULE}@v${VERSION}`
  return built('ollama', [module, JSON.stringify(WITHOUT_INFERENCE)].join('\n'), module, (work) => {
    const go = (cwd: string, ...args: string[]) =>
      execFileSync('go', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], env: goEnvironment() })
    const { Dir } = JSON.parse(go(work, 'mod', 'download', '-json', module)) as { Dir: string }
    // A copy: Go lets nobody lay files over its module cache, whose own are read-only.
    const source = join(work, 'source')
    cpSync(Dir, source, { recursive: true, filter: (path) => !UNUSED.some((name) => path === join(Dir, name)) })
    execFileSync('chmod', ['-R', 'u+w', source])
    for (const [path, text] of Object.entries(WITHOUT_INFERENCE)) writeFileSync(join(source, path), text)
    go(source, 'build', '-trimpath', '-ldflags', `-s -w -X=${MODULE}/version.Version=${VERSION}`, '-o', join(work, 'ollama'), '.')
    return 'ollama'
  })
}

export interface Ollama {
  readonly url: string
  /** Its models' folder: `blobs` and `manifests`. */
  readonly models: string
  /** Ollama's own command line, asking this server. */
  cli(...args: readonly string[]): string
  stop(): Promise<void>
}

export async function startOllama(): Promise<Ollama> {
  const binary = ollamaBinary()
  const home = mkdtempSync(join(tmpdir(), 'akko-ollama-'))
  const address = `127.0.0.1:${await freePort()}`
  const models = join(home, 'models')
  const env = { PATH: process.env.PATH, HOME: home, OLLAMA_HOST: address, OLLAMA_MODELS: models, GIN_MODE: 'release' }
  const child = spawn(binary, ['serve'], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  let log = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log = (log + text).slice(-4000)
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const stop = async () => {
    child.kill('SIGTERM')
    await ended
    rmSync(home, { recursive: true, force: true })
  }
  const url = `http://${address}`
  for (let left = 400; ; left--) {
    const ready = await fetch(`${url}/api/version`).then(
      (r) => r.ok,
      () => false,
    )
    if (ready) break
    if (left === 0 || child.exitCode !== null) {
      await stop()
      throw new Error(`Ollama did not start: ${log}`)
    }
    await new Promise((r) => setTimeout(r, 50))
  }
  return { url, models, cli: (...args) => execFileSync(binary, args, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }), stop }
}
