with factors as (

    select * from {{ ref('kept_factors') }}
    where as_of_date = {{ as_of_to() }} and points > 0

),

-- Of equal points the rule that comes first by name.
rules as (

    select
        *,
        row_number() over (partition by ruleset order by rule_id desc) as place
    from {{ ref('rules') }}

),

-- Points, to four decimals, and place as one whole number: of a number the greatest
-- are found faster, and in less memory, than of a row. From 100 million points on
-- only the place counts.
weighed as (

    select
        factors.lead_id,
        rules.ruleset,
        {{ filled_reason('rules.reason', 'factors') }} as reason,
        cast(least(factors.points, 100000000) * 10000 as bigint) * 100000
        + rules.place as weight
    from factors
    inner join rules
        on factors.rule_key = rules.rule_key

),

top as (

    select
        lead_id,
        ruleset,
        array_to_string(max_by(reason, weight, 3), '; ') as top_reasons
    from weighed
    group by lead_id, ruleset

)

select * from top
