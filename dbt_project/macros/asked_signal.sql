{#
  The signal that a row of a ruleset asks. A segment is its ruleset's own, and so is the
  signal of being in it.
#}
{% macro asked_signal(signal, ruleset) -%}
    if(
        starts_with({{ signal }}, 'segment.'),
        replace({{ signal }}, 'segment.', 'segment.' || {{ ruleset }} || '.'),
        {{ signal }}
    )
{%- endmacro %}
