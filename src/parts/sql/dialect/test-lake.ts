// For tests: a life of some tables and views whose literals and names are given, statement by statement.
import { nested, type Shape, shapeOf } from '#parts/sql/dialect/test-spelling'

const shapes = (...texts: readonly string[]): Shape[] => texts.map((text) => shapeOf(text))

/** In a schema `«0»` of the lake: written, changed, read and described; `«3»` is a view, then a column. */
export const LAKE: readonly Shape[] = [
  ...shapes(
    `CREATE TABLE «0».«1» («4» integer COMMENT ‹0›, «0» varchar COMMENT ‹u1›, «1» varchar) COMMENT ‹2› WITH (partitioning = ARRAY[«q0»])`,
    `INSERT INTO «0».«1» («4», «0», «1») VALUES (1, ‹0›, ‹1›), (2, ‹u1›, ‹2›), (3, ‹2›, NULL), (4, 'x', ‹w0›)`,
    `SELECT *, «1».«0», «0».«1».«1» FROM iceberg.«0».«1» WHERE «0» = ‹0› OR «1» LIKE ‹k2› OR «0» BETWEEN ‹1› AND ‹1›`,
    `SELECT «0», count(*) FILTER (WHERE «1» <> ‹1›) AS «3» FROM «0».«1» WHERE «0» IN (‹0›, ‹U2›) GROUP BY «0»`,
    `SELECT «0», GROUPING(«0», «1».«1») AS «3» FROM «0».«1» GROUP BY ROLLUP («0», «1») HAVING POSITION(‹0› IN «0») > 0 OR «0» IS NULL`,
    `SELECT «4», TRIM(LEADING ‹0› FROM concat(chr(1), «0»)), json_extract_scalar(JSON_OBJECT(KEY ‹1› VALUE «0»), ‹j1›) FROM «0».«1» WHERE CHAR ‹2› = CHAR ‹2›`,
    `SELECT JSON_VALUE(‹O12›, ‹J1›) FROM «0».«1» WHERE JSON_EXISTS(‹O12›, ‹J1›)`,
    `UPDATE «0».«1» SET «1» = concat(«0», ‹0›), «0» = ‹2› WHERE «0» = ‹1›`,
    `MERGE INTO «0».«1» AS «1» USING (VALUES (1, ‹2›), (3, ‹0›), (9, ‹1›)) AS «0»(«4», «0») ON «1».«4» = «0».«4»
    WHEN MATCHED AND «1».«0» <> ‹2› THEN UPDATE SET «1» = concat(«1».«1», «0».«0») WHEN MATCHED AND «0».«0» = ‹0› THEN DELETE
    WHEN NOT MATCHED THEN INSERT («4», «0», «1») VALUES («0».«4», «0».«0», ‹0›)`,
    `SELECT * FROM «0».«1»`,
    `CREATE TABLE «0».«2» COMMENT ‹1› AS SELECT «0» AS «1», ‹2› AS «2», CAST(ROW(«1») AS ROW(«0» varchar)) AS «0» FROM «0».«1» WHERE «0» <> ‹1›`,
    `SELECT «0».«0», «2», t.«1» FROM «0».«2» AS t WHERE «2» = ‹2›`,
    `DELETE FROM «0».«1» WHERE «0» = ‹2› AND «1» LIKE ‹p1›`,
    `CREATE VIEW «0».«3» COMMENT ‹0› SECURITY INVOKER AS SELECT ‹1› AS «0», «1», «4» FROM «0».«1» WHERE «0» IN (‹0›, ‹w2›, ‹u1›)`,
    `SELECT «1», «0».«3».«0» FROM «0».«3» WHERE «0» = ‹1›`,
    `COMMENT ON VIEW «0».«3» IS ‹u2›`,
    `COMMENT ON COLUMN «0».«1».«0» IS ‹2›`,
    `COMMENT ON TABLE «0».«1» IS ‹w1›`,
    `DESCRIBE «0».«1»`,
    `SHOW TABLES FROM iceberg.«0» LIKE «l1» ESCAPE '!'`,
    `SELECT table_name, column_name, comment FROM iceberg.information_schema.columns WHERE table_schema = «t0»`,
    `SELECT table_name, comment FROM system.metadata.table_comments WHERE catalog_name = 'iceberg' AND schema_name = «t0»`,
  ),
  nested('EXECUTE IMMEDIATE ', 'SELECT ? AS «0», v FROM (VALUES ‹2›) AS t(v) WHERE v <> ?', ' USING ‹0›, ‹u1›'),
  ...shapes(
    `DROP VIEW «0».«3»`,
    `ALTER TABLE «0».«1» ADD COLUMN «3» varchar COMMENT ‹0›`,
    `UPDATE «0».«1» SET «3» = ‹1› WHERE «1» IS NOT NULL`,
    `ALTER TABLE «0».«1» RENAME COLUMN «3» TO «2»`,
    `SELECT «2», «0» FROM «0».«1» WHERE «2» = ‹1›`,
    `ALTER TABLE «0».«1» DROP COLUMN «2»`,
    `ALTER TABLE «0».«1» RENAME TO «0».«3»`,
    `SELECT count(*) FROM «0».«3»`,
    `DROP TABLE «0».«3»`,
    `DROP TABLE «0».«2»`,
  ),
]

/** In a database beside the lake, where `«0».«1»` was made with rows of these literals. */
export const DATABASE: readonly Shape[] = shapes(
  `SELECT * FROM pg.«0».«1»`,
  `SELECT «2», «0» FROM pg.«0».«1» WHERE «0» = ‹0›`,
  `SELECT «2» FROM pg.«0».«1» WHERE «0» IN (‹u0›, ‹1›) AND «1» <> ‹2›`,
  `SELECT «2» FROM pg.«0».«1» WHERE «0» LIKE ‹k1› OR «0» LIKE ‹p2›`,
  `SELECT «1».«2», ‹1› FROM pg.«0».«1» WHERE pg.«0».«1».«0» BETWEEN ‹1› AND ‹w1› OR «1» IS NULL`,
  `SELECT «0», count(*) AS «3», max(«1») FILTER (WHERE «0» <> ‹0›) FROM pg.«0».«1» AS «3» GROUP BY «0» HAVING «0» <> ‹1›`,
  `SELECT a.«2», b.«1» FROM pg.«0».«1» AS a JOIN pg.«0».«1» AS b ON a.«0» = b.«0» AND b.«0» <> ‹2›`,
  `SELECT «0», GROUPING(«0») AS «3» FROM pg.«0».«1» GROUP BY CUBE («0», «1») HAVING POSITION(‹1› IN «0») > 0 OR GROUPING(«1») = 1`,
  `SELECT «2», TRIM(BOTH ‹0› FROM concat(chr(1), «0», chr(1))) FROM pg.«0».«1» WHERE JSON_VALUE(‹O01›, ‹J0›) = «0» OR CHAR ‹1› <> CHAR ‹1›`,
  `INSERT INTO iceberg.ns.copied SELECT «2», «0», «1» FROM pg.«0».«1» WHERE «0» <> ‹1›`,
  `SELECT * FROM iceberg.ns.copied WHERE word = ‹0› OR other = ‹1› OR EXISTS (SELECT 1 FROM pg.«0».«1» WHERE «0» = ‹U2›)`,
  `SELECT table_name, column_name FROM pg.information_schema.columns WHERE table_schema = «t0»`,
  `DESCRIBE pg.«0».«1»`,
  `DELETE FROM iceberg.ns.copied`,
)
