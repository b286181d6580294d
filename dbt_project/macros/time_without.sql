{#
  Links (hub, spoke, valid_from, valid_to and more) without the times that are taken
  from them (hub, spoke, valid_from, valid_to): a link may fall into several.
#}
{% macro time_without(links, taken) -%}
    with taken_of_links as (

        select
            links.hub,
            links.spoke,
            links.valid_from as link_from,
            greatest(links.valid_from, taken.valid_from) as valid_from,
            least(links.valid_to, taken.valid_to) as valid_to
        from {{ links }} as links
        inner join {{ taken }} as taken
            on
                links.hub = taken.hub
                and links.spoke = taken.spoke
                and links.valid_from <= taken.valid_to
                and links.valid_to >= taken.valid_from

    ),

    changes as (

        select
            hub,
            spoke,
            link_from,
            unnest([link_from, valid_from, valid_to + 1]) as day,
            unnest([0, 1, -1]) as change
        from taken_of_links

    ),

    by_day as (

        select
            hub,
            spoke,
            link_from,
            day,
            sum(change) as change
        from changes
        group by hub, spoke, link_from, day

    ),

    stretches as (

        select
            hub,
            spoke,
            link_from,
            day as valid_from,
            coalesce(lead(day) over link - 1, {{ forever() }}) as valid_to,
            sum(change) over link as times_taken
        from by_day
        window link as (partition by hub, spoke, link_from order by day)

    )

    select
        links.* replace (
            coalesce(stretches.valid_from, links.valid_from) as valid_from,
            least(links.valid_to, coalesce(stretches.valid_to, links.valid_to))
                as valid_to
        )
    from {{ links }} as links
    left join stretches
        on
            links.hub = stretches.hub
            and links.spoke = stretches.spoke
            and links.valid_from = stretches.link_from
    where
        stretches.hub is null
        or stretches.times_taken = 0 and stretches.valid_from <= links.valid_to
{%- endmacro %}
