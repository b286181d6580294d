{{ config(materialized='view') }}

with caps as (

    select * from {{ ref('caps') }}

),

adjustments as (

    select * from {{ ref('manual_adjustments') }}

),

grouped as (

    {% for rules in ['signal_rules', 'activity_rules'] %}
        select
            ruleset,
            rule_group,
            dimension
        from {{ ref(rules) }}
        {{ 'union all' if not loop.last }}
    {% endfor %}

),

-- All rules of a group stand in one dimension.
groups as (

    select distinct
        ruleset,
        rule_group,
        dimension
    from grouped

),

rules as (

    select
        caps.ruleset,
        'cap:' || caps.name as rule_id,
        case caps.scope
            when 'rule_group' then groups.dimension
            when 'dimension' then caps.name
            else 'adjustment'
        end as dimension,
        groups.rule_group,
        'Limit for ' || replace(caps.name, '_', ' ') || ': '
        || concat_ws(
            ' and ',
            'at least ' || rtrim(rtrim(cast(caps.min_points as varchar), '0'), '.')
            || ' points',
            'at most ' || rtrim(rtrim(cast(caps.max_points as varchar), '0'), '.')
            || ' points',
            'at most ' || caps.max_percent || ' % of the total'
        ) as reason
    from caps
    left join groups
        on
            caps.scope = 'rule_group'
            and caps.ruleset = groups.ruleset
            and caps.name = groups.rule_group

    union all

    select
        ruleset,
        'manual:' || adjustment_id as rule_id,
        'adjustment' as dimension,
        null as rule_group,
        reason
    from adjustments

)

select * from rules
