// The catalogue's tables, made by small ordered steps. A step that was released never changes.
import type { Pool } from 'pg'
import { migrate as migrateSchema } from '#kit/migrate'

const STEPS: readonly string[] = [
  `create table akko_catalog.catalogs (
     id uuid primary key default gen_random_uuid(),
     name text not null unique,
     type text not null,
     properties jsonb not null,
     storage_config jsonb not null,
     created_at timestamptz not null default now(),
     updated_at timestamptz not null default now(),
     version int not null default 1
   );
   create table akko_catalog.namespaces (
     id uuid primary key default gen_random_uuid(),
     catalog_id uuid not null references akko_catalog.catalogs,
     path text[] not null,
     properties jsonb not null default '{}',
     unique (catalog_id, path)
   );
   create table akko_catalog.tables (
     id uuid primary key default gen_random_uuid(),
     namespace_id uuid not null references akko_catalog.namespaces,
     name text not null,
     uuid text not null,
     location text not null,
     metadata_location text not null,
     metadata text not null,
     columns text[] not null,
     updated_at timestamptz not null default now(),
     unique (namespace_id, name)
   );
   create table akko_catalog.purges (
     location text primary key,
     requested_at timestamptz not null default now()
   )`,
  `create table akko_catalog.principals (
     id uuid primary key default gen_random_uuid(),
     name text not null unique,
     client_id text not null unique,
     secret_hash text not null,
     credential_version int not null default 1,
     rotation_required boolean not null default false,
     properties jsonb not null default '{}',
     created_at timestamptz not null default now(),
     updated_at timestamptz not null default now(),
     version int not null default 1
   );
   create table akko_catalog.principal_roles (
     id uuid primary key default gen_random_uuid(),
     name text not null unique,
     federated boolean not null default false,
     properties jsonb not null default '{}',
     created_at timestamptz not null default now(),
     updated_at timestamptz not null default now(),
     version int not null default 1
   );
   create table akko_catalog.catalog_roles (
     id uuid primary key default gen_random_uuid(),
     catalog_id uuid not null references akko_catalog.catalogs on delete cascade,
     name text not null,
     properties jsonb not null default '{}',
     created_at timestamptz not null default now(),
     updated_at timestamptz not null default now(),
     version int not null default 1,
     unique (catalog_id, name)
   );
   create table akko_catalog.principal_role_members (
     principal_id uuid not null references akko_catalog.principals on delete cascade,
     principal_role_id uuid not null references akko_catalog.principal_roles on delete cascade,
     primary key (principal_id, principal_role_id)
   );
   create table akko_catalog.catalog_role_holders (
     catalog_role_id uuid not null references akko_catalog.catalog_roles on delete cascade,
     principal_role_id uuid not null references akko_catalog.principal_roles on delete cascade,
     primary key (catalog_role_id, principal_role_id)
   );
   create table akko_catalog.grants (
     id uuid primary key default gen_random_uuid(),
     catalog_role_id uuid not null references akko_catalog.catalog_roles on delete cascade,
     privilege text not null,
     namespace_id uuid references akko_catalog.namespaces on delete cascade,
     table_id uuid references akko_catalog.tables on delete cascade
   );
   create unique index grants_once on akko_catalog.grants
     (catalog_role_id, privilege, coalesce(namespace_id::text, ''), coalesce(table_id::text, ''));
   insert into akko_catalog.principal_roles (name) values ('service_admin')`,
  `create table akko_catalog.folder_names (
     location text primary key,
     names text[] not null
   );
   insert into akko_catalog.folder_names (location, names)
   select t.location, array_agg(distinct found.name)
   from akko_catalog.tables t
   cross join lateral (select (regexp_matches(t.metadata, '"name"\\s*:\\s*"((?:[^"\\\\]|\\\\.)*)"', 'g'))[1]) as found(name)
   group by t.location`,
  `alter table akko_catalog.tables add column kind text not null default 'table' check (kind in ('table', 'view')), add column owner_account text`,
  `create table akko_catalog.repeats (
     key uuid primary key,
     digest bytea not null,
     status int,
     body text,
     at timestamptz not null default now()
   );
   create index repeats_at on akko_catalog.repeats (at)`,
  `create table akko_catalog.dropped_tables (
     id uuid primary key,
     catalog_id uuid not null references akko_catalog.catalogs on delete cascade,
     path text[] not null,
     name text not null,
     uuid text not null,
     location text not null,
     metadata_location text not null,
     metadata text not null,
     columns text[] not null,
     dropped_by text not null,
     dropped_at timestamptz not null default now(),
     until timestamptz not null,
     purges boolean not null
   );
   create index dropped_tables_name on akko_catalog.dropped_tables (catalog_id, path, name)`,
]

export function migrate(pool: Pool): Promise<void> {
  return migrateSchema(pool, { schema: 'akko_catalog', steps: STEPS })
}
