with factors as (

    select * from {{ ref('kept_factors') }}
    where as_of_date = {{ as_of_to() }} and points > 0

),

told_first as (

    select
        ruleset,
        reasons_first
    from {{ ref('rulesets') }}

),

-- Of equal points the rule that comes first by name. What a cap gives, as it ends at a
-- least number of points, is no reason.
rules as (

    select
        rules.rule_key,
        rules.ruleset,
        rules.reason,
        {{ reason_tier('told_first.reasons_first', 'rules.rule_group') }} as tier,
        row_number() over (
            partition by rules.ruleset order by rules.rule_id desc
        ) as place
    from {{ ref('priced_rules') }} as rules
    inner join told_first
        on rules.ruleset = told_first.ruleset
    where not starts_with(rules.rule_id, 'cap:')

),

-- Tier (there is room for 91), points to four decimals, and place as one whole number:
-- of a number the greatest are found faster, and in less memory, than of a row. From
-- 100 million points on only the place counts.
weighed as (

    select
        factors.lead_id,
        rules.ruleset,
        {{ filled_reason('rules.reason', 'factors') }} as reason,
        rules.tier * 100000000000000000
        + cast(least(factors.points, 100000000) * 10000 as bigint) * 100000
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
