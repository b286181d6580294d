with cut_offs as (

    select * from {{ source('judged', 'cut_offs') }}

),

by_target as (

    select
        target,
        max(judged_on) as judged_on,
        bool_and(is_dated) as is_dated,
        count(*) filter (where is_finished) as finished_cut_offs,
        min(cut_off) filter (where is_finished) as first_cut_off,
        max(cut_off) filter (where is_finished) as last_cut_off,
        string_agg(
            cast(if(is_finished, null, cut_off) as varchar), ', ' order by cut_off
        ) as unfinished_cut_offs
    from cut_offs
    group by target

)

select * from by_target
