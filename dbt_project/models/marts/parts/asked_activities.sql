{{ config(materialized='view') }}

with cells as (

    select activity as asked
    from {{ ref('activity_rules') }}
    union
    select if_activity as asked
    from {{ ref('qualification') }}
    union
    select activity as asked
    from {{ ref('segments') }}
    union
    select after_activity as asked
    from {{ ref('segments') }}

),

listed as (

    select
        asked,
        list_transform(
            string_split(asked, '|'), lambda name: trim(name)
        ) as names
    from cells
    where asked is not null

),

placed as (

    select
        asked,
        names,
        unnest(range(1, len(names) + 1)) as place
    from listed

),

-- What the description says before it explains.
described as (

    select
        activity,
        lower(left(description, 1))
        || trim(regexp_extract(substr(description, 2), '^[^;:]+')) as words
    from {{ ref('activities') }}

),

-- Of many descriptions the activity's name tells more.
told as (

    select
        activity,
        {{ either_of('list(distinct words order by words)') }} as words
    from described
    group by activity
    having count(distinct words) <= 2

),

worded as (

    select
        placed.asked,
        list(
            case
                when placed.names[placed.place] = '*' then 'engaged with us'
                else coalesce(
                    told.words, replace(placed.names[placed.place], '_', ' ')
                )
            end
            order by placed.place
        ) as words
    from placed
    left join told
        on placed.names[placed.place] = told.activity
    group by placed.asked

),

joined as (

    select
        asked,
        {{ either_of('words') }} as words
    from worded

)

select * from joined
