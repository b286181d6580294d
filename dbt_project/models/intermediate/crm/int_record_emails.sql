with records as (

    select
        lead_id,
        email,
        first_name,
        last_name,
        is_gone,
        delivered_date,
        valid_from,
        valid_to
    from {{ ref('int_crm_lead_versions') }}

),

staged as (

    select
        *,
        lead_id || ' ' || email as record_email,
        cast(null as timestamp) as updated_at,
        false as is_deleted
    from {{ ref('stg_crm__emails') }}

),

{{ deliveries_and_gaps('staged', 'crm_emails', 'record_email') }},

changed as (

    select *
    from deliveries_and_gaps
    qualify
        is_gone is distinct from lag(is_gone) over (
            partition by record_email order by from_date
        )

),

further as (

    select
        lead_id,
        email,
        is_gone,
        from_date as valid_from,
        coalesce(
            lead(from_date) over (partition by record_email order by from_date) - 1,
            {{ forever() }}
        ) as valid_to
    from changed

),

further_of_records as (

    select
        records.lead_id,
        further.email,
        records.first_name,
        records.last_name,
        records.is_gone,
        records.delivered_date,
        -- What came with a version counts as long as the version does.
        case
            when further.valid_from <= records.delivered_date then records.valid_from
            else further.valid_from
        end as valid_from,
        least(further.valid_to, records.valid_to) as valid_to
    from records
    inner join further
        on
            records.lead_id = further.lead_id
            and records.delivered_date <= further.valid_to
            and records.valid_to >= further.valid_from
    where
        further.email is distinct from records.email
        and (
            not further.is_gone
            -- A deleted record takes its addresses with it.
            or (records.is_gone and further.valid_from = records.valid_from)
        )

)

select
    *,
    false as is_further
from records
where email is not null

union all

select
    *,
    true as is_further
from further_of_records
