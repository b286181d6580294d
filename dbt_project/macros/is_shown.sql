{#
  Whether lead_scores shows a lead under a row of shown_rulesets: in an experiment with
  the champion, the lead's bucket says under which of the two.
#}
{% macro is_shown(lead_id, shown) -%}
    (
        {{ shown }}.experiment is null
        or (
            {{ experiment_bucket(lead_id, shown ~ '.experiment') }}
            >= {{ shown }}.from_share
            and {{ experiment_bucket(lead_id, shown ~ '.experiment') }}
            < {{ shown }}.below_share
        )
    )
{%- endmacro %}
