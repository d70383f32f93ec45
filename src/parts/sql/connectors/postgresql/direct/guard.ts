// What stands in a database before a person enters it: the owner's definitions stay free of what is made for persons, and doors past the policy are shut.
import pg from 'pg'
import { SUPERUSER_PATH } from '#kit/superuser-session'
import { GUARD, KEEPER, PERSONS } from '#parts/sql/connectors/postgresql/direct/names'

const id = pg.escapeIdentifier

/** Set by the keeper for a transaction of its own; it counts for the superuser alone. */
export const QUIET = 'akko.quiet'

const PATH = `search_path = ${SUPERUSER_PATH}`

const isOwn = `session_user = 'postgres' AND current_setting('${QUIET}', true) = 'on'`

/** A trigger on the start comes before the look at rights: what is there for the owner's definitions is not for persons, who make none. */
const ON_PERSON = `CREATE OR REPLACE FUNCTION ${GUARD}.on_person() RETURNS event_trigger LANGUAGE plpgsql SET ${PATH} AS $body$
BEGIN
  IF EXISTS (
    SELECT FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid JOIN pg_roles r ON r.oid = m.member WHERE g.rolname = '${PERSONS}' AND r.rolname = session_user
  ) THEN RAISE EXCEPTION 'permission denied for %', tg_tag USING ERRCODE = 'insufficient_privilege', HINT = 'persons make no definitions'; END IF;
END $body$`

/**
 * Views would keep their owner from dropping or changing his tables. So they go with the beginning of such a statement, in its transaction, and the keeper
 * makes them again when it has ended. Which person holds one meanwhile, in a transaction that he leaves open, is ended: nobody else waits for him. A statement that is sent by itself and names none of the tables leaves them.
 */
const ON_START = `CREATE OR REPLACE FUNCTION ${GUARD}.on_start() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER SET ${PATH} AS $body$
DECLARE
  v record;
  q text := lower(current_query());
BEGIN
  IF (${isOwn}) OR current_setting('akko.dropping', true) = 'on' THEN RETURN; END IF;
  IF tg_tag IN ('DROP TABLE', 'ALTER TABLE', 'DROP VIEW', 'ALTER VIEW') AND q ~ '^\\s*(drop|alter)\\s' AND position('u&"' IN q) = 0 AND NOT EXISTS (
    WITH RECURSIVE bases(oid) AS (
      SELECT d.refobjid FROM pg_class c JOIN pg_rewrite r ON r.ev_class = c.oid JOIN pg_depend d ON d.objid = r.oid AND d.classid = 'pg_rewrite'::regclass
      WHERE c.relkind = 'v' AND pg_get_userbyid(c.relowner) = '${KEEPER}' AND d.refclassid = 'pg_class'::regclass
      UNION SELECT i.inhparent FROM bases JOIN pg_inherits i ON i.inhrelid = bases.oid
    ) SELECT FROM bases JOIN pg_class b ON b.oid = bases.oid WHERE pg_get_userbyid(b.relowner) <> '${KEEPER}' AND position(lower(replace(b.relname, '"', '""')) IN q) > 0
  ) THEN RETURN; END IF;
  PERFORM set_config('akko.dropping', 'on', true);
  FOR v IN SELECT c.oid, c.oid::regclass AS name FROM pg_class c WHERE c.relkind = 'v' AND pg_get_userbyid(c.relowner) = '${KEEPER}' LOOP
    PERFORM pg_terminate_backend(l.pid) FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid JOIN pg_auth_members m ON m.member = a.usesysid
      JOIN pg_roles g ON g.oid = m.roleid WHERE g.rolname = '${PERSONS}' AND l.locktype = 'relation' AND l.relation = v.oid AND l.granted AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database());
    EXECUTE format('DROP VIEW %s', v.name);
  END LOOP;
  PERFORM set_config('akko.dropping', 'off', true);
END $body$`

/** What was changed may mean something else to the policy: rights on it go in the same transaction, and are given again by the keeper alone. */
const ON_END = `CREATE OR REPLACE FUNCTION ${GUARD}.on_end() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER SET ${PATH} AS $body$
DECLARE
  g record;
  isTemporary boolean;
BEGIN
  IF ${isOwn} THEN RETURN; END IF;
  SELECT bool_and(e.schema_name = 'pg_temp') INTO isTemporary FROM pg_event_trigger_ddl_commands() e;
  IF isTemporary THEN RETURN; END IF;
  PERFORM pg_notify('${GUARD}', '');
  FOR g IN SELECT p.oid::regprocedure AS name FROM pg_event_trigger_ddl_commands() e JOIN pg_proc p ON p.oid = e.objid
    WHERE e.classid = 'pg_proc'::regclass AND p.prosecdef
  LOOP
    EXECUTE format('REVOKE ALL ON ROUTINE %s FROM PUBLIC', g.name);
  END LOOP;
  IF tg_tag NOT LIKE 'ALTER %' THEN RETURN; END IF;
  FOR g IN SELECT DISTINCT c.oid::regclass AS name, pg_get_userbyid(x.grantee) AS role
    FROM pg_event_trigger_ddl_commands() e JOIN pg_class c ON c.oid = e.objid AND e.classid = 'pg_class'::regclass AND c.relkind IN ('r', 'p', 'm', 'v')
    CROSS JOIN LATERAL (
      SELECT a.grantee FROM aclexplode(c.relacl) a
      UNION SELECT a.grantee FROM pg_attribute t CROSS JOIN LATERAL aclexplode(t.attacl) a WHERE t.attrelid = c.oid
    ) x WHERE pg_get_userbyid(x.grantee) LIKE 'akko\\_class\\_%'
  LOOP
    EXECUTE format('REVOKE ALL ON TABLE %s FROM %I', g.name, g.role);
  END LOOP;
  FOR g IN SELECT DISTINCT n.nspname AS name, pg_get_userbyid(a.grantee) AS role
    FROM pg_event_trigger_ddl_commands() e JOIN pg_namespace n ON n.oid = e.objid AND e.classid = 'pg_namespace'::regclass
    CROSS JOIN LATERAL aclexplode(n.nspacl) a WHERE pg_get_userbyid(a.grantee) LIKE 'akko\\_class\\_%'
  LOOP
    EXECUTE format('REVOKE ALL ON SCHEMA %I FROM %I', g.name, g.role);
  END LOOP;
END $body$`

const STARTS = [
  ...[
    'TABLE',
    'VIEW',
    'MATERIALIZED VIEW',
    'SCHEMA',
    'TYPE',
    'DOMAIN',
    'EXTENSION',
    'FUNCTION',
    'ROUTINE',
    'OPERATOR',
    'FOREIGN TABLE',
  ].flatMap((of) => [`DROP ${of}`, `ALTER ${of}`]),
  'DROP OWNED',
]

/** What is open to everybody: large objects, and what is told of a table without asking who may read it, by PostGIS and by the server's counters. */
const SHUT = `^(${[
  'lo_.*',
  'lowrite',
  'loread',
  '_postgis_stats',
  '_postgis_selectivity',
  '_postgis_join_selectivity',
  '_postgis_index_extent',
  'st_estimatedextent',
  'st_findextent',
  'pg_stat_get_(xact_)?(numscans|tuples_.*|live_tuples|dead_tuples|blocks_.*|mod_since_analyze|ins_since_vacuum)',
  'pg_stat_get_(last_(auto)?(vacuum|analyze)_time|lastscan|(auto)?(vacuum|analyze)_count)',
].join('|')})$`

/** PUBLIC's rights are everybody's, persons' too: who had them by it and is no person keeps them by name. */
const closing = (database: string, sqlRole: string): string => `DO $body$
DECLARE
  f record;
BEGIN
  FOR f IN SELECT p.oid::regprocedure AS name FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE (p.proname ~ '${SHUT}' AND (n.nspname = 'pg_catalog' OR p.oid >= 16384) OR (p.prosecdef AND p.oid >= 16384)) AND p.prokind <> 'a'
      AND EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a WHERE a.grantee = 0)
      AND n.nspname <> '${GUARD}'
  LOOP
    EXECUTE format('REVOKE ALL ON ROUTINE %s FROM PUBLIC', f.name);
    EXECUTE format('GRANT EXECUTE ON ROUTINE %s TO %I, %I', f.name, ${pg.escapeLiteral(database)}, ${pg.escapeLiteral(sqlRole)});
  END LOOP;
  FOR f IN SELECT c.oid::regclass AS name, string_agg(a.privilege, ', ') AS privileges
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace CROSS JOIN LATERAL (
      SELECT e.privilege_type AS privilege FROM aclexplode(c.relacl) e WHERE e.grantee = 0
      UNION ALL SELECT format('%s (%I)', e.privilege_type, t.attname) FROM pg_attribute t CROSS JOIN LATERAL aclexplode(t.attacl) e
        WHERE t.attrelid = c.oid AND e.grantee = 0
    ) a WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND n.nspname !~ '^pg_' GROUP BY c.oid
  LOOP
    EXECUTE format('REVOKE ALL ON TABLE %s FROM PUBLIC', f.name);
    EXECUTE format('GRANT %s ON TABLE %s TO %I, %I', f.privileges, f.name, ${pg.escapeLiteral(database)}, ${pg.escapeLiteral(sqlRole)});
  END LOOP;
  FOR f IN SELECT n.nspname AS name FROM pg_namespace n CROSS JOIN LATERAL aclexplode(n.nspacl) a
    WHERE n.nspname !~ '^pg_' AND a.grantee = 0 AND a.privilege_type = 'CREATE'
  LOOP
    EXECUTE format('REVOKE CREATE ON SCHEMA %I FROM PUBLIC', f.name);
  END LOOP;
END $body$`

/** Of the whole server, in one transaction. */
export const SERVER_STATEMENTS: readonly string[] = [
  ...[PERSONS, KEEPER].map(
    (name) =>
      `DO $body$ BEGIN CREATE ROLE ${id(name)} NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS; EXCEPTION WHEN duplicate_object THEN NULL; END $body$`,
  ),
  `GRANT pg_read_all_data TO ${id(KEEPER)}`,
]

/** Idempotent: of one database, whose owner bears its name. */
export function guardStatements(database: string, sqlRole: string): string[] {
  const trigger = (name: string, on: string, tags: readonly string[]) => [
    `DROP EVENT TRIGGER IF EXISTS ${name}`,
    `CREATE EVENT TRIGGER ${name} ON ${on} ${tags.length > 0 ? `WHEN TAG IN (${tags.map((t) => `'${t}'`).join(', ')})` : ''} EXECUTE FUNCTION ${GUARD}.${name.replace('akko_', '')}()`,
  ]
  return [
    `CREATE SCHEMA IF NOT EXISTS ${GUARD}`,
    ON_PERSON,
    ON_START,
    ON_END,
    // In the order of their names.
    ...trigger('akko_on_person', 'ddl_command_start', []),
    ...trigger('akko_on_start', 'ddl_command_start', STARTS),
    ...trigger('akko_on_end', 'ddl_command_end', []),
    closing(database, sqlRole),
  ]
}
