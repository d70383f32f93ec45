// What a command does, recorded by a process that has a connection already, where the database has none left for the command.
import type { AuditEvent } from '#kit/audit'
import type { QueuedAudit } from '#kit/audit-queue'
import { readBody } from '#kit/http'
import type { PrivateHandler } from '#kit/private-api'
import { jobsCell } from '#platform/registry'
import { callCell } from '#runtime/client'
import type { Machine } from '#runtime/machine'

const RECORD_PATH = '/audit/record'

/** At the cell's private socket, which nobody reaches but who has the audit's password too. */
export function recordsFor(audit: () => Promise<QueuedAudit>): Readonly<Record<string, PrivateHandler>> {
  return {
    [`POST ${RECORD_PATH}`]: async ({ req }) => {
      const event = JSON.parse(await readBody(req)) as Omit<AuditEvent, 'time'> & { readonly time: string }
      await (await audit()).record({ ...event, time: new Date(event.time) })
      return {}
    },
  }
}

/** Throws when the platform does not run, or cannot record it either. */
export async function recordByCell(machine: Machine, event: AuditEvent): Promise<void> {
  await callCell(machine, jobsCell(), RECORD_PATH, event)
}
