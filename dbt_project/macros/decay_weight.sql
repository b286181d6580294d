{#
  What a unit of this age (in days) is worth, 0 to 1, to 10 places. Linear decay is
  computed in whole numbers, so that no half-way case depends on a float.
#}
{% macro decay_weight(decay, age, decay_days) -%}
    cast(
        case {{ decay }}
            when 'linear'
                then cast(
                    (
                        20000000000 * greatest(0, {{ decay_days }} - {{ age }})
                        + {{ decay_days }}
                    ) // (2 * {{ decay_days }}) as decimal(18, 0)
                ) * cast(0.0000000001 as decimal(10, 10))
            when 'half_life'
                then round(power(cast(0.5 as double), {{ age }} / {{ decay_days }}), 10)
            else 1
        end as decimal(18, 10)
    )
{%- endmacro %}
