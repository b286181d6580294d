{#
  The last day that this run scores, and publishes. It comes from the environment, not
  from a dbt variable: a changed variable makes dbt read the whole project again.
#}
{% macro as_of_to() -%}
    cast('{{ env_var("LEADSCORE_AS_OF_TO", "1970-01-01") }}' as date)
{%- endmacro %}
