with asked as (

    {% for rule_file in ['signal_rules', 'segments'] %}
        select
            ruleset,
            signal,
            value_text,
            min_value,
            max_value
        from {{ ref(rule_file) }}
        where signal is not null

        union all
    {% endfor %}

    -- Whether it is known at all: how complete a lead is.
    select
        ruleset,
        signal,
        '*' as value_text,
        null as min_value,
        null as max_value
    from {{ ref('signal_rules') }}

    {% for rule_file in ['signal_rules', 'activity_rules', 'qualification'] %}
        union all

        select
            ruleset,
            if_signal as signal,
            if_value as value_text,
            null as min_value,
            null as max_value
        from {{ ref(rule_file) }}
        where if_signal is not null
    {% endfor %}

    union all

    select
        ruleset,
        signal,
        value_text,
        null as min_value,
        null as max_value
    from {{ ref('exclusions') }}

),

resolved as (

    select * replace ({{ asked_signal('signal', 'ruleset') }} as signal)
    from asked

),

spelled as (

    select
        {{ condition('signal', 'value_text', 'min_value', 'max_value') }} as condition,
        signal,
        {{ wanted_values('value_text') }} as wanted,
        min_value,
        max_value
    from resolved

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
