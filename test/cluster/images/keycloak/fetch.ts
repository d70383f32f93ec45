// Keycloak's own distribution, and a Java for it.
import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { artefactFolder, copyJava } from '#test/cluster/images/artefacts'
import { artefact, KEYCLOAK_VERSION } from '#test/support/jvm'

/** The build context: `jre`, `keycloak`. */
export async function artefacts(say: (line: string) => void): Promise<string> {
  return artefactFolder('keycloak', KEYCLOAK_VERSION, (folder) => {
    say(`Keycloak ${KEYCLOAK_VERSION} (176 MB) ...`)
    const archive = artefact('org.keycloak', 'keycloak-quarkus-dist', KEYCLOAK_VERSION, 'tar.gz')
    mkdirSync(join(folder, 'keycloak'))
    execFileSync('tar', ['xzf', archive, '-C', join(folder, 'keycloak'), '--strip-components=1'])
    copyJava(folder)
  })
}
