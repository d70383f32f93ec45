// How long `up` takes in a fresh home and in one that was there, and what the platform holds when idle.

import { cpuSeconds } from '#cli/bench/cpu'
import { createFigure, type Figure, toReading } from '#cli/bench/figure'
import { bareNodeMemory, bareNodeStart, createBarePostgres } from '#cli/bench/floors'
import type { BenchPlatform } from '#cli/bench/platform'
import { processTree, treePssBytes } from '#kit/processes'
import type { Provider } from '#parts/postgresql/index'
import { postgresServices } from '#platform/registry'
import { supervisorStatus } from '#runtime/client'
import type { SupervisorStatus } from '#runtime/plan'

const WARM_TIMES = 3
const SETTLE_MS = 5000
const MIB = 1024 * 1024
const AIM = { coldSeconds: 10, warmSeconds: 3, idleMib: 1024 } as const

/** Leaves the platform running. */
export async function measureStart(platform: BenchPlatform, provider: Provider, say: (line: string) => void): Promise<readonly Figure[]> {
  const bare = createBarePostgres(provider, platform.runAs, postgresServices().length)
  try {
    say('cold start')
    const cold = await platform.up()
    const coldFloor = (await bare.create()) + (await bareNodeStart())
    const warm: number[] = []
    const warmFloor: number[] = []
    const cpu: number[] = []
    const cpuFloor: number[] = []
    for (let n = 0; n < WARM_TIMES; n++) {
      say(`warm start ${n + 1} of ${WARM_TIMES}`)
      await platform.down()
      warm.push(await platform.up())
      cpu.push(cpuSeconds((await runningStatus(platform)).pid))
      await bare.stop()
      warmFloor.push((await bare.start()) + (await bareNodeStart()))
      cpuFloor.push(bare.cpuSeconds())
    }
    say('idle memory')
    await new Promise((r) => setTimeout(r, SETTLE_MS))
    const { idle, nodes } = await idleMemory(platform)
    const idleFloor = bare.memory() + (await bareNodeMemory(nodes))
    const seconds = (...ms: number[]) => toReading(ms.map((t) => t / 1000))
    return [
      startFigure('up, cold', seconds(cold), seconds(coldFloor), 'bare initdb and start of both PostgreSQL, and one Node', AIM.coldSeconds),
      startFigure('up, warm', seconds(...warm), seconds(...warmFloor), 'bare start of both PostgreSQL, and one Node', AIM.warmSeconds),
      createFigure({
        name: 'up, warm: CPU',
        unit: 's',
        ours: toReading(cpu),
        floor: toReading(cpuFloor),
        against: 'bare start of both PostgreSQL',
      }),
      createFigure({
        name: 'idle memory (PSS)',
        unit: 'MiB',
        ours: { value: idle / MIB, samples: 1 },
        floor: { value: idleFloor / MIB, samples: 1 },
        against: `both PostgreSQL bare, and ${nodes} idle Node`,
        aim: { text: `within ${AIM.idleMib} MiB`, met: idle / MIB <= AIM.idleMib },
      }),
    ]
  } finally {
    await bare.remove()
  }
}

function startFigure(name: string, ours: Figure['ours'], floor: Figure['ours'], against: string, aimSeconds: number): Figure {
  return createFigure({ name, unit: 's', ours, floor, against, aim: { text: `in ${aimSeconds} s`, met: ours.value <= aimSeconds } })
}

async function idleMemory(platform: BenchPlatform): Promise<{ idle: number; nodes: number }> {
  const status = await runningStatus(platform)
  const servers = postgresServices().map((s) => s.name)
  const nodes = 1 + status.cells.filter((c) => c.pid !== undefined && !servers.includes(c.name)).length
  if (processTree(status.pid).length <= nodes) throw new Error('the tree of processes lacks the servers')
  return { idle: treePssBytes(status.pid), nodes }
}

async function runningStatus(platform: BenchPlatform): Promise<SupervisorStatus> {
  const status = await supervisorStatus(platform.machine())
  if (!status) throw new Error('the platform does not run')
  return status
}
