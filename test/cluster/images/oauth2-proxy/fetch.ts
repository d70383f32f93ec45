// oauth2-proxy, built by Go.
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { artefactFolder } from '#test/cluster/images/artefacts'
import { goTool, goToolVersion } from '#test/support/go-tools'

/** The build context: `oauth2-proxy`. */
export async function artefacts(say: (line: string) => void): Promise<string> {
  const version = goToolVersion('oauth2-proxy')
  return artefactFolder('oauth2-proxy', version, (folder) => {
    say(`oauth2-proxy ${version} ...`)
    copyFileSync(goTool('oauth2-proxy'), join(folder, 'oauth2-proxy'))
  })
}
