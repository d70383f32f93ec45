{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key='id') }}
select id, amount, {{ env_var('SHOP_DAYS') }} as run from {{ ref('dbt_orders') }}
