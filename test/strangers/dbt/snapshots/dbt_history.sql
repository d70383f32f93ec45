{% snapshot dbt_history %}
{{ config(target_schema='staging', unique_key='id', strategy='check', check_cols=['amount']) }}
select id, amount from {{ ref('dbt_orders') }}
{% endsnapshot %}
