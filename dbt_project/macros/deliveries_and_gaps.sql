{#
  A CRM table's rows as delivered, one a key and delivery day, and a row with
  `is_gone` for every key that a later snapshot of the same source map lacks.
#}
{% macro deliveries_and_gaps(staged, table, key) -%}
    latest_of_day as (

        select *
        from {{ staged }}
        qualify
            row_number() over (
                partition by {{ key }}, extract_date
                order by updated_at desc nulls last, batch_id desc, source_row desc
            ) = 1

    ),

    snapshot_days as (

        select
            map_name,
            extract_date,
            lead(extract_date) over (
                partition by map_name order by extract_date
            ) as next_snapshot_date
        from (
            select distinct map_name, extract_date
            from {{ ref('stg_pipeline__batches') }}
            where table_name = '{{ table }}' and delivery = 'snapshot'
        ) as days

    ),

    followed as (

        select
            latest_of_day.*,
            snapshot_days.next_snapshot_date,
            lead(latest_of_day.extract_date) over (
                partition by latest_of_day.{{ key }}
                order by latest_of_day.extract_date
            ) as next_delivery_date
        from latest_of_day
        inner join {{ ref('stg_pipeline__batches') }} as batches
            on latest_of_day.batch_id = batches.batch_id
        left join snapshot_days
            on
                batches.map_name = snapshot_days.map_name
                -- A map may feed a table with snapshots and with changes.
                and batches.delivery = 'snapshot'
                and latest_of_day.extract_date = snapshot_days.extract_date

    ),

    deliveries_and_gaps as (

        select
            followed.*,
            extract_date as from_date,
            is_deleted as is_gone
        from followed

        union all

        select
            followed.*,
            next_snapshot_date as from_date,
            true as is_gone
        from followed
        where
            next_snapshot_date is not null
            and (
                next_delivery_date is null
                or next_delivery_date > next_snapshot_date
            )

    )
{%- endmacro %}
