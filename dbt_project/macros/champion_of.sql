{#
  The ruleset that is shown of a scorecard: the newest champion in effect; before the
  first took effect, the first.
#}
{% macro champion_of(rulesets, scorecard) -%}
    select ruleset
    from {{ rulesets }}
    where
        status = 'champion'
        and scorecard = '{{ scorecard }}'
    qualify
        row_number() over (
            order by
                effective_from <= {{ as_of_to() }} desc,
                abs({{ days_between(
                    'effective_from', as_of_to()
                ) }}) asc,
                ruleset asc
        ) = 1
{%- endmacro %}
