// The schema's history, in order. A migration that was released is never changed; a new one is added below it.
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
]

/** Brings the schema to the newest version; safe when several start at once. */
export async function migrate(db: Db): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.query(`SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`, [`akko identity ${tx.schema}`])
    await tx.run(`CREATE SCHEMA IF NOT EXISTS ${tx.schema}`)
    await tx.run(
      `CREATE TABLE IF NOT EXISTS ${tx.t.migrations} (version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())`,
    )
    const [row] = await tx.query<{ version: number | null }>(`SELECT max(version) AS version FROM ${tx.t.migrations}`)
    for (let version = (row?.version ?? 0) + 1; version <= MIGRATIONS.length; version++) {
      for (const statement of (MIGRATIONS[version - 1] as Migration)(tx)) await tx.run(statement)
      await tx.run(`INSERT INTO ${tx.t.migrations} (version) VALUES ($1)`, [version])
    }
  })
}
