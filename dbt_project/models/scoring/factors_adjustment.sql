{{ config(materialized='view') }}

{% set dimensions = ['demographic', 'firmographic', 'behavioral', 'negative'] %}

with group_points as (

    select * from {{ ref('group_points') }}

),

lead_points as (

    select * from {{ ref('lead_points') }}

),

-- One factor a scope, however many caps a ruleset gives it.
caps as (

    select
        ruleset,
        scope,
        min(name) as name
    from {{ ref('caps') }}
    group by ruleset, scope

),

adjustments as (

    select * from {{ ref('priced_adjustments') }}

),

-- A cap that bites is a factor of its own: what it takes away or adds.
factors as (

    select
        lead_id,
        valid_from,
        ruleset,
        dimension,
        rule_group,
        'cap:' || rule_group as rule_id,
        cast(points - uncapped_points as decimal(18, 4)) as points
    from group_points

    union all

    {% for dimension in dimensions %}
        select
            lead_id,
            valid_from,
            ruleset,
            '{{ dimension }}' as dimension,
            null as rule_group,
            'cap:{{ dimension }}' as rule_id,
            {{ dimension }}_cap_points as points
        from lead_points

        union all
    {% endfor %}

    select
        lead_points.lead_id,
        lead_points.valid_from,
        lead_points.ruleset,
        'adjustment' as dimension,
        null as rule_group,
        'cap:' || caps.name as rule_id,
        case caps.scope
            when 'fit' then lead_points.fit_cap_points
            else lead_points.total_cap_points
        end as points
    from lead_points
    inner join caps
        on
            lead_points.ruleset = caps.ruleset
            and caps.scope in ('fit', 'total')

    union all

    select
        lead_id,
        valid_from,
        ruleset,
        'adjustment' as dimension,
        null as rule_group,
        'manual:' || adjustment_id as rule_id,
        points
    from adjustments

)

select * from factors
where points != 0
