// Versity S3 Gateway, built by Go.
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { artefactFolder } from '#test/cluster/images/artefacts'
import { goTool, goToolVersion } from '#test/support/go-tools'

/** The build context: `versitygw`. */
export async function artefacts(say: (line: string) => void): Promise<string> {
  const version = goToolVersion('versitygw')
  return artefactFolder('versitygw', version, (folder) => {
    say(`versitygw ${version} ...`)
    copyFileSync(goTool('versitygw'), join(folder, 'versitygw'))
  })
}
