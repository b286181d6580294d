{#
  An amount, if it is in the company's currency or says none; a sum in another currency
  is unknown, never taken for ours.
#}
{% macro in_our_currency(amount, currency) -%}
    case
        when
            {{ currency }} is null
            or {{ currency }}
            = (select min(bands.currency) from {{ ref('revenue_bands') }} as bands)
            then {{ amount }}
    end
{%- endmacro %}
