{#
  The days on which a hub's number of links goes up or down: a link (hub, limit_name,
  spoke, valid_from, valid_to) counts while it holds and its spoke is not uncounted
  (spoke, valid_from, valid_to).
#}
{% macro link_changes(links, uncounted) -%}
    with counted as (

        -- A hub that never has more links than its limit is left out at once.
        select
            links.*,
            identity_limits.max_links
        from {{ links }} as links
        inner join {{ ref('identity_limits') }} as identity_limits
            on links.limit_name = identity_limits.limit_name
        qualify
            count(*) over (partition by links.hub, links.limit_name)
            > identity_limits.max_links

    ),

    taken_out as (

        select
            counted.hub,
            counted.limit_name,
            counted.max_links,
            greatest(counted.valid_from, uncounted.valid_from) as valid_from,
            least(counted.valid_to, uncounted.valid_to) as valid_to
        from counted
        inner join {{ uncounted }} as uncounted
            on
                counted.spoke = uncounted.spoke
                and counted.valid_from <= uncounted.valid_to
                and counted.valid_to >= uncounted.valid_from

    ),

    changes as (

        select
            hub,
            limit_name,
            max_links,
            unnest([valid_from, valid_to + 1]) as day,
            unnest([1, -1]) as change
        from counted

        union all

        select
            hub,
            limit_name,
            max_links,
            unnest([valid_from, valid_to + 1]) as day,
            unnest([-1, 1]) as change
        from taken_out

    )

    select * from changes
    where day <= {{ forever() }}
{%- endmacro %}
