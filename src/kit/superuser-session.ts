// Sessions of a PostgreSQL superuser in a database that is another's.

/**
 * Where names are looked for in what runs as superuser. The owner of a database may set a path for all who enter it, make functions that fit a call better
 * than the server's own, and temporary tables, which come first where they are not named.
 */
export const SUPERUSER_PATH = 'pg_catalog, pg_temp'

/** Of a `pg.ClientConfig`: goes before what the database's owner set. */
export const SUPERUSER_SESSION = { options: `-c search_path=${SUPERUSER_PATH.replaceAll(' ', '')}` } as const
