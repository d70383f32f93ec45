// akko plan and akko apply: the ensure engine, run where the platform runs.
import { rolesIn, tokenFor } from '#cli/as-user'
import type { Flags } from '#cli/flags'
import { printJson, printTable, say } from '#cli/output'
import type { Change, Report } from '#ensure/index'
import { jobsCell } from '#platform/registry'
import { applyAsked } from '#runtime/apply'
import { callCell, requireRunning } from '#runtime/client'
import type { Machine } from '#runtime/machine'
import { createFileSecretStore } from '#runtime/secrets'

export async function plan(machine: Machine, flags: Flags): Promise<void> {
  await requireRunning(machine)
  const { lines, checked } = await callCell<{ lines: Change[]; checked: number }>(machine, jobsCell(), '/ensure/plan')
  const changes = lines.filter((l) => l.action === 'create' || l.action === 'update')
  const failed = lines.filter((l) => l.action === 'failed')
  if (flags.json) printJson({ checked, changes, unavailable: lines.filter((l) => l.action === 'unavailable'), failed })
  else {
    if (lines.length > 0)
      printTable(
        ['ACTION', 'RESOURCE', 'WHY'],
        lines.map((l) => [l.action, l.resource, l.detail ?? '']),
      )
    say(`${checked} resources checked, ${changes.length} to change`)
  }
  process.exitCode = failed.length > 0 ? 1 : changes.length > 0 ? 2 : 0
}

export async function apply(machine: Machine, flags: Flags): Promise<void> {
  await requireRunning(machine)
  const token = await tokenFor(machine, flags)
  const asker = { username: token.user, roles: rolesIn(token) }
  const { lines, ms } = await applyAsked(machine, createFileSecretStore(machine.paths.secrets), asker)
  const shown = lines.filter((l) => l.outcome !== 'unchanged')
  const count = (outcome: Report['outcome']) => lines.filter((l) => l.outcome === outcome).length
  if (flags.json) printJson({ ms, created: count('created'), updated: count('updated'), unchanged: count('unchanged'), lines: shown })
  else {
    if (shown.length > 0)
      printTable(
        ['OUTCOME', 'RESOURCE', 'DETAIL'],
        shown.map((l) => [l.outcome, l.resource, l.detail ?? '']),
      )
    say(`${count('created')} created, ${count('updated')} updated, ${count('unchanged')} unchanged, ${count('failed')} failed in ${ms} ms`)
  }
  if (count('failed') > 0) process.exitCode = 1
}
