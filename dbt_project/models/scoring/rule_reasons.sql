with signal_rules as (

    select * from {{ ref('signal_rules') }}

),

activity_rules as (

    select * from {{ ref('activity_rules') }}

),

caps as (

    select * from {{ ref('caps') }}

),

adjustments as (

    select * from {{ ref('manual_adjustments') }}

),

reasons as (

    select
        ruleset,
        rule_id,
        reason
    from signal_rules

    union all

    select
        ruleset,
        rule_id,
        reason
    from activity_rules

    union all

    select
        ruleset,
        'cap:' || name as rule_id,
        'Limit for ' || replace(name, '_', ' ') || ': '
        || concat_ws(
            ' and ',
            'at least ' || rtrim(rtrim(cast(min_points as varchar), '0'), '.'),
            'at most ' || rtrim(rtrim(cast(max_points as varchar), '0'), '.')
        )
        || ' points' as reason
    from caps

    union all

    select
        ruleset,
        'manual:' || adjustment_id as rule_id,
        reason
    from adjustments

)

select * from reasons
