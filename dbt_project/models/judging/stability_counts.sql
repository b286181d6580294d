with judged_facts as (

    select * from {{ ref('judged_facts') }}

),

people as (

    select * from {{ source('judged', 'cut_off_people') }}

),

activities as (

    select distinct name from judged_facts
    where kind = 'activity'

),

facts as (

    select
        kind,
        '' as ruleset,
        name as item,
        cut_off,
        value
    from judged_facts
    where kind = 'signal'

    union all

    -- Who did not do it has no row.
    select
        'activity' as kind,
        '' as ruleset,
        activities.name as item,
        people.cut_off,
        if(done.lead_id is null, 'not done', 'done') as value
    from people
    cross join activities
    left join judged_facts as done
        on
            people.cut_off = done.cut_off
            and people.lead_id = done.lead_id
            and done.kind = 'activity'
            and activities.name = done.name

    union all

    select
        'points' as kind,
        ruleset,
        'total_points' as item,
        cut_off,
        cast({{ points_band('total_points') }} as varchar) as value
    from {{ source('judged', 'cut_off_leads') }}

),

counted as (

    select
        kind,
        ruleset,
        item,
        cut_off,
        value,
        count(*) as leads
    from facts
    group by kind, ruleset, item, cut_off, value

)

select * from counted
