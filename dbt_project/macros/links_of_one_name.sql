{#
  Links (hub, spoke, limit_name, name_words, valid_from, valid_to) with those of one
  name on a hub made one, `who`: equal names are one person's. A link without a name
  is one for itself.
#}
{% macro links_of_one_name(links) -%}
    with keyed as (

        select
            hub,
            limit_name,
            if(len(name_words) > 0, array_to_string(name_words, ' '), spoke) as who,
            len(name_words) > 0 as is_name,
            0 as max_links,
            unnest([valid_from, valid_to + 1]) as day,
            unnest([1, -1]) as change
        from {{ links }}

    ),

    together as (

        {{ above_limit('keyed', ['hub', 'limit_name', 'who', 'is_name']) }}

    )

    select * from together
{%- endmacro %}
