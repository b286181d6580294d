{#
  The most points that are no more than so many percent of themselves and the rest
  together: percent / (100 - percent) of the rest, and 0 beside a rest below it. Computed
  in whole numbers, so that no half-way case depends on a float.
#}
{% macro most_beside(rest, percent) -%}
    cast((
        2 * {{ percent }}
        * cast(greatest(cast({{ rest }} as decimal(18, 4)), 0) * 10000 as hugeint)
        + 100 - {{ percent }}
    ) // (2 * (100 - {{ percent }})) as decimal(30, 0)) * cast(0.0001 as decimal(4, 4))
{%- endmacro %}
