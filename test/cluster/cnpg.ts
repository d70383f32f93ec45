// CloudNativePG's operator from its own release manifest, on an image of the binary that Go built.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CNPG, cnpgImage } from '#test/cluster/archive'
import type { TestCluster } from '#test/cluster/cluster'
import { CNPG_SUM } from '#test/cluster/crds'
import { eventually } from '#test/cluster/daemons'
import type { Say } from '#test/cluster/kubernetes'
import { moduleSources, moduleVersion } from '#test/cluster/tools'

const MODULE = 'github.com/cloudnative-pg/cloudnative-pg'

export async function installCnpg(cluster: TestCluster, say: Say): Promise<void> {
  await cluster.importImages([cnpgImage(say)])
  const began = Date.now()
  const version = moduleVersion('cnpg', MODULE)
  const released = readFileSync(join(moduleSources(MODULE, version, CNPG_SUM), `releases/cnpg-${version.slice(1)}.yaml`), 'utf8')
  const manifest = released
    .replaceAll(/ghcr\.io\/cloudnative-pg\/cloudnative-pg:[\w.]+/g, CNPG)
    .replaceAll('imagePullPolicy: Always', 'imagePullPolicy: IfNotPresent')
  if (manifest.includes('ghcr.io') || !manifest.includes(CNPG))
    throw new Error(`the manifest of ${MODULE}@${version} names its image otherwise`)
  await cluster.kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], manifest)
  const rollout = ['--namespace=cnpg-system', 'rollout', 'status', 'deployment/cnpg-controller-manager', '--timeout=1s']
  await eventually('the operator of CloudNativePG is ready', 180, () => cluster.run('kubectl', rollout))
  say(`CloudNativePG ${version} ready after ${((Date.now() - began) / 1000).toFixed(1)} s`)
}
