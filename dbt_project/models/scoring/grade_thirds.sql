{{ config(materialized='view') }}

with priced_signals as (

    select * from {{ ref('priced_signals') }}
    where grade_thirds is not null

),

-- One value per rule group: the one that moves the grade most.
by_group as (

    select
        lead_id,
        valid_from,
        ruleset,
        rule_group,
        max_by(grade_thirds, row(abs(grade_thirds), -grade_thirds)) as thirds
    from priced_signals
    group by lead_id, valid_from, ruleset, rule_group

),

summed as (

    select
        lead_id,
        valid_from,
        ruleset,
        sum(thirds) as thirds
    from by_group
    group by lead_id, valid_from, ruleset

)

select * from summed
