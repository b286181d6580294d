{{ config(materialized='view') }}

with group_caps as (

    select * from {{ ref('group_caps') }}

),

dimension_points as (

    select * from {{ ref('dimension_points') }}

),

lead_points as (

    select * from {{ ref('lead_points') }}

),

rules as (

    select * from {{ ref('priced_rules') }}

),

-- One factor a scope, however many caps a ruleset gives it.
caps as (

    select
        ruleset,
        scope,
        min(name) as name
    from {{ ref('caps') }}
    where scope in ('fit', 'total')
    group by ruleset, scope

),

biting as (

    select
        span_id,
        ruleset,
        'cap:' || rule_group as rule_id,
        points
    from group_caps

    union all

    select
        span_id,
        ruleset,
        'cap:' || dimension as rule_id,
        points - uncapped_points as points
    from dimension_points

    union all

    select
        lead_points.span_id,
        lead_points.ruleset,
        'cap:' || caps.name as rule_id,
        case caps.scope
            when 'fit' then lead_points.fit_cap_points
            else lead_points.total_cap_points
        end as points
    from lead_points
    inner join caps
        on lead_points.ruleset = caps.ruleset

),

factors as (

    select
        biting.span_id,
        rules.rule_key,
        rules.ruleset,
        rules.dimension,
        rules.rule_group,
        cast(biting.points as decimal(18, 4)) as points
    from biting
    inner join rules
        on
            biting.ruleset = rules.ruleset
            and biting.rule_id = rules.rule_id
    where biting.points != 0

)

select * from factors
