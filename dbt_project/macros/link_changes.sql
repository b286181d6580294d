{#
  The days on which a hub's number of links (hub, limit_name, valid_from, valid_to) goes
  up or down, with its limit.
#}
{% macro link_changes(links) -%}
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

    )

    select
        hub,
        limit_name,
        max_links,
        unnest([valid_from, valid_to + 1]) as day,
        unnest([1, -1]) as change
    from counted
{%- endmacro %}
