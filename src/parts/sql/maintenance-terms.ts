// What the maintenance of tables and the commands that tell of it, or do it with a person's rights, have in common.

/** When the last run ended, on the page of metrics: seconds since 1970; without a value before the first run. */
export const LAST_RUN_METRIC = 'akko_sql_maintenance_last_run_seconds'

/** Whether what a table is due for is told by the connector: beside a name with these characters, `name$maintenance` may be anybody's own table. */
export const isDueTold = (table: string): boolean => !/[$@]/.test(table)

/** Properties of a session in which a procedure takes any age: those that `t$maintenance` asks for are of the settings and the tables. */
export const noLeastAge = (catalog: string): Readonly<Record<string, string>> => ({
  [`${catalog}.expire_snapshots_min_retention`]: '0s',
  [`${catalog}.remove_orphan_files_min_retention`]: '0s',
})
