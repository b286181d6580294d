{#
  Steps of a query. `held`: the rows of `found`, a step before it, whose rule has no
  second condition (`if_signal`) or one that the span meets. Apart, so that rows without
  one are not joined.
#}
{% macro held_under_conditions(found) -%}
    conditions as (

        select * from {{ ref('rule_conditions') }}

    ),

    held as (

        select *
        from {{ found }}
        where if_signal is null

        union all

        select found.*
        from {{ found }} as found
        inner join conditions
            on
                found.span_id = conditions.span_id
                and found.rule_key = conditions.rule_key
        where found.if_signal is not null

    )
{%- endmacro %}
