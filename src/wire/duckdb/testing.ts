// For tests: SQL that a test writes itself, such as the rows of a fixture.
import { type Sql, sql } from '#wire/duckdb/sql'

export const testSql = (text: string): Sql => sql([text] as unknown as TemplateStringsArray)
