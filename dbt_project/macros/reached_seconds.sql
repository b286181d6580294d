{#
  The most seconds that a row of `activities` asks for and an event lasted; 0 for none.
  These are few, where durations are as many as events. Without such a row, as by
  default, no list is looked through.
#}
{% macro reached_seconds(duration_seconds) -%}
    case
        when
            {{ duration_seconds }}
            >= (select min(min_duration_seconds) from {{ ref('activities') }})
            then list_max(list_filter(
                (select list(distinct min_duration_seconds) from {{ ref('activities') }}),
                lambda seconds: seconds <= {{ duration_seconds }}
            ))
        else 0
    end
{%- endmacro %}
