{#
  From when to when what changes add up to is above `max_links`: `changes` has the key
  columns, max_links, a day and the change, up or down, on it.
#}
{% macro above_limit(changes, keys) -%}
    {%- set keys = keys | join(', ') -%}
    with by_day as (

        select
            {{ keys }},
            max_links,
            day,
            sum(change) as change
        from {{ changes }}
        group by {{ keys }}, max_links, day

    ),

    judged as (

        select
            *,
            sum(change) over (
                partition by {{ keys }} order by day rows unbounded preceding
            ) > max_links as is_above
        from by_day

    ),

    turned as (

        select *
        from judged
        qualify
            is_above is distinct from lag(is_above) over (
                partition by {{ keys }} order by day
            )

    ),

    followed as (

        select
            *,
            coalesce(
                lead(day) over (partition by {{ keys }} order by day) - 1,
                {{ forever() }}
            ) as valid_to
        from turned

    )

    select
        {{ keys }},
        day as valid_from,
        valid_to
    from followed
    where is_above
{%- endmacro %}
