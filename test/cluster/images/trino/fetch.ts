// Trino's server tarball with the plugins that the chart configures, and the Java that it demands.
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { artefactFolder, copyJava } from '#test/cluster/images/artefacts'
import { artefact, TRINO_VERSION } from '#test/support/jvm'

const PLUGINS = ['geospatial', 'iceberg', 'memory', 'opa', 'postgresql', 'tpch']

/** The build context: `jre`, `trino`. */
export async function artefacts(say: (line: string) => void): Promise<string> {
  return artefactFolder('trino', `${TRINO_VERSION}-${PLUGINS.join('-')}`, (folder) => {
    say(`Trino ${TRINO_VERSION} (821 MB) ...`)
    const tarball = artefact('io.trino', 'trino-server', TRINO_VERSION, 'tar.gz')
    const trino = join(folder, 'trino')
    mkdirSync(trino)
    // Plugins share files by hard links: all are unpacked before some are left out.
    execFileSync('tar', ['xzf', tarball, '-C', trino, '--strip-components=1'])
    for (const plugin of readdirSync(join(trino, 'plugin'))) {
      if (!PLUGINS.includes(plugin)) rmSync(join(trino, 'plugin', plugin), { recursive: true })
    }
    copyFileSync(join(import.meta.dirname, 'run-trino'), join(trino, 'bin/run-trino'))
    copyJava(folder)
  })
}
