with factors as (

    select * from {{ ref('kept_factors') }}
    where as_of_date = {{ as_of_to() }} and coalesce(points, 1) > 0

),

-- The points of a signal stand in its rule, all others in the factor. Of equal points
-- the rule that comes first by name.
rules as (

    select
        *,
        row_number() over (partition by ruleset order by rule_id desc) as place
    from {{ ref('keyed_rules') }}
    where coalesce(points, 1) > 0

),

-- What several rulesets say with the same words is said once.
sentences as (

    select distinct
        rule_key,
        reason
    from rules

),

filled as (

    select
        factors.lead_id,
        factors.rule_key,
        factors.points,
        sentences.reason as sentence,
        {{ filled_reason('sentences.reason', 'factors') }} as reason
    from factors
    inner join sentences
        on factors.rule_key = sentences.rule_key

),

-- Points, to four decimals, and place as one whole number: of a number the greatest
-- are found faster, and in less memory, than of a row. From 100 million points on
-- only the place counts.
weighed as (

    select
        filled.lead_id,
        rules.ruleset,
        filled.reason,
        cast(
            least(coalesce(filled.points, rules.points), 100000000) * 10000 as bigint
        ) * 100000 + rules.place as weight
    from filled
    inner join rules
        on
            filled.rule_key = rules.rule_key
            and filled.sentence = rules.reason

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
