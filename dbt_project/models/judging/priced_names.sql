with signal_rules as (

    select * from {{ ref('signal_rules') }}

),

activity_rules as (

    select * from {{ ref('activity_rules') }}

),

named as (

    select
        ruleset,
        'signal' as kind,
        unnest([signal, if_signal]) as name
    from signal_rules

    union all

    select
        ruleset,
        'signal' as kind,
        if_signal as name
    from activity_rules

    union all

    select
        ruleset,
        'activity' as kind,
        unnest(string_split(activity, '|')) as name
    from activity_rules

)

select distinct
    ruleset,
    kind,
    trim(name) as name
from named
where name is not null
