{{ config(materialized='view') }}

with cells as (

    select
        signal,
        value_text,
        min_value,
        max_value
    from {{ ref('signal_rules') }}

    union

    select
        signal,
        value_text,
        min_value,
        max_value
    from {{ ref('segments') }}

    {% for rules in ['signal_rules', 'activity_rules', 'qualification'] %}
        union

        select
            if_signal as signal,
            if_value as value_text,
            null as min_value,
            null as max_value
        from {{ ref(rules) }}
    {% endfor %}

),

spelled as (

    select
        *,
        coalesce(starts_with(ltrim(value_text), '!'), false) as is_negated,
        list_transform(
            string_split(ltrim(value_text, ' !'), '|'),
            lambda value: lower(trim(value))
        ) as asked_values
    from cells
    where signal is not null

),

placed as (

    select
        *,
        unnest(range(1, greatest(coalesce(len(asked_values), 0), 1) + 1)) as place
    from spelled

),

worded as (

    select
        placed.signal,
        placed.value_text,
        placed.min_value,
        placed.max_value,
        placed.is_negated,
        placed.asked_values,
        coalesce(
            any_value(signal_names.name),
            case
                when starts_with(placed.signal, 'attribute.') then 'the CRM column '
                when starts_with(placed.signal, 'account.')
                    then 'the account column '
                else ''
            end
            || replace(
                regexp_replace(placed.signal, '^(attribute|account)[.]', ''), '_', ' '
            )
        ) as signal_name,
        list(
            coalesce(
                names.name,
                if(
                    placed.asked_values[placed.place] = '(missing)', 'unknown',
                    replace(placed.asked_values[placed.place], '_', ' ')
                )
            )
            order by placed.place
        ) as value_names
    from placed
    left join {{ ref('value_names') }} as names
        on
            placed.signal = names.signal
            and placed.asked_values[placed.place] = names.value
    left join {{ ref('value_names') }} as signal_names
        on
            placed.signal = signal_names.signal
            and signal_names.value = '*'
    group by
        placed.signal,
        placed.value_text,
        placed.min_value,
        placed.max_value,
        placed.is_negated,
        placed.asked_values

),

told as (

    select
        signal,
        {{ condition('signal', 'value_text', 'min_value', 'max_value') }} as condition,
        signal_name || case
            when asked_values = ['*'] then ' is known'
            when asked_values in (['yes'], ['no']) and not is_negated
                then ': ' || asked_values[1]
            else ' is ' || concat_ws(
                ' and ',
                if(is_negated, 'not ', '')
                || if(value_text is null, null, {{ either_of('value_names') }}),
                {{ range_words('min_value', 'max_value') }}
            )
        end as words
    from worded

)

select * from told
