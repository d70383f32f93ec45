// What the supervisor is told of programs that parts may have started for people.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { machineServices } from '#platform/registry'
import { loadMachine } from '#runtime/home'
import { ownerFile } from '#runtime/machine'
import { programsOf } from '#runtime/run-plan'
import { defaultUser } from '#runtime/tokens'

const LIMITS = { memoryMb: 1, cpuSeconds: 1, processes: 1, openFiles: 1, fileMb: 1, wallSeconds: 1, outputBytes: 1 }
const program = (path: string) => ({ command: [path] as const, limits: LIMITS })

it('programs are those that the parts of a cell declare; without any there is no verb', () => {
  const home = mkdtempSync(join(tmpdir(), 'akko-plan-'))
  const machine = loadMachine(home)
  rmSync(home, { recursive: true })
  const services: Parameters<typeof programsOf>[2] = [
    { machine: { cell: 'lab', programs: { python: program('/usr/bin/python3') } } },
    { machine: { cell: 'lab', programs: { dbt: program('/usr/bin/dbt') } } },
    { machine: { cell: 'edge' } },
  ]
  const cells = { lab: { python: program('/usr/bin/python3'), dbt: program('/usr/bin/dbt') } }
  const asAkko = programsOf(machine, { uid: 900, gid: 901, name: 'akko' }, services)
  expect(asAkko).toMatchObject({ cells, listen: { gid: 901 }, users: { kind: 'people' } })
  const asOwner = programsOf(machine, undefined, services)
  expect(asOwner).toMatchObject({ cells, users: { kind: 'owner', name: defaultUser(machine), file: ownerFile(machine) } })
  expect(asOwner?.listen).not.toHaveProperty('gid')
  expect(programsOf(machine, undefined, [{ machine: { cell: 'edge' } }])).toBeUndefined()
  const declared = machineServices().map(({ machine: shape }) => Object.values(shape.programs ?? {}))
  expect(declared.length).toBeGreaterThan(5)
  expect(declared.flat().filter(({ command }) => !command[0]?.startsWith('/'))).toEqual([])
})
