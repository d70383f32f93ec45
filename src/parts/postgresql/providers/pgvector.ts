// pgvector compiled from the distribution's source package, where the suite has no binary one and a compiler is there.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Progress } from '#parts/postgresql/provider'
import type { Apt } from '#parts/postgresql/providers/apt'
import { unpackAll } from '#parts/postgresql/providers/debs'
import { has, run } from '#parts/postgresql/run'

export interface CompileOptions {
  readonly apt: Apt
  /** The unpacked packages; pgvector is installed into it. */
  readonly tree: string
  readonly major: number
  readonly env: Readonly<Record<string, string>>
  readonly progress: Progress
}

export async function compilePgvector({ apt, tree, major, env, progress }: CompileOptions): Promise<void> {
  for (const tool of ['make', 'gcc', 'tar', 'xz']) {
    if (!(await has(tool))) throw new Error(`compiling it needs ${tool}, which is not installed (apt install build-essential xz-utils)`)
  }
  progress('fetching the source of pgvector')
  const debs = await apt.downloadOnly([`postgresql-server-dev-${major}`])
  await unpackAll(debs, tree)
  const source = await apt.source('pgvector')
  progress('compiling pgvector')
  const pgConfig = join(tree, `usr/lib/postgresql/${major}/bin/pg_config`)
  const make = ['-s', `PG_CONFIG=${pgConfig}`, 'OPTFLAGS=', 'with_llvm=no']
  await run('make', make, { cwd: source, env })
  await run('sh', ['-c', 'umask 022; exec make "$@"', 'sh', ...make, 'install'], { cwd: source, env })
  if (!existsSync(join(tree, `usr/lib/postgresql/${major}/lib/vector.so`)))
    throw new Error('its library was not installed where it belongs')
}
