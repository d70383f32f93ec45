// The PostgreSQL servers: the only list that a new one is added to.

export { postgresql } from '#platform/services/postgresql'
export { postgresqlData } from '#platform/services/postgresql-data'
