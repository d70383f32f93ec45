CREATE TABLE IF NOT EXISTS banking.public.branch_cards AS SELECT CAST(card_id AS integer) AS card_id, CAST(customer_id AS integer) AS customer_id, CAST(branch AS varchar) AS branch, CAST(card_number AS varchar) AS card_number FROM (VALUES
  (7000, 100, 'north', '9999 1000 2000 3000'),
  (7001, 101, 'south', '9999 1613 2331 3097'),
  (7002, 102, 'harbour', '9999 2226 2662 3194'),
  (7003, 103, 'north', '9999 2839 2993 3291'),
  (7004, 104, 'south', '9999 3452 3324 3388'),
  (7005, 105, 'harbour', '9999 4065 3655 3485'),
  (7006, 106, 'north', '9999 4678 3986 3582'),
  (7007, 107, 'south', '9999 5291 4317 3679'),
  (7008, 108, 'harbour', '9999 5904 4648 3776'),
  (7009, 109, 'north', '9999 6517 4979 3873'),
  (7010, 110, 'south', '9999 7130 5310 3970'),
  (7011, 111, 'harbour', '9999 7743 5641 4067')
) AS t(card_id, customer_id, branch, card_number)
