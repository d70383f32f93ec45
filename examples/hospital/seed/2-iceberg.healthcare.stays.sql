CREATE TABLE IF NOT EXISTS iceberg.healthcare.stays AS SELECT CAST(stay_id AS integer) AS stay_id, CAST(mrn AS varchar) AS mrn, CAST(ward AS varchar) AS ward, CAST(nights AS integer) AS nights FROM (VALUES
  (900, 'M500000', 'A', 1),
  (901, 'M507919', 'B', 6),
  (902, 'M515838', 'C', 2),
  (903, 'M523757', 'A', 7),
  (904, 'M531676', 'B', 3),
  (905, 'M539595', 'C', 8),
  (906, 'M547514', 'A', 4),
  (907, 'M555433', 'B', 9),
  (908, 'M563352', 'C', 5),
  (909, 'M571271', 'A', 1),
  (910, 'M579190', 'B', 6),
  (911, 'M587109', 'C', 2),
  (912, 'M500000', 'A', 7),
  (913, 'M507919', 'B', 3),
  (914, 'M515838', 'C', 8),
  (915, 'M523757', 'A', 4)
) AS t(stay_id, mrn, ward, nights)
