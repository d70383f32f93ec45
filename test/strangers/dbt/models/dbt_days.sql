select day, count(*) as orders, sum(amount) as total from {{ ref('dbt_orders') }} group by day
