{#
  An end of the 95 % interval of a share (Wilson 1927), which holds for few as well.
  `sign` is - for the lower end and + for the upper one.
#}
{% macro wilson_limit(found, total, sign) -%}
    round(
        (
            {{ found }} + pow({{ normal_deviate() }}, 2) / 2
            {{ sign }} {{ normal_deviate() }} * sqrt(
                {{ found }} * ({{ total }} - {{ found }}) / nullif({{ total }}, 0)
                + pow({{ normal_deviate() }}, 2) / 4
            )
        ) / ({{ total }} + pow({{ normal_deviate() }}, 2)), 9
    )
{%- endmacro %}
