with patterns as (

    select * from {{ ref('int_status_patterns') }}

),

leads as (

    select * from {{ ref('stg_crm__leads') }}

),

accounts as (

    select * from {{ ref('stg_crm__accounts') }}

),

opportunities as (

    select * from {{ ref('stg_crm__opportunities') }}

),

activities as (

    select * from {{ ref('stg_crm__activities') }}

),

delivered as (

    select
        lead_id as record_id,
        unnest(['lead_status', 'lifecycle_stage']) as field,
        unnest([status, lifecycle_stage]) as value
    from leads

    union all

    select
        account_id as record_id,
        unnest(['account_type', 'lifecycle_stage']) as field,
        unnest([account_type, lifecycle_stage]) as value
    from accounts

    union all

    select
        opportunity_id as record_id,
        'opportunity_stage' as field,
        stage as value
    from opportunities

    union all

    select
        activity_id as record_id,
        'activity_type' as field,
        activity_type as value
    from activities

),

counted as (

    select
        field,
        value,
        {{ plain_words('value') }} as words,
        count(distinct record_id) as record_count
    from delivered
    where value is not null
    group by field, value

),

known as (

    {{ with_meaning('counted') }}

),

-- What an outcome is said of is what its activity's type means.
outcomes as (

    select
        coalesce(known.meaning, activities.activity_type) || '_outcome' as field,
        activities.outcome as value,
        {{ plain_words('activities.outcome') }} as words,
        count(distinct activities.activity_id) as record_count
    from activities
    left join known
        on known.field = 'activity_type' and activities.activity_type = known.value
    where activities.outcome is not null
    group by
        coalesce(known.meaning, activities.activity_type) || '_outcome',
        activities.outcome

),

known_outcomes as (

    {{ with_meaning('outcomes') }}

),

united as (

    select * from known

    union all

    select * from known_outcomes

)

select
    field,
    value,
    meaning,
    record_count
from united
