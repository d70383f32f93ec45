CREATE TABLE IF NOT EXISTS banking.public.branch_customers AS SELECT CAST(customer_id AS integer) AS customer_id, CAST(branch AS varchar) AS branch, CAST(full_name AS varchar) AS full_name, CAST(email AS varchar) AS email, CAST(balance AS integer) AS balance FROM (VALUES
  (100, 'north', 'Balo Kideba', 'kideba0@bank.example', 20),
  (101, 'south', 'Desa Tubazo', 'tubazo1@bank.example', 57),
  (102, 'harbour', 'Kide Muzove', 'muzove2@bank.example', 94),
  (103, 'north', 'Lopo Zovetu', 'zovetu3@bank.example', 131),
  (104, 'south', 'Muzo Potusa', 'potusa4@bank.example', 168),
  (105, 'harbour', 'Namu Desari', 'desari5@bank.example', 205),
  (106, 'north', 'Potu Saripo', 'saripo6@bank.example', 242),
  (107, 'south', 'Riki Lopona', 'lopona7@bank.example', 279),
  (108, 'harbour', 'Sari Venamu', 'venamu8@bank.example', 316),
  (109, 'north', 'Tuba Namulo', 'namulo9@bank.example', 353),
  (110, 'south', 'Vena Baloki', 'baloki10@bank.example', 390),
  (111, 'harbour', 'Zove Rikide', 'rikide11@bank.example', 427)
) AS t(customer_id, branch, full_name, email, balance)
