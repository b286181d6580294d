{#
  The stretches of days on which what steps add up to is above `max_links`: `steps` has
  the key columns, max_links, a day and the step up or down on it.
#}
{% macro stretches_above(steps, keys) -%}
    {%- set keys = keys | join(', ') -%}
    with by_day as (

        select
            {{ keys }},
            max_links,
            day,
            sum(step) as step
        from {{ steps }}
        group by {{ keys }}, max_links, day

    ),

    judged as (

        select
            *,
            sum(step) over (
                partition by {{ keys }} order by day rows unbounded preceding
            ) > max_links as is_above
        from by_day

    ),

    changed as (

        select *
        from judged
        qualify
            is_above is distinct from lag(is_above) over (
                partition by {{ keys }} order by day
            )

    ),

    stretches as (

        select
            *,
            coalesce(
                lead(day) over (partition by {{ keys }} order by day) - 1,
                {{ forever() }}
            ) as to_date
        from changed

    )

    select
        {{ keys }},
        day as from_date,
        to_date
    from stretches
    where is_above
{%- endmacro %}
