{#
  How much leads differ from those of the cut-offs before: the population stability index
  (Siddiqi 2006, Credit Risk Scorecards), half a lead added to each value.
#}
with counted as (

    select * from {{ ref('stability_counts') }}

),

days as (

    select distinct
        kind,
        ruleset,
        item,
        cut_off
    from counted

),

beside as (

    select
        days.kind,
        days.ruleset,
        days.item,
        days.cut_off,
        counted.value,
        coalesce(
            sum(counted.leads) filter (where counted.cut_off = days.cut_off), 0
        ) as leads_now,
        coalesce(
            sum(counted.leads) filter (where counted.cut_off < days.cut_off), 0
        ) as leads_before
    from days
    inner join counted
        on
            days.kind = counted.kind
            and days.ruleset = counted.ruleset
            and days.item = counted.item
            and days.cut_off >= counted.cut_off
    group by days.kind, days.ruleset, days.item, days.cut_off, counted.value

),

shares as (

    select
        *,
        count(*) over of_day as kinds,
        sum(leads_now) over of_day as all_now,
        sum(leads_before) over of_day as all_before,
        (leads_now + 0.5) / (sum(leads_now + 0.5) over of_day) as share_now,
        (leads_before + 0.5) / (sum(leads_before + 0.5) over of_day) as share_before
    from beside
    window of_day as (partition by kind, ruleset, item, cut_off)

),

indexed as (

    select
        kind,
        ruleset,
        item,
        cut_off,
        any_value(all_now) as leads_now,
        any_value(all_before) as leads_before,
        any_value(kinds) as kinds,
        sum((share_now - share_before) * ln(share_now / share_before))
            as stability_index
    from shares
    group by kind, ruleset, item, cut_off

)

select * from indexed
where leads_before > 0
