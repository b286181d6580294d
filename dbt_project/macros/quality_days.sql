{# So many days of deliveries and checks are published. #}
{% macro quality_days() -%} 35 {%- endmacro %}
