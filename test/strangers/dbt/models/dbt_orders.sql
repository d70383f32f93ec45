{{ config(materialized='table', properties={'partitioning': "ARRAY['day']"}) }}
select id, day, case when id = 1 and {{ env_var('SHOP_DAYS') }} > 1 then amount * 2 else amount end as amount
from (values (1, date '2026-01-01', decimal '10.50'), (2, date '2026-01-01', decimal '4.50'), (3, date '2026-01-02', decimal '7.00')) as t(id, day, amount)
where day < date '2026-01-01' + interval '{{ env_var('SHOP_DAYS') }}' day
