// Open Policy Agent, built by Go.
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { artefactFolder } from '#test/cluster/images/artefacts'
import { goTool, goToolVersion } from '#test/support/go-tools'

/** The build context: `opa`. */
export async function artefacts(say: (line: string) => void): Promise<string> {
  const version = goToolVersion('opa')
  return artefactFolder('opa', version, (folder) => {
    say(`opa ${version} ...`)
    copyFileSync(goTool('opa'), join(folder, 'opa'))
  })
}
