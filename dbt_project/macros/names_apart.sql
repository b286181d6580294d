{#
  Of a hub's links that have a name, the first and those whose name has no word in
  common with it: more than one of them are different people.
#}
{% macro names_apart(links) -%}
    with named as (

        select
            *,
            first_value(name_words) over (
                partition by hub order by valid_from, spoke
            ) as first_words,
            first_value(spoke) over (
                partition by hub order by valid_from, spoke
            ) as first_spoke
        from {{ links }}
        where len(name_words) > 0
        qualify count(*) over (partition by hub) > 1

    )

    select
        hub,
        spoke,
        valid_from,
        valid_to
    from named
    where spoke = first_spoke or not list_has_any(name_words, first_words)
{%- endmacro %}
