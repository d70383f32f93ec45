// `npm run bench cluster`: the core profile on the test cluster, beside a chart of one small pod on the same cluster in the same run.
import { join } from 'node:path'
import { createFigure, type Figure, timed, toReading } from '#cli/bench/figure'
import { BUSYBOX } from '#test/cluster/archive'
import { startCluster, type TestCluster } from '#test/cluster/cluster'
import { NODE_NAME, type Say } from '#test/cluster/kubernetes'
import { allReady, deploy, importPlatformImages, NAMESPACE, startS3 } from '#test/cluster/platform'

const RECORD_LIMIT_KIB = 1024
const SMALL = 'bench-floor'

export async function clusterSuite(say: Say): Promise<Figure[]> {
  const cluster = await startCluster(say)
  try {
    await importPlatformImages(cluster, say)
    await startS3(cluster)
    const small = () =>
      cluster.helm([
        ...['upgrade', '--install', SMALL, join(import.meta.dirname, 'smoke'), '--namespace', SMALL, '--create-namespace'],
        ...['--set', `image=${BUSYBOX}`, '--wait', '--timeout=5m'],
      ])
    const floorInstall = await timed(small)
    const install = await timed(async () => {
      await deploy(cluster)
      await allReady(cluster, say, 900)
    })
    const [upgrade, floorUpgrade] = [await timed(() => deploy(cluster)), await timed(small)]
    const memory = await memoryMib(cluster)
    const pause = memory.get(SMALL)?.[0]?.[1] ?? 0
    const one = (value: number) => toReading([value])
    const record = await recordKib(cluster)
    return [
      figure('install to everything ready, with the demo', 's', install / 1000, floorInstall / 1000, 'a chart of one small pod'),
      figure('upgrade without change', 's', upgrade / 1000, floorUpgrade / 1000, 'the same of the small chart'),
      createFigure({
        name: 'release record',
        unit: 'KiB',
        ours: one(record),
        floor: one(RECORD_LIMIT_KIB),
        against: 'the limit of a Secret',
        aim: { text: 'under 75 %', met: record < 0.75 * RECORD_LIMIT_KIB },
      }),
      ...(memory.get(NAMESPACE) ?? []).map(([pod, mib]) => figure(`memory of ${pod}`, 'MiB', mib, pause, 'the small pod')),
      figure(
        'memory of all pods',
        'MiB',
        (memory.get(NAMESPACE) ?? []).reduce((sum, [, mib]) => sum + mib, 0),
        pause,
        'the small pod',
      ),
    ]
  } finally {
    await cluster.run('helm', ['uninstall', SMALL, '--namespace', SMALL])
    await cluster.stop()
  }
}

function figure(name: string, unit: Figure['unit'], ours: number, floor: number, against: string): Figure {
  return createFigure({ name, unit, ours: toReading([ours]), floor: toReading([floor]), against })
}

interface Summary {
  readonly pods: readonly {
    readonly podRef: { readonly name: string; readonly namespace: string }
    readonly memory?: { readonly workingSetBytes: number }
  }[]
}

/** Namespace -> running pods with the memory that the kubelet counts against them (working set). */
async function memoryMib(cluster: TestCluster): Promise<Map<string, [string, number][]>> {
  const { pods } = JSON.parse(await cluster.kubectl(['get', '--raw', `/api/v1/nodes/${NODE_NAME}/proxy/stats/summary`])) as Summary
  const running = new Set(
    (await cluster.kubectl(['get', 'pods', '--all-namespaces', '--field-selector=status.phase=Running', '--output=name']))
      .trim()
      .split('\n')
      .map((name) => name.replace('pod/', '')),
  )
  const found = new Map<string, [string, number][]>()
  for (const { podRef, memory } of pods) {
    if (!memory || !running.has(podRef.name)) continue
    const list = found.get(podRef.namespace) ?? []
    list.push([podRef.name.replace(/(-[a-z0-9]{8,10})?-[a-z0-9]{5}$/, ''), memory.workingSetBytes / 2 ** 20])
    found.set(podRef.namespace, list)
  }
  for (const list of found.values()) list.sort((a, b) => b[1] - a[1])
  return found
}

/** What the newest Secret of helm's holds of the release, as the API server keeps it. */
async function recordKib(cluster: TestCluster): Promise<number> {
  const { items } = JSON.parse(
    await cluster.kubectl(['get', 'secrets', '--namespace', NAMESPACE, '--selector=owner=helm,status=deployed', '--output=json']),
  ) as { items: { data: { release: string } }[] }
  return Buffer.from(items.at(-1)?.data.release ?? '', 'base64').length / 1024
}
