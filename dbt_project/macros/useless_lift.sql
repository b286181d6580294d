{#
  A rule is useless if the whole interval of its lift holds 1 and lies between this and
  one divided by this: more leads could not make it worth its place.
#}
{% macro useless_lift() -%}
    2
{%- endmacro %}
