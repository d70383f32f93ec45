// akko audit verify: whether what is kept is what was written, and what that does not show.
import type { Flags } from '#cli/flags'
import { printJson, say } from '#cli/output'
import type { Finding } from '#kit/audit-chain'
import type { AuditReader, MachineVerified } from '#runtime/audit'

const UNSEEN = `not shown by it: whoever is root here can write another chain, and sign anchors of it, from the last anchor on that lies out of his reach
  (--anchors; docs/threat-model.md, "What an audit shows")`

/** Exits 1 when something is not as it was written. */
export async function verifyAudit(events: AuditReader, flags: Flags): Promise<void> {
  const found = await events.verify({
    ...(flags.since instanceof Date ? { since: flags.since } : {}),
    ...(typeof flags.anchors === 'string' ? { anchors: flags.anchors } : {}),
    ...(process.stderr.isTTY ? { progress: tellProgress } : {}),
  })
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
  const said = found.findings.map((finding) => ({ ...finding, says: sayFinding(finding) }))
  if (flags.json) printJson({ ...found, findings: said })
  else process.stdout.write([...said.map(({ says }) => says), summary(found)].map((line) => `${line}\n`).join(''))
  if (!flags.json) say(UNSEEN)
  if (found.findings.length > 0) process.exitCode = 1
}

function tellProgress(done: number, all: number): void {
  process.stderr.write(`\r${done} of ${all} events`)
}

function summary({ rows, first, last, head, removedThrough, findings, more, anchors }: MachineVerified): string {
  if (findings.length > 0) return `NOT as it was written: ${findings.length + more} findings in ${rows} events`
  if (rows === 0) return 'there are no events'
  const removed = removedThrough === undefined ? '' : `; those up to ${removedThrough} went after their days, on record`
  return `${rows} events, numbers ${first} to ${last}, are as they were written, and as ${anchors} anchors have them${removed}\nSHA-256 of the last: ${head}`
}

/** What was found, and what it can have been. */
export function sayFinding({ kind, from, to, time, id }: Finding): string {
  const [numbers, at] = [from === to ? `number ${from}` : `numbers ${from} to ${to}`, time === undefined ? '' : ` (${time})`]
  switch (kind) {
    case 'missing':
      return `${numbers}: removed; the next event is of ${time}`
    case 'beginning':
      return `${numbers}: removed, and not by the retention: no event of it says so`
    case 'end':
      return `${numbers}: removed from the end: an anchor of ${time} has them`
    case 'rewritten':
      return `${numbers}: an anchor of ${time} has another hash: the chain up to there was written anew`
    case 'early':
      return `${numbers}: removed before their days, as an anchor of ${time} shows`
    case 'anchor':
      return `an anchor that this platform's key did not sign, or that was changed: ${id}`
    case 'twice':
      return `${numbers}${at}: stands there twice: one was put beside it`
    case 'outside':
      return `an event without a number, ${id}${at}: put in past the chain`
    case 'changed':
      return from === to
        ? `${numbers}${at}: not as it was written: it was changed, or the one before it was and given another hash`
        : `${numbers}, the first${at}: not as they were written: changed, in another order, or one before them was put in or taken out`
  }
}
