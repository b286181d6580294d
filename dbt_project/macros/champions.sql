{#
  One row per day of a relation, with the ruleset that is shown of a scorecard: the
  newest champion in effect; before the first took effect, the first.
#}
{% macro champions(rulesets, scorecard, days) -%}
    select
        {{ days }}.as_of_date,
        {{ rulesets }}.ruleset
    from {{ days }}
    cross join {{ rulesets }}
    where
        {{ rulesets }}.status = 'champion'
        and {{ rulesets }}.scorecard = '{{ scorecard }}'
    qualify
        row_number() over (
            partition by {{ days }}.as_of_date
            order by
                {{ rulesets }}.effective_from <= {{ days }}.as_of_date desc,
                abs({{ days_between(
                    rulesets ~ '.effective_from', days ~ '.as_of_date'
                ) }}) asc,
                {{ rulesets }}.ruleset asc
        ) = 1
{%- endmacro %}
