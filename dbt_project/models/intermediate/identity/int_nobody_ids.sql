{%- set ids = [
    ('stg_crm__leads', ['lead_id', 'email', 'account_id']),
    ('stg_crm__accounts', ['account_id']),
    ('stg_crm__merges', ['merged_id', 'into_id']),
    ('stg_crm__opportunities', ['lead_id', 'account_id']),
    ('stg_crm__opportunity_leads', ['lead_id']),
    ('stg_crm__activities', ['lead_id', 'email']),
    ('stg_email__events', ['lead_id', 'email']),
    ('stg_web__events', ['visitor_id', 'lead_id', 'email']),
] %}

with nobody_ids as (

    select * from {{ ref('nobody_ids') }}

),

delivered as (

    {% for table, columns in ids %}
        {% for column in columns %}
            select
                '{{ table | replace("stg_", "") | replace("__", "_") }}' as table_name,
                '{{ column }}' as column_name,
                {{ column }} as value
            from {{ ref(table) }}
            {{ "union all" if not loop.last }}
        {% endfor %}
        {{ "union all" if not loop.last }}
    {% endfor %}

),

counted as (

    select
        delivered.table_name,
        delivered.column_name,
        delivered.value,
        count(*) as row_count
    from delivered
    inner join nobody_ids
        on lower(delivered.value) = nobody_ids.value
    group by delivered.table_name, delivered.column_name, delivered.value

)

select * from counted
