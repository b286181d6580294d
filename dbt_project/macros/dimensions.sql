{#
  The parts of a score, each with rules of its own. Caps across them and manual
  adjustments are one more, `adjustment`.
#}
{% macro dimensions() -%}
    {{ return(['demographic', 'firmographic', 'behavioral', 'negative']) }}
{%- endmacro %}
