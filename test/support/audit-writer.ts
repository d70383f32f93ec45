// A process that writes batches of events to the audit of the database in its first word, without an end; it says a word once it writes.
import pg from 'pg'
import { auditEvent } from '#kit/audit'
import { createPostgresAuditStore } from '#kit/audit-postgres'

const store = createPostgresAuditStore({ owner: async () => new pg.Pool({ connectionString: process.argv[2] as string, max: 1 }) })
await store.open()
for (;;) {
  const what = { part: 'p', action: 'write', kind: 'table', path: [] }
  await store.append(
    Array.from({ length: 50 }, () => auditEvent({ who: { sub: 'killed', via: 'bearer', roles: [] }, what, outcome: 'allowed' })),
  )
  process.stdout.write('.')
}
