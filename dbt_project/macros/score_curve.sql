{#
  The 0-100 score of points: in proportion up to `curve_points` (T), where it is
  `score_at_curve_points` (S), then S + (100 - S)(1 - e^(-(points - T)/T)), rounded
  down to two decimals. The straight part is computed in whole numbers, because
  rounding a float down would lose a cent of a score that is exact.
#}
{% macro score_curve(points, curve_points, score_at_curve_points) -%}
    cast(
        case
            when {{ points }} <= 0 then 0
            when {{ points }} <= {{ curve_points }}
                then cast(
                    cast({{ score_at_curve_points }} * 10000 as hugeint)
                    * cast({{ points }} * 10000 as hugeint)
                    // (cast({{ curve_points }} * 10000 as hugeint) * 100)
                    as decimal(18, 0)
                ) / 100
            -- A float calls 1 - e^-40 a whole 1; the curve never reaches 100.
            else least(
                99.99,
                floor(
                    100 * (
                        {{ score_at_curve_points }}
                        + (100 - {{ score_at_curve_points }}) * (
                            1 - exp(
                                -cast({{ points }} - {{ curve_points }} as double)
                                / {{ curve_points }}
                            )
                        )
                    )
                ) / 100
            )
        end as decimal(5, 2)
    )
{%- endmacro %}
