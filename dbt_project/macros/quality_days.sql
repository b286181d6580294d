{# So many days of batches and checks are published. #}
{% macro quality_days() -%} 35 {%- endmacro %}
