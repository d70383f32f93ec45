// The whole test cluster in one call, and by hand: `AKKO_TEST_CLUSTER=keep` leaves it running, and the next run finds it.
//   AKKO_TEST_CLUSTER=keep ./akko run test/cluster/cluster.ts up [cnpg]     then  ~/.cache/akko/cluster/kept/in kubectl get pods -A
//   ./akko run test/cluster/cluster.ts down
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { installCnpg } from '#test/cluster/cnpg'
import { Daemons } from '#test/cluster/daemons'
import { type ControlPlane, type Say, startControlPlane, stopControlPlane } from '#test/cluster/kubernetes'
import { startNode, stopNode, type TestNode } from '#test/cluster/node'
import { CLUSTER_CACHE } from '#test/cluster/tools'

export type TestCluster = ControlPlane & Pick<TestNode, 'ctr' | 'importImages'>

const KEPT = join(CLUSTER_CACHE, 'kept')

/** Control plane, node, DNS, volumes. A kept cluster is found again, and its `stop` does nothing. */
export async function startCluster(say: Say, keep = process.env.AKKO_TEST_CLUSTER === 'keep'): Promise<TestCluster> {
  const plane = await startControlPlane(say, keep ? { folder: KEPT, keep } : {})
  try {
    const node = await startNode(plane, say)
    const stop = async () => {
      await node.stop()
      await plane.stop()
    }
    if (keep) say(`kept; by hand: ${writeDoor(plane)} kubectl get pods --all-namespaces`)
    return { ...plane, ctr: node.ctr, importImages: node.importImages, stop: keep ? async () => {} : stop }
  } catch (error) {
    if (!keep) {
      await stopNode(plane)
      await plane.stop()
    }
    throw error
  }
}

/** Ends a kept cluster and removes all of it. */
export async function endKept(): Promise<void> {
  const kept = { folder: KEPT, daemons: new Daemons(KEPT, true) }
  await stopNode(kept)
  await stopControlPlane(kept)
}

/** A script that runs its words inside the cluster's network. */
function writeDoor({ folder, inside, env }: ControlPlane): string {
  const file = join(folder, 'in')
  const words = [...inside, 'env', ...Object.entries(env).map(([k, v]) => `${k}=${v}`), `CONTAINERD_ADDRESS=${folder}/containerd.sock`]
  writeFileSync(file, `#!/bin/sh\nexport CONTAINERD_NAMESPACE=k8s.io\nexec ${words.map((w) => `'${w}'`).join(' ')} "$@"\n`, { mode: 0o755 })
  return file
}

if (import.meta.main) {
  const say = (line: string) => process.stdout.write(`${line}\n`)
  const [verb, ...what] = process.argv.slice(2)
  if (verb === 'up') {
    const cluster = await startCluster(say, true)
    if (what.includes('cnpg')) await installCnpg(cluster, say)
  } else if (verb === 'down') await endKept()
  else throw new Error('up [cnpg], or down')
}
