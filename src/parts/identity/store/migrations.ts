// The schema's history, in order. A migration that was released is never changed; a new one is added below it.
import type pg from 'pg'
import { migrate as migrateSchema } from '#kit/migrate'
import type { Db } from '#parts/identity/store/db'

type Migration = (db: Db) => readonly string[]

const MIGRATIONS: readonly Migration[] = [
  ({ t }) => [
    `CREATE TABLE ${t.realms} (
       name text PRIMARY KEY,
       id text NOT NULL UNIQUE,
       representation jsonb NOT NULL,
       cookie_key text NOT NULL)`,
    `CREATE TABLE ${t.keys} (
       kid text PRIMARY KEY,
       realm text NOT NULL REFERENCES ${t.realms} ON DELETE CASCADE ON UPDATE CASCADE,
       jwk jsonb NOT NULL,
       created_at timestamptz NOT NULL DEFAULT now())`,
    `CREATE TABLE ${t.roles} (
       id text PRIMARY KEY,
       realm text NOT NULL REFERENCES ${t.realms} ON DELETE CASCADE ON UPDATE CASCADE,
       name text NOT NULL,
       description text,
       attributes jsonb NOT NULL DEFAULT '{}',
       CONSTRAINT roles_name UNIQUE (realm, name))`,
    `CREATE TABLE ${t.clients} (
       id text PRIMARY KEY,
       realm text NOT NULL REFERENCES ${t.realms} ON DELETE CASCADE ON UPDATE CASCADE,
       client_id text NOT NULL,
       secret text,
       representation jsonb NOT NULL,
       CONSTRAINT clients_client_id UNIQUE (realm, client_id))`,
    `CREATE TABLE ${t.users} (
       id text PRIMARY KEY,
       realm text NOT NULL REFERENCES ${t.realms} ON DELETE CASCADE ON UPDATE CASCADE,
       username text NOT NULL,
       email text,
       email_verified boolean NOT NULL DEFAULT false,
       first_name text,
       last_name text,
       enabled boolean NOT NULL,
       password_hash text,
       service_client text UNIQUE REFERENCES ${t.clients} ON DELETE CASCADE,
       created_at timestamptz NOT NULL DEFAULT now(),
       CONSTRAINT users_username UNIQUE (realm, username),
       CONSTRAINT users_email UNIQUE (realm, email))`,
    `CREATE TABLE ${t.user_roles} (
       user_id text NOT NULL REFERENCES ${t.users} ON DELETE CASCADE,
       role_id text NOT NULL REFERENCES ${t.roles} ON DELETE CASCADE,
       PRIMARY KEY (user_id, role_id))`,
    `CREATE TABLE ${t.groups} (
       id text PRIMARY KEY,
       realm text NOT NULL REFERENCES ${t.realms} ON DELETE CASCADE ON UPDATE CASCADE,
       name text NOT NULL,
       CONSTRAINT groups_name UNIQUE (realm, name))`,
    `CREATE TABLE ${t.user_groups} (
       user_id text NOT NULL REFERENCES ${t.users} ON DELETE CASCADE,
       group_id text NOT NULL REFERENCES ${t.groups} ON DELETE CASCADE,
       PRIMARY KEY (user_id, group_id))`,
    `CREATE TABLE ${t.oidc_rows} (
       realm text NOT NULL REFERENCES ${t.realms} ON DELETE CASCADE ON UPDATE CASCADE,
       model text NOT NULL,
       id text NOT NULL,
       payload jsonb NOT NULL,
       grant_id text,
       user_code text,
       uid text,
       consumed_at bigint,
       expires_at timestamptz,
       PRIMARY KEY (realm, model, id))`,
    `CREATE INDEX oidc_rows_grant ON ${t.oidc_rows} (grant_id) WHERE grant_id IS NOT NULL`,
    `CREATE INDEX oidc_rows_uid ON ${t.oidc_rows} (uid) WHERE uid IS NOT NULL`,
    `CREATE INDEX oidc_rows_user_code ON ${t.oidc_rows} (user_code) WHERE user_code IS NOT NULL`,
    `CREATE INDEX oidc_rows_expiry ON ${t.oidc_rows} (expires_at)`,
    `CREATE TABLE ${t.login_failures} (
       realm text NOT NULL,
       username text NOT NULL,
       address text NOT NULL,
       failures integer NOT NULL,
       last_at timestamptz NOT NULL,
       PRIMARY KEY (realm, username, address))`,
  ],
  // What has ended before its tokens did. By triggers, so that it holds on every way: a role that is removed takes its holders' rights by cascade.
  ({ t, schema }) => [
    `CREATE TABLE ${t.ended} (
       "row" bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
       kind text NOT NULL CHECK (kind IN ('session', 'grant', 'token', 'user')),
       id text NOT NULL,
       below integer,
       at timestamptz NOT NULL DEFAULT now())`,
    `CREATE INDEX ended_at ON ${t.ended} (at)`,
    `CREATE INDEX ended_id ON ${t.ended} (kind, id)`,
    `ALTER TABLE ${t.users} ADD COLUMN token_version integer NOT NULL DEFAULT 0`,
    `CREATE FUNCTION ${schema}.next_token_version() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN NEW.token_version := OLD.token_version + 1; RETURN NEW; END $$`,
    `CREATE TRIGGER users_narrowed BEFORE UPDATE ON ${t.users} FOR EACH ROW
       WHEN ((OLD.enabled AND NOT NEW.enabled) OR OLD.username <> NEW.username)
       EXECUTE FUNCTION ${schema}.next_token_version()`,
    `CREATE FUNCTION ${schema}.end_tokens() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
         IF TG_OP = 'DELETE' THEN INSERT INTO ${t.ended} (kind, id) VALUES ('user', OLD.id);
         ELSE INSERT INTO ${t.ended} (kind, id, below) VALUES ('user', NEW.id, NEW.token_version);
         END IF;
         RETURN NULL;
       END $$`,
    `CREATE TRIGGER users_version AFTER UPDATE ON ${t.users} FOR EACH ROW
       WHEN (NEW.token_version > OLD.token_version) EXECUTE FUNCTION ${schema}.end_tokens()`,
    `CREATE TRIGGER users_removed AFTER DELETE ON ${t.users} FOR EACH ROW EXECUTE FUNCTION ${schema}.end_tokens()`,
    `CREATE FUNCTION ${schema}.narrow_user() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN UPDATE ${t.users} SET token_version = token_version + 1 WHERE id = OLD.user_id; RETURN NULL; END $$`,
    `CREATE TRIGGER user_roles_removed AFTER DELETE ON ${t.user_roles} FOR EACH ROW EXECUTE FUNCTION ${schema}.narrow_user()`,
    `CREATE TRIGGER user_groups_removed AFTER DELETE ON ${t.user_groups} FOR EACH ROW EXECUTE FUNCTION ${schema}.narrow_user()`,
    `CREATE FUNCTION ${schema}.narrow_holders() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
         UPDATE ${t.users} SET token_version = token_version + 1
           WHERE id IN (SELECT user_id FROM ${t.user_roles} WHERE role_id = OLD.id);
         RETURN NULL;
       END $$`,
    `CREATE TRIGGER roles_renamed AFTER UPDATE ON ${t.roles} FOR EACH ROW
       WHEN (OLD.name <> NEW.name) EXECUTE FUNCTION ${schema}.narrow_holders()`,
    `CREATE FUNCTION ${schema}.end_grant() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN INSERT INTO ${t.ended} (kind, id) VALUES ('grant', OLD.id); RETURN NULL; END $$`,
    `CREATE TRIGGER grants_removed AFTER DELETE ON ${t.oidc_rows} FOR EACH ROW
       WHEN (OLD.model = 'Grant' AND OLD.expires_at > now()) EXECUTE FUNCTION ${schema}.end_grant()`,
  ],
  // Rights that were given, too: whoever follows what a person may do now hears of both.
  ({ t, schema }) => [
    `ALTER TABLE ${t.ended} DROP CONSTRAINT ended_kind_check`,
    `ALTER TABLE ${t.ended} ADD CONSTRAINT ended_kind_check CHECK (kind IN ('session', 'grant', 'token', 'user', 'rights'))`,
    `CREATE FUNCTION ${schema}.widen_user() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN INSERT INTO ${t.ended} (kind, id) VALUES ('rights', NEW.id); RETURN NULL; END $$`,
    `CREATE TRIGGER users_made AFTER INSERT ON ${t.users} FOR EACH ROW EXECUTE FUNCTION ${schema}.widen_user()`,
    `CREATE TRIGGER users_enabled AFTER UPDATE ON ${t.users} FOR EACH ROW
       WHEN (NEW.enabled AND NOT OLD.enabled) EXECUTE FUNCTION ${schema}.widen_user()`,
    `CREATE FUNCTION ${schema}.widen_member() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN INSERT INTO ${t.ended} (kind, id) VALUES ('rights', NEW.user_id); RETURN NULL; END $$`,
    `CREATE TRIGGER user_roles_given AFTER INSERT ON ${t.user_roles} FOR EACH ROW EXECUTE FUNCTION ${schema}.widen_member()`,
  ],
  // What a person must do before he is let in, the passwords that he had, and the one-time link with which he sets one: one at a time, and none of a closed account.
  ({ t, schema }) => [
    `ALTER TABLE ${t.users} ADD COLUMN required_actions text[] NOT NULL DEFAULT '{}'`,
    `CREATE TABLE ${t.password_history} (
       "row" bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
       user_id text NOT NULL REFERENCES ${t.users} ON DELETE CASCADE,
       hash text NOT NULL)`,
    `CREATE INDEX password_history_user ON ${t.password_history} (user_id)`,
    `CREATE TABLE ${t.action_links} (
       user_id text PRIMARY KEY REFERENCES ${t.users} ON DELETE CASCADE,
       token_hash bytea NOT NULL UNIQUE,
       mailed boolean NOT NULL,
       expires_at timestamptz NOT NULL)`,
    `CREATE FUNCTION ${schema}.end_link() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN DELETE FROM ${t.action_links} WHERE user_id = NEW.id; RETURN NULL; END $$`,
    `CREATE TRIGGER users_closed AFTER UPDATE ON ${t.users} FOR EACH ROW
       WHEN (OLD.enabled AND NOT NEW.enabled) EXECUTE FUNCTION ${schema}.end_link()`,
  ],
  // Second factors, sealed, and from where sessions are used.
  ({ t }) => [
    `CREATE TABLE ${t.second_factors} (
       user_id text PRIMARY KEY REFERENCES ${t.users} ON DELETE CASCADE,
       secret bytea NOT NULL,
       last_step bigint NOT NULL,
       created_at timestamptz NOT NULL DEFAULT now())`,
    `CREATE TABLE ${t.seen_sessions} (
       uid text PRIMARY KEY,
       agent text NOT NULL,
       address text NOT NULL,
       seen_at timestamptz NOT NULL DEFAULT now())`,
    `CREATE INDEX oidc_rows_account ON ${t.oidc_rows} ((payload->>'accountId')) WHERE model = 'Session'`,
  ],
  // From where somebody has logged in: what others guess from there does not keep him waiting.
  ({ t }) => [`ALTER TABLE ${t.login_failures} ADD COLUMN good_at timestamptz`],
  // Roles of clients, roles that hold roles, groups in a tree with roles of their own; what scripts write about people.
  ({ t, schema }) => [
    `ALTER TABLE ${t.users} ADD COLUMN attributes jsonb NOT NULL DEFAULT '{}', ADD COLUMN not_before bigint NOT NULL DEFAULT 0,
       ADD COLUMN password_at timestamptz NOT NULL DEFAULT now()`,
    `CREATE FUNCTION ${schema}.password_set() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN NEW.password_at := now(); RETURN NEW; END $$`,
    `CREATE TRIGGER users_password BEFORE UPDATE ON ${t.users} FOR EACH ROW
       WHEN (OLD.password_hash IS DISTINCT FROM NEW.password_hash) EXECUTE FUNCTION ${schema}.password_set()`,
    `ALTER TABLE ${t.roles} ADD COLUMN client text REFERENCES ${t.clients} ON DELETE CASCADE, DROP CONSTRAINT roles_name`,
    `CREATE UNIQUE INDEX roles_name ON ${t.roles} (realm, coalesce(client, ''), name)`,
    `ALTER TABLE ${t.groups} ADD COLUMN parent text REFERENCES ${t.groups} ON DELETE CASCADE,
       ADD COLUMN description text, ADD COLUMN attributes jsonb NOT NULL DEFAULT '{}', DROP CONSTRAINT groups_name`,
    `CREATE UNIQUE INDEX groups_name ON ${t.groups} (realm, coalesce(parent, ''), name)`,
    `CREATE TABLE ${t.role_composites} (
       composite text NOT NULL REFERENCES ${t.roles} ON DELETE CASCADE,
       child text NOT NULL REFERENCES ${t.roles} ON DELETE CASCADE,
       PRIMARY KEY (composite, child))`,
    `CREATE INDEX role_composites_child ON ${t.role_composites} (child)`,
    `CREATE TABLE ${t.group_roles} (
       group_id text NOT NULL REFERENCES ${t.groups} ON DELETE CASCADE,
       role_id text NOT NULL REFERENCES ${t.roles} ON DELETE CASCADE,
       PRIMARY KEY (group_id, role_id))`,
    // In steps: of a recursive query over small tables PostgreSQL expects so many rows that it takes 24 ms to make room for them, at each token.
    `CREATE FUNCTION ${schema}.effective_roles(person text) RETURNS SETOF text LANGUAGE plpgsql STABLE ROWS 10 AS $$
       DECLARE
         step text[] := ARRAY(SELECT group_id FROM ${t.user_groups} WHERE user_id = person);
         member text[] := step;
         held text[];
       BEGIN
         WHILE cardinality(step) > 0 LOOP
           step := ARRAY(SELECT DISTINCT parent FROM ${t.groups} WHERE id = ANY (step) AND parent IS NOT NULL AND parent <> ALL (member));
           member := member || step;
         END LOOP;
         step := ARRAY(SELECT role_id FROM ${t.user_roles} WHERE user_id = person
           UNION SELECT role_id FROM ${t.group_roles} WHERE group_id = ANY (member));
         held := step;
         WHILE cardinality(step) > 0 LOOP
           step := ARRAY(SELECT DISTINCT child FROM ${t.role_composites} WHERE composite = ANY (step) AND child <> ALL (held));
           held := held || step;
         END LOOP;
         RETURN QUERY SELECT unnest(held);
       END $$`,
    `CREATE FUNCTION ${schema}.group_path(wanted text) RETURNS text LANGUAGE sql STABLE AS $$
       WITH RECURSIVE up (name, parent, depth) AS (
         SELECT name, parent, 0 FROM ${t.groups} WHERE id = wanted
         UNION ALL SELECT g.name, g.parent, depth + 1 FROM up JOIN ${t.groups} g ON g.id = up.parent
       ) SELECT string_agg('/' || name, '' ORDER BY depth DESC) FROM up $$`,
    `CREATE FUNCTION ${schema}.members_below(wanted text) RETURNS SETOF text LANGUAGE sql STABLE AS $$
       WITH RECURSIVE down (id) AS (SELECT wanted UNION SELECT g.id FROM ${t.groups} g JOIN down ON g.parent = down.id)
       SELECT user_id FROM ${t.user_groups} WHERE group_id IN (SELECT id FROM down) $$`,
    `CREATE FUNCTION ${schema}.holders_of(wanted text) RETURNS SETOF text LANGUAGE sql STABLE AS $$
       WITH RECURSIVE up (id) AS (SELECT wanted UNION SELECT c.composite FROM ${t.role_composites} c JOIN up ON c.child = up.id)
       SELECT user_id FROM ${t.user_roles} WHERE role_id IN (SELECT id FROM up)
       UNION SELECT ${schema}.members_below(group_id) FROM ${t.group_roles} WHERE role_id IN (SELECT id FROM up) $$`,
    `CREATE OR REPLACE FUNCTION ${schema}.narrow_holders() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
         UPDATE ${t.users} SET token_version = token_version + 1 WHERE id IN (SELECT ${schema}.holders_of(OLD.id));
         RETURN NULL;
       END $$`,
    `CREATE FUNCTION ${schema}.composite_changed() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
         IF TG_OP = 'DELETE' THEN UPDATE ${t.users} SET token_version = token_version + 1 WHERE id IN (SELECT ${schema}.holders_of(OLD.composite));
         ELSE INSERT INTO ${t.ended} (kind, id) SELECT 'rights', ${schema}.holders_of(NEW.composite);
         END IF;
         RETURN NULL;
       END $$`,
    `CREATE TRIGGER role_composites_changed AFTER INSERT OR DELETE ON ${t.role_composites} FOR EACH ROW
       EXECUTE FUNCTION ${schema}.composite_changed()`,
    `CREATE FUNCTION ${schema}.group_role_changed() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
         IF TG_OP = 'DELETE' THEN UPDATE ${t.users} SET token_version = token_version + 1 WHERE id IN (SELECT ${schema}.members_below(OLD.group_id));
         ELSE INSERT INTO ${t.ended} (kind, id) SELECT 'rights', ${schema}.members_below(NEW.group_id);
         END IF;
         RETURN NULL;
       END $$`,
    `CREATE TRIGGER group_roles_changed AFTER INSERT OR DELETE ON ${t.group_roles} FOR EACH ROW
       EXECUTE FUNCTION ${schema}.group_role_changed()`,
    `CREATE TRIGGER user_groups_given AFTER INSERT ON ${t.user_groups} FOR EACH ROW EXECUTE FUNCTION ${schema}.widen_member()`,
  ],
  // A one-time link knows the address that it was sent to, and ends with it.
  ({ t, schema }) => [
    `ALTER TABLE ${t.action_links} ADD COLUMN mailed_to text`,
    `UPDATE ${t.action_links} l SET mailed_to = u.email FROM ${t.users} u WHERE l.mailed AND u.id = l.user_id`,
    `ALTER TABLE ${t.action_links} DROP COLUMN mailed`,
    `CREATE TRIGGER users_moved AFTER UPDATE ON ${t.users} FOR EACH ROW
       WHEN (OLD.email IS DISTINCT FROM NEW.email) EXECUTE FUNCTION ${schema}.end_link()`,
  ],
  // What the policy says of groups by their paths, and what that gives to those that there are: rights like any that a group has.
  ({ t, schema }) => [
    `CREATE TABLE ${t.policy_groups} (
       realm text NOT NULL REFERENCES ${t.realms} ON DELETE CASCADE ON UPDATE CASCADE,
       path text NOT NULL,
       role text NOT NULL,
       PRIMARY KEY (realm, path, role))`,
    `CREATE TABLE ${t.policy_group_roles} (
       group_id text NOT NULL REFERENCES ${t.groups} ON DELETE CASCADE,
       role_id text NOT NULL REFERENCES ${t.roles} ON DELETE CASCADE,
       PRIMARY KEY (group_id, role_id))`,
    `CREATE TRIGGER policy_group_roles_changed AFTER INSERT OR DELETE ON ${t.policy_group_roles} FOR EACH ROW
       EXECUTE FUNCTION ${schema}.group_role_changed()`,
    `CREATE FUNCTION ${schema}.wanted_group_roles() RETURNS TABLE (group_id text, role_id text) LANGUAGE sql STABLE AS $$
       SELECT DISTINCT g.id, r.id FROM ${t.policy_groups} p
       JOIN ${t.groups} g ON g.realm = p.realm AND g.name = regexp_replace(p.path, '^.*/', '')
       JOIN ${t.roles} r ON r.realm = p.realm AND r.name = p.role AND r.client IS NULL
       WHERE ${schema}.group_path(g.id) = p.path $$`,
    // One at a time: else a group that is made while the policy changes is seen by neither.
    `CREATE FUNCTION ${schema}.settle_policy_groups() RETURNS void LANGUAGE plpgsql AS $$
       BEGIN
         LOCK TABLE ${t.policy_groups} IN SHARE ROW EXCLUSIVE MODE;
         DELETE FROM ${t.policy_group_roles} WHERE (group_id, role_id) NOT IN (SELECT w.group_id, w.role_id FROM ${schema}.wanted_group_roles() w);
         INSERT INTO ${t.policy_group_roles} SELECT * FROM ${schema}.wanted_group_roles() ON CONFLICT DO NOTHING;
       END $$`,
    `CREATE FUNCTION ${schema}.group_or_role_changed() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
         PERFORM ${schema}.settle_policy_groups();
         RETURN NULL;
       END $$`,
    `CREATE TRIGGER groups_named AFTER INSERT OR UPDATE OF name, parent ON ${t.groups} FOR EACH STATEMENT
       EXECUTE FUNCTION ${schema}.group_or_role_changed()`,
    `CREATE TRIGGER roles_named AFTER INSERT OR UPDATE OF name ON ${t.roles} FOR EACH STATEMENT
       EXECUTE FUNCTION ${schema}.group_or_role_changed()`,
    `CREATE OR REPLACE FUNCTION ${schema}.effective_roles(person text) RETURNS SETOF text LANGUAGE plpgsql STABLE ROWS 10 AS $$
       DECLARE
         step text[] := ARRAY(SELECT group_id FROM ${t.user_groups} WHERE user_id = person);
         member text[] := step;
         held text[];
       BEGIN
         WHILE cardinality(step) > 0 LOOP
           step := ARRAY(SELECT DISTINCT parent FROM ${t.groups} WHERE id = ANY (step) AND parent IS NOT NULL AND parent <> ALL (member));
           member := member || step;
         END LOOP;
         step := ARRAY(SELECT role_id FROM ${t.user_roles} WHERE user_id = person);
         IF cardinality(member) > 0 THEN
           step := ARRAY(SELECT unnest(step)
             UNION SELECT role_id FROM ${t.group_roles} WHERE group_id = ANY (member)
             UNION SELECT role_id FROM ${t.policy_group_roles} WHERE group_id = ANY (member));
         END IF;
         held := step;
         WHILE cardinality(step) > 0 LOOP
           step := ARRAY(SELECT DISTINCT child FROM ${t.role_composites} WHERE composite = ANY (step) AND child <> ALL (held));
           held := held || step;
         END LOOP;
         RETURN QUERY SELECT unnest(held);
       END $$`,
    `CREATE OR REPLACE FUNCTION ${schema}.holders_of(wanted text) RETURNS SETOF text LANGUAGE sql STABLE AS $$
       WITH RECURSIVE up (id) AS (SELECT wanted UNION SELECT c.composite FROM ${t.role_composites} c JOIN up ON c.child = up.id)
       SELECT user_id FROM ${t.user_roles} WHERE role_id IN (SELECT id FROM up)
       UNION SELECT ${schema}.members_below(group_id) FROM ${t.group_roles} WHERE role_id IN (SELECT id FROM up)
       UNION SELECT ${schema}.members_below(group_id) FROM ${t.policy_group_roles} WHERE role_id IN (SELECT id FROM up) $$`,
  ],
]

export function migrate(pool: pg.Pool, db: Db): Promise<void> {
  const earlier = { table: 'migrations', column: 'version', first: 1 } as const
  return migrateSchema(pool, { schema: db.name, steps: MIGRATIONS.map((step) => step(db).join(';\n')), earlier })
}
