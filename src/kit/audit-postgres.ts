// The audit's store in PostgreSQL: the table akko.audit, which takes new rows, and loses old ones to its owner only.
import type pg from 'pg'
import type { AuditEvent } from '#kit/audit'
import { ANCHOR_STEP } from '#kit/audit-anchors'
import { CHAIN_STEP } from '#kit/audit-chain-sql'
import { FORWARD_STEP } from '#kit/audit-forward'
import type { AuditStore } from '#kit/audit-queue'
import { migrate } from '#kit/migrate'
import { isOfData } from '#kit/postgres-error'

const SCHEMA = 'akko'

/** Of the schema. */
export const AUDIT_STEPS: readonly string[] = [
  `CREATE TABLE akko.audit (
     id uuid PRIMARY KEY,
     time timestamptz NOT NULL,
     request_id text NOT NULL,
     sub text NOT NULL,
     via text NOT NULL,
     roles text[] NOT NULL,
     part text NOT NULL,
     action text NOT NULL,
     kind text NOT NULL,
     path text[] NOT NULL,
     outcome text NOT NULL CHECK (outcome IN ('allowed', 'denied', 'failed')),
     reason text,
     address text
   );
   CREATE INDEX audit_by_time ON akko.audit (time);
   CREATE INDEX audit_by_request ON akko.audit (request_id);
   CREATE FUNCTION akko.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN RAISE EXCEPTION 'akko.audit is append-only' USING ERRCODE = 'insufficient_privilege'; END $$;
   CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON akko.audit FOR EACH STATEMENT EXECUTE FUNCTION akko.refuse_change();
   ALTER TABLE akko.audit ENABLE ALWAYS TRIGGER append_only;
   REVOKE UPDATE, DELETE, TRUNCATE ON akko.audit FROM CURRENT_USER`,
  // What is older than a retention may go; the last 30 days stay whatever anybody says.
  `DROP TRIGGER append_only ON akko.audit;
   CREATE TRIGGER append_only BEFORE UPDATE OR TRUNCATE ON akko.audit FOR EACH STATEMENT EXECUTE FUNCTION akko.refuse_change();
   ALTER TABLE akko.audit ENABLE ALWAYS TRIGGER append_only;
   CREATE FUNCTION akko.refuse_early_end() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN
       IF OLD.time > now() - interval '30 days' THEN
         RAISE EXCEPTION 'akko.audit is append-only: it keeps the last 30 days' USING ERRCODE = 'insufficient_privilege';
       END IF;
       RETURN OLD;
     END $$;
   CREATE TRIGGER keep_recent BEFORE DELETE ON akko.audit FOR EACH ROW EXECUTE FUNCTION akko.refuse_early_end();
   ALTER TABLE akko.audit ENABLE ALWAYS TRIGGER keep_recent;
   GRANT DELETE ON akko.audit TO CURRENT_USER`,
  CHAIN_STEP,
  ANCHOR_STEP,
  FORWARD_STEP,
]

export interface PostgresAuditOptions {
  /** As the database's owner, who makes the table; ended once that is done where there is a writer. */
  owner(): Promise<pg.Pool>
  /** As a role that may add and read rows, and no more; without it the owner writes. */
  readonly writer?: { readonly role: string; pool(): Promise<pg.Pool> }
}

export function createPostgresAuditStore({ owner, writer }: PostgresAuditOptions): AuditStore {
  let pool: pg.Pool | undefined
  const close = async () => {
    const last = pool
    pool = undefined
    if (writer) await last?.end()
  }
  return {
    close,
    open: async () => {
      await close()
      const maker = await owner()
      try {
        await migrate(maker, { schema: SCHEMA, steps: AUDIT_STEPS, ...(writer ? { always: grants(writer.role) } : {}) })
      } finally {
        if (writer) await maker.end()
      }
      pool = writer ? await writer.pool() : maker
      await pool.query('SELECT FROM akko.audit LIMIT 0')
    },
    append: async (events) => {
      if (!pool) throw new Error('the store is not open')
      try {
        await insertEvents(pool, events)
        return []
      } catch (error) {
        if (!isOfData(error)) throw error
        if (events.length === 1) return events
        return oneByOne(pool, events)
      }
    },
  }
}

/** One that is there already is not added again. */
export async function insertEvents(pool: pg.Pool, events: readonly AuditEvent[]): Promise<void> {
  const rows = events.map(({ id, time, requestId, who, what, outcome, reason, address }) => ({
    ...{ id, time, request_id: requestId, ...who, ...what, outcome, reason, address },
  }))
  await pool.query(
    `INSERT INTO akko.audit (id, time, request_id, sub, via, roles, part, action, kind, path, outcome, reason, address)
     SELECT id, time, request_id, sub, via, roles, part, action, kind, path, outcome, reason, address
     FROM json_to_recordset($1::json) AS e (id uuid, time timestamptz, request_id text, sub text, via text, roles text[], part text,
       action text, kind text, path text[], outcome text, reason text, address text)
     ON CONFLICT (id) DO NOTHING`,
    [JSON.stringify(rows)],
  )
}

/** One that the database cannot hold must not keep the others from it. */
async function oneByOne(pool: pg.Pool, events: readonly AuditEvent[]): Promise<readonly AuditEvent[]> {
  const refused: AuditEvent[] = []
  for (const event of events) {
    try {
      await insertEvents(pool, [event])
    } catch (error) {
      if (!isOfData(error)) throw error
      refused.push(event)
    }
  }
  return refused
}

function grants(role: string): string {
  if (!/^[a-z_][a-z0-9_]*$/.test(role)) throw new Error(`${role} is not a plain name`)
  return `GRANT USAGE ON SCHEMA akko TO ${role}; GRANT SELECT, INSERT ON akko.audit TO ${role};
    GRANT SELECT ON akko.audit_anchors TO ${role}`
}
