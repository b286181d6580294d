{#
  Steps of a query. `matched`: every pair of a span's signal and a row of `rules`, a step
  before it, whose condition the value meets. A row has a `signal` and the condition as
  wanted_values spells it, `wanted`; `in_bounds` says what else it asks. A row that names
  values is looked up by them, which is faster than comparing.
#}
{% macro matched_signals(rules, in_bounds='true') -%}
    by_value as (

        select
            *,
            unnest(list_distinct(string_split(trim(wanted, '|'), '|'))) as wanted_value
        from {{ rules }}
        where starts_with(wanted, '|')

    ),

    by_comparison as (

        select
            *,
            null as wanted_value
        from {{ rules }}
        where wanted is null or not starts_with(wanted, '|')

    ),

    matched as not materialized (

        {{ unpivoted_signals(
            'by_value', 'signals.value_text = rules.wanted_value and ' ~ in_bounds
        ) }}

        union all

        {{ unpivoted_signals(
            'by_comparison',
            value_matches('signals.value_text', 'rules.wanted') ~ ' and ' ~ in_bounds
        ) }}

    )
{%- endmacro %}
