// The chain of the audit as the database makes it (ADR-030): each row has a number and the SHA-256 over itself and the hash of the row before.

/**
 * RFC 8785 of one row: its members by their names, the row before in hexadecimal digits, the time to the microsecond in UTC. Of texts `to_json`
 * escapes what RFC 8785 does, and as it does.
 */
const CANONICAL = `concat(
       '{"action":', to_json(event.action),
       ',"address":', coalesce(to_json(event.address)::text, 'null'),
       ',"id":"', event.id,
       '","kind":', to_json(event.kind),
       ',"number":', event.number,
       ',"outcome":', to_json(event.outcome),
       ',"part":', to_json(event.part),
       ',"path":', to_json(event.path),
       ',"previous":"', encode(previous, 'hex'),
       '","reason":', coalesce(to_json(event.reason)::text, 'null'),
       ',"requestId":', to_json(event.request_id),
       ',"roles":', to_json(event.roles),
       ',"sub":', to_json(event.sub),
       ',"time":"', to_char(event.time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
       '","via":', to_json(event.via), '}')`

/** A step of the migrations. What is there already is the chain's beginning, in the order of its times. */
export const CHAIN_STEP = `
   ALTER TABLE akko.audit ADD COLUMN number bigint, ADD COLUMN hash bytea, ADD CONSTRAINT time_is_finite CHECK (isfinite(time));
   CREATE FUNCTION akko.audit_hash(event akko.audit, previous bytea) RETURNS bytea LANGUAGE plpgsql STABLE AS $$
     BEGIN RETURN sha256(convert_to(${CANONICAL}, 'UTF8')); END $$;
   CREATE FUNCTION akko.chain_event() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
     DECLARE last record;
     BEGIN
       PERFORM pg_advisory_xact_lock(hashtextextended('akko.audit chain', 0));
       SELECT number, hash INTO last FROM akko.audit ORDER BY number DESC LIMIT 1;
       NEW.number := coalesce(last.number, 0) + 1;
       NEW.hash := akko.audit_hash(NEW, coalesce(last.hash, ''));
       RETURN NEW;
     END $$;
   DROP TRIGGER append_only ON akko.audit;
   GRANT UPDATE ON akko.audit TO CURRENT_USER;
   DO $$
     DECLARE
       event akko.audit;
       previous bytea := '';
       count bigint := 0;
     BEGIN
       FOR event IN SELECT * FROM akko.audit ORDER BY time, id LOOP
         count := count + 1;
         event.number := count;
         previous := akko.audit_hash(event, previous);
         UPDATE akko.audit SET number = count, hash = previous WHERE id = event.id;
       END LOOP;
     END $$;
   REVOKE UPDATE ON akko.audit FROM CURRENT_USER;
   CREATE TRIGGER append_only BEFORE UPDATE OR TRUNCATE ON akko.audit FOR EACH STATEMENT EXECUTE FUNCTION akko.refuse_change();
   ALTER TABLE akko.audit ENABLE ALWAYS TRIGGER append_only;
   CREATE TRIGGER chain BEFORE INSERT ON akko.audit FOR EACH ROW EXECUTE FUNCTION akko.chain_event();
   ALTER TABLE akko.audit ENABLE ALWAYS TRIGGER chain;
   ALTER TABLE akko.audit ALTER COLUMN number SET NOT NULL, ALTER COLUMN hash SET NOT NULL;
   CREATE UNIQUE INDEX audit_by_number ON akko.audit (number)`
