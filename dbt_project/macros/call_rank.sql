{#
  The place in its queue of a lead that has one: what is due next, then what has been
  overdue for the shortest time.
#}
{% macro call_rank(queues) -%}
    cast(row_number() over (
        partition by {{ queues }}
        order by
            priority asc,
            is_overdue asc,
            if(is_overdue, null, due_at) asc,
            due_at desc,
            total_points desc,
            lead_id asc
    ) as integer)
{%- endmacro %}
