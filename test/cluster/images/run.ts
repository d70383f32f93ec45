// Programs of an image, run where it was built: by buildah, in a chroot, with no capability.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { chownSync, mkdirSync } from 'node:fs'
import { builtImages, stored } from '#test/cluster/images'
import { buildah, builderEnv } from '#test/cluster/images/builder'

export interface ImageConfig {
  readonly User?: string
  readonly Labels?: Readonly<Record<string, string>>
  readonly Env?: readonly string[]
}

export async function imageConfig(name: string): Promise<ImageConfig> {
  return JSON.parse(buildah('inspect', '--type', 'image', await inStore(name))).OCIv1.config
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  /** Folder of this machine -> folder inside. */
  readonly folders?: Readonly<Record<string, string>>
  /** uid and gid of the folders. */
  readonly owner?: number
}

/** What the program says on both streams. It may end with any code: the test judges its words. */
export async function runInImage(
  name: string,
  command: readonly string[],
  options: RunOptions = {},
): Promise<{ out: string; code: number | null }> {
  const container = buildah('from', '--pull=never', await inStore(name)).trim()
  try {
    const done = spawnSync('buildah', runArguments(container, command, options), { env: builderEnv(), encoding: 'utf8', timeout: 300_000 })
    return { out: done.stdout + done.stderr, code: done.status }
  } finally {
    buildah('rm', container)
  }
}

export interface Started {
  /** Waits until the words were said. */
  heard(words: RegExp): Promise<void>
  /** Another program in the same container; throws with its words. */
  run(command: readonly string[], env?: Readonly<Record<string, string>>): string
  /** Ends it and all that it started, without asking, and forgets the container. */
  kill(): Promise<void>
}

export async function startInImage(name: string, command: readonly string[], options: RunOptions): Promise<Started> {
  const container = buildah('from', '--pull=never', await inStore(name)).trim()
  for (const folder of Object.keys(options.folders ?? {})) {
    mkdirSync(folder, { recursive: true })
    if (options.owner !== undefined) chownSync(folder, options.owner, options.owner)
  }
  const child = spawn('buildah', runArguments(container, command, options), { env: builderEnv(), stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  let ended = false
  const exit = new Promise<void>((resume) => {
    child.on('exit', () => {
      ended = true
      resume()
    })
  })
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => (said += bytes))
  return {
    async heard(words) {
      const until = Date.now() + 120_000
      while (!words.test(said)) {
        if (ended || Date.now() > until) throw new Error(`${name} never said ${words}:\n${said.slice(-3000)}`)
        await new Promise((resume) => setTimeout(resume, 50))
      }
    },
    run: (program, env) =>
      execFileSync('buildah', runArguments(container, program, { ...options, env: { ...options.env, ...env } }), {
        env: builderEnv(),
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    async kill() {
      for (const pid of descendants(child.pid as number)) {
        try {
          process.kill(pid, 'SIGKILL')
        } catch {
          // it ended by itself
        }
      }
      await exit
      buildah('rm', container)
    },
  }
}

function runArguments(container: string, command: readonly string[], { env = {}, folders = {} }: RunOptions): string[] {
  const environment = Object.entries(env).flatMap(([key, value]) => ['--env', `${key}=${value}`])
  const volumes = Object.entries(folders).flatMap(([here, inside]) => ['--volume', `${here}:${inside}`])
  return ['run', '--cap-drop', 'ALL', '--hostname', 'localhost', ...environment, ...volumes, container, '--', ...command]
}

/** Children first lose their parents: the whole tree is listed before anything is killed; it ends before buildah, whose own end then follows. */
function descendants(pid: number): number[] {
  const children = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number) as [number, number])
  const below = (parent: number): number[] => children.filter(([, of]) => of === parent).flatMap(([child]) => [child, ...below(child)])
  return below(pid)
}

async function inStore(name: string): Promise<string> {
  const [image] = await builtImages([name], () => {})
  if (!image) throw new Error(`${name} was not built`)
  await stored(image)
  return image.ref
}
