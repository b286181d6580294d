with asked as (

    select
        signal,
        value_text,
        min_value,
        max_value
    from {{ ref('signal_rules') }}

    union all

    -- Whether it is known at all: how complete a lead is.
    select
        signal,
        '*' as value_text,
        null as min_value,
        null as max_value
    from {{ ref('signal_rules') }}

    {% for rule_file in ['signal_rules', 'activity_rules', 'qualification'] %}
        union all

        select
            if_signal as signal,
            if_value as value_text,
            null as min_value,
            null as max_value
        from {{ ref(rule_file) }}
        where if_signal is not null
    {% endfor %}

    union all

    select
        signal,
        value_text,
        null as min_value,
        null as max_value
    from {{ ref('exclusions') }}

),

spelled as (

    select
        {{ condition('signal', 'value_text', 'min_value', 'max_value') }} as condition,
        signal,
        {{ wanted_values('value_text') }} as wanted,
        min_value,
        max_value
    from asked

),

conditions as (

    select
        cast(row_number() over (order by condition) as integer) as condition_id,
        condition,
        any_value(signal) as signal,
        any_value(wanted) as wanted,
        any_value(min_value) as min_value,
        any_value(max_value) as max_value
    from spelled
    group by condition

)

select * from conditions
