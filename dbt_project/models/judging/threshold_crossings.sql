{#
  Who reaches a threshold for the first time after the first cut-off, as a weekly pace:
  who was above it at that one may have been for long.
#}
with items as (

    select
        *,
        cast(item as integer) as min_points
    from {{ ref('judged_items') }}
    where item_kind = 'threshold'

),

cut_offs as (

    select
        target,
        min(cut_off) as first_cut_off,
        (max(cut_off) - min(cut_off)) / 7 as weeks
    from {{ source('judged', 'cut_offs') }}
    where is_finished
    group by target

),

first_reached as (

    select
        target,
        ruleset,
        value as letter,
        min_points,
        lead_id,
        min(cut_off) as reached_on
    from items
    group by target, ruleset, value, min_points, lead_id

),

paces as (

    select
        first_reached.target,
        first_reached.ruleset,
        first_reached.letter,
        first_reached.min_points,
        count_if(first_reached.reached_on > cut_offs.first_cut_off)
        / nullif(cut_offs.weeks, 0) as mqls_per_week
    from first_reached
    inner join cut_offs
        on first_reached.target = cut_offs.target
    group by
        first_reached.target, first_reached.ruleset, first_reached.letter,
        first_reached.min_points, cut_offs.weeks

)

select * from paces
