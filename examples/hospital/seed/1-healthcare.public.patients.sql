CREATE TABLE IF NOT EXISTS healthcare.public.patients AS SELECT CAST(patient_id AS integer) AS patient_id, CAST(full_name AS varchar) AS full_name, CAST(ssn AS varchar) AS ssn, CAST(dob AS date) AS dob, CAST(mrn AS varchar) AS mrn, CAST(ward AS varchar) AS ward, CAST(diagnosis AS varchar) AS diagnosis FROM (VALUES
  (1, 'Muzo Potusa', '900-10-4000', DATE '1930-01-01', 'M500000', 'A', 'asthma'),
  (2, 'Namu Desari', '901-11-4071', DATE '1937-02-04', 'M507919', 'B', 'fracture'),
  (3, 'Potu Saripo', '902-12-4142', DATE '1944-03-07', 'M515838', 'C', 'migraine'),
  (4, 'Riki Lopona', '903-13-4213', DATE '1951-04-10', 'M523757', 'A', 'anaemia'),
  (5, 'Sari Venamu', '904-14-4284', DATE '1958-05-13', 'M531676', 'B', 'asthma'),
  (6, 'Tuba Namulo', '905-15-4355', DATE '1965-06-16', 'M539595', 'C', 'fracture'),
  (7, 'Vena Baloki', '906-16-4426', DATE '1972-07-19', 'M547514', 'A', 'migraine'),
  (8, 'Zove Rikide', '907-17-4497', DATE '1979-08-22', 'M555433', 'B', 'anaemia'),
  (9, 'Balo Kideba', '908-18-4568', DATE '1986-09-25', 'M563352', 'C', 'asthma'),
  (10, 'Desa Tubazo', '909-19-4639', DATE '1993-10-28', 'M571271', 'A', 'fracture'),
  (11, 'Kide Muzove', '910-20-4710', DATE '2000-11-03', 'M579190', 'B', 'migraine'),
  (12, 'Lopo Zovetu', '911-21-4781', DATE '2007-12-06', 'M587109', 'C', 'anaemia')
) AS t(patient_id, full_name, ssn, dob, mrn, ward, diagnosis)
