{#
  When hubs (mailboxes or visitors) belong to nobody: more links than a limit allows, or
  names that differ, weighed against the limit `names_limit`. `people` is what
  links_of_one_name makes.
#}
{% macro limits_exceeded(people, names_limit) -%}
    with changes as (

        {{ link_changes(people) }}

    ),

    too_many as (

        {{ above_limit('changes', ['hub', 'limit_name']) }}

    ),

    names as (

        {{ links_that_differ(people, 'too_many') }}

    ),

    name_changes as (

        select
            names.hub,
            identity_limits.limit_name,
            identity_limits.max_links,
            unnest([names.valid_from, names.valid_to + 1]) as day,
            unnest([names.weight, -names.weight]) as change
        from names
        inner join identity_limits
            on identity_limits.limit_name = '{{ names_limit }}'

    ),

    different as (

        {{ above_limit('name_changes', ['hub', 'limit_name']) }}

    )

    select
        hub as node,
        limit_name,
        valid_from,
        valid_to
    from too_many

    union all

    select
        hub as node,
        limit_name,
        valid_from,
        valid_to
    from different
{%- endmacro %}
