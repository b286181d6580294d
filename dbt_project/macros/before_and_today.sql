{#
  Two steps of a query that compares: `before` has the rows that were kept of the day
  scored before, `today` those of the scored day.
#}
{% macro before_and_today(kept) -%}
    days as (

        select * from {{ ref('compared_days') }}

    ),

    before as (

        select kept.*
        from {{ kept }} as kept
        inner join days
            on kept.as_of_date = days.previous_date

    ),

    today as (

        select kept.*
        from {{ kept }} as kept
        inner join days
            on kept.as_of_date = days.as_of_date

    )
{%- endmacro %}
