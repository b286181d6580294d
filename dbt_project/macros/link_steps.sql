{#
  The days on which a hub's number of links goes up or down: a link (hub, cap,
  spoke, since, until) counts while it holds and its spoke is not paused (spoke,
  from_date, to_date).
#}
{% macro link_steps(links, pauses) -%}
    with counted as (

        -- A hub that never has more links than its cap is left out at once.
        select
            links.*,
            identity_caps.max_links
        from {{ links }} as links
        inner join {{ ref('identity_caps') }} as identity_caps
            on links.cap = identity_caps.cap
        qualify
            count(*) over (partition by links.hub, links.cap) > identity_caps.max_links

    ),

    paused as (

        select
            counted.hub,
            counted.cap,
            counted.max_links,
            greatest(counted.since, pauses.from_date) as from_date,
            least(counted.until, pauses.to_date) as to_date
        from counted
        inner join {{ pauses }} as pauses
            on
                counted.spoke = pauses.spoke
                and counted.since <= pauses.to_date
                and counted.until >= pauses.from_date

    ),

    steps as (

        select
            hub,
            cap,
            max_links,
            unnest([since, until + 1]) as day,
            unnest([1, -1]) as step
        from counted

        union all

        select
            hub,
            cap,
            max_links,
            unnest([from_date, to_date + 1]) as day,
            unnest([-1, 1]) as step
        from paused

    )

    select * from steps
    where day <= {{ forever() }}
{%- endmacro %}
