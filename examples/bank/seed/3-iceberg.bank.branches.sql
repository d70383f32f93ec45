CREATE TABLE IF NOT EXISTS iceberg.bank.branches AS SELECT CAST(branch AS varchar) AS branch, CAST(address AS varchar) AS address FROM (VALUES
  ('north', 'North Street 1'),
  ('south', 'South Street 2'),
  ('harbour', 'Harbour Street 3')
) AS t(branch, address)
