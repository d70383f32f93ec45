// The cells' side of the supervisor's verb `run`. The supervisor has no database: what it starts and refuses is recorded here, by who asks it.
import { createInterface } from 'node:readline'
import { type Audit, type AuditEvent, auditEvent } from '#kit/audit'
import { openSocketRequest, RemoteError, readBody } from '#kit/http'
import { CELL_KEY_HEADER, type Programs, type RunEnd, type RunRequest } from '#kit/programs'
import type { Secret } from '#kit/secret'

type Line = { readonly stream: 'stdout' | 'stderr'; readonly data: string } | { readonly stream?: undefined; readonly end: RunEnd }

export interface ProgramsDeps {
  readonly socket: string
  /** Given to this process by the supervisor at its start. */
  readonly key: Secret
  /** Of this process, for the record. */
  readonly name: string
  readonly audit: () => Promise<Audit>
}

export function createPrograms({ socket, key, name, audit }: ProgramsDeps): Programs {
  const event = ({ program, person }: RunRequest, outcome: AuditEvent['outcome'], reason?: string) =>
    auditEvent({
      // The supervisor judges what these are.
      who: { sub: String(person?.name ?? ''), via: 'internal', roles: [] },
      what: { part: name, action: 'run', kind: 'program', path: [String(program), String(person?.account ?? '')] },
      outcome,
      ...(reason === undefined ? {} : { reason }),
    })
  return {
    run: async (request, { onOutput, signal } = {}) => {
      await (await audit()).record(event(request, 'allowed'))
      const headers = { [CELL_KEY_HEADER]: key.reveal() }
      const res = await openSocketRequest(socket, { path: '/run', body: request, headers, ...(signal ? { signal } : {}) })
      if (res.statusCode !== 200) {
        const refused = new RemoteError(res.statusCode ?? 500, JSON.parse(await readBody(res)))
        ;(await audit()).note(event(request, refused.status < 500 ? 'denied' : 'failed', refused.message))
        throw refused
      }
      for await (const text of createInterface({ input: res })) {
        const line = JSON.parse(text) as Line
        if (line.stream === undefined) return line.end
        onOutput?.({ stream: line.stream, bytes: Buffer.from(line.data, 'base64') })
      }
      throw new Error('the supervisor broke off')
    },
  }
}
