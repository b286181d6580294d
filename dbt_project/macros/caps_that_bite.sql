{#
  The caps that add to the points of each `who` or take away: how many, by the name that
  the cap has as a rule.
#}
{% macro caps_that_bite(group_caps, dimension_points, points, who) %}
with group_caps as (

    select * from {{ group_caps }}

),

dimension_points as (

    select * from {{ dimension_points }}

),

capped as (

    select * from {{ points }}

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
        {{ who }},
        ruleset,
        'cap:' || rule_group as rule_id,
        points
    from group_caps

    union all

    select
        {{ who }},
        ruleset,
        'cap:' || dimension as rule_id,
        points - uncapped_points as points
    from dimension_points

    union all

    select
        capped.{{ who }},
        capped.ruleset,
        'cap:' || caps.name as rule_id,
        case caps.scope
            when 'fit' then capped.fit_cap_points
            else capped.total_cap_points
        end as points
    from capped
    inner join caps
        on capped.ruleset = caps.ruleset

)

select
    {{ who }},
    ruleset,
    rule_id,
    cast(points as decimal(18, 4)) as points
from biting
where points != 0
{% endmacro %}
