with feedback as (

    select * from {{ ref('int_lead_feedback') }}
    where {{ as_of_to() }} between valid_from and valid_to

),

leads as (

    select lead_id from {{ ref('int_lead_spans') }}
    where valid_to = {{ as_of_to() }}

),

world as (

    select * from {{ ref('stg_pipeline__world') }}

),

-- Who gave a verdict may be named by an address, which is not published.
given as (

    select
        feedback.lead_id,
        feedback.verdict,
        case
            when feedback.given_by is null then 'unknown'
            when contains(feedback.given_by, '@')
                then {{ hashed_email('lower(feedback.given_by)', 'world.id_key') }}
            else feedback.given_by
        end as given_by,
        feedback.given_at
    from feedback
    inner join leads
        on feedback.lead_id = leads.lead_id
    cross join world

),

newest as (

    select
        lead_id,
        verdict,
        given_by,
        given_at,
        {{ as_of_to() }} as as_of_date
    from given
    qualify
        row_number() over (
            partition by lead_id, given_by order by given_at desc, verdict asc
        ) = 1

)

select * from newest
