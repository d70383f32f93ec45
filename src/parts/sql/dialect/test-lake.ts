// For tests: a life of some tables and views whose literals and names are given, statement by statement.
import { type Shape, shapeOf } from '#parts/sql/dialect/test-spelling'

const shapes = (...texts: readonly string[]): Shape[] => texts.map((text) => shapeOf(text))

/** In a database beside the lake, where `«0».«1»` was made with rows of these literals. */
export const DATABASE: readonly Shape[] = shapes(
  `SELECT * FROM pg.«0».«1»`,
  `SELECT «2», «0» FROM pg.«0».«1» WHERE «0» = ‹0›`,
  `SELECT «2» FROM pg.«0».«1» WHERE «0» IN (‹u0›, ‹1›) AND «1» <> ‹2›`,
  `SELECT «2» FROM pg.«0».«1» WHERE «0» LIKE ‹k1› OR «0» LIKE ‹p2›`,
  `SELECT «1».«2», ‹1› FROM pg.«0».«1» WHERE pg.«0».«1».«0» BETWEEN ‹1› AND ‹w1› OR «1» IS NULL`,
  `SELECT «0», count(*) AS «3», max(«1») FILTER (WHERE «0» <> ‹0›) FROM pg.«0».«1» AS «3» GROUP BY «0» HAVING «0» <> ‹1›`,
  `SELECT a.«2», b.«1» FROM pg.«0».«1» AS a JOIN pg.«0».«1» AS b ON a.«0» = b.«0» AND b.«0» <> ‹2›`,
  `INSERT INTO iceberg.ns.copied SELECT «2», «0», «1» FROM pg.«0».«1» WHERE «0» <> ‹1›`,
  `SELECT * FROM iceberg.ns.copied WHERE word = ‹0› OR other = ‹1› OR EXISTS (SELECT 1 FROM pg.«0».«1» WHERE «0» = ‹U2›)`,
  `SELECT table_name, column_name FROM pg.information_schema.columns WHERE table_schema = «t0»`,
  `DESCRIBE pg.«0».«1»`,
  `DELETE FROM iceberg.ns.copied`,
)
