// akko table: tables of the lake, with the rights of who asks.
import { tokenFor } from '#cli/as-user'
import type { Flags } from '#cli/flags'
import { sqlSession } from '#cli/session'
import { listDropped, undrop } from '#cli/table/dropped'
import { TableUsage, tableNamed } from '#cli/table/lake'
import { maintain } from '#cli/table/maintain'
import { list, show } from '#cli/table/show'
import { own } from '#kit/own'
import { noLeastAge } from '#parts/sql/maintenance-terms'
import { ICEBERG_CATALOG } from '#platform/names'
import { requireRunning } from '#runtime/client'
import type { Machine } from '#runtime/machine'

type Verb = (machine: Machine, flags: Flags, name: string | undefined) => Promise<void>

const VERBS: Readonly<Record<string, Verb>> = {
  ls: async (machine, flags, schema) => list(await sqlSession(machine, flags), flags, schema),
  show: async (machine, flags, name) => show(await sqlSession(machine, flags), flags, required(name, 'show')),
  maintain: async (machine, flags, name) =>
    maintain(await sqlSession(machine, flags, noLeastAge(ICEBERG_CATALOG)), flags, name === undefined ? undefined : tableNamed(name)),
  dropped: async (machine, flags) => listDropped(machine, (await tokenFor(machine, flags)).accessToken, flags),
  undrop: async (machine, flags, name) => {
    const table = required(name, 'undrop')
    await undrop(machine, (await tokenFor(machine, flags)).accessToken, flags, table)
  },
}

export async function table(machine: Machine, flags: Flags, verb: string, name?: string): Promise<void> {
  const work = own(VERBS, verb)
  if (!work) throw TableUsage({ problem: `there is no "table ${verb}"` })
  if (flags.dryRun === true && verb !== 'maintain') throw TableUsage({ problem: `table ${verb} takes no --dry-run` })
  if (verb === 'dropped' && name !== undefined) throw TableUsage({ problem: 'table dropped takes no name' })
  await requireRunning(machine)
  await work(machine, flags, name)
}

function required(name: string | undefined, verb: string) {
  if (name === undefined) throw TableUsage({ problem: `table ${verb} takes a table` })
  return tableNamed(name)
}
