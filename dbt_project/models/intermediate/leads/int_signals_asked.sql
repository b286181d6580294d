with published as (

    select signal
    from {{ ref('signals') }}
    where published

),

asked as (

    {% for rule_file in ['signal_rules', 'exclusions', 'segments'] %}
        select signal from {{ ref(rule_file) }}
        union
    {% endfor %}

    {% for rule_file in ['signal_rules', 'activity_rules', 'qualification'] %}
        select if_signal as signal from {{ ref(rule_file) }}
        union
    {% endfor %}

    select signal from published

),

signals_asked as (

    select
        asked.signal,
        published.signal is not null as is_published,
        nullif(split_part(asked.signal, '.', 1), asked.signal) as record,
        {{ json_path("substr(asked.signal, strpos(asked.signal, '.') + 1)") }}
            as json_path,
        substr(asked.signal, strpos(asked.signal, '.') + 1) as column_name
    from asked
    left join published
        on asked.signal = published.signal
    where asked.signal is not null

)

select * from signals_asked
