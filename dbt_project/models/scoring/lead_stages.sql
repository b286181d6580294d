{{ config(materialized='view') }}

with lead_qualifications as (

    select * from {{ ref('lead_qualifications') }}

),

qualification as (

    select * from {{ ref('qualification') }}

),

lead_exclusions as (

    select * from {{ ref('lead_exclusions') }}

),

-- A lead for whom no row of qualification holds has no stage, but is not lost.
stages as (

    select
        lead_qualifications.*,
        coalesce(lead_exclusions.effect = 'excluded', false) as is_excluded,
        lead_exclusions.reason as exclusion_reason,
        case
            when lead_exclusions.effect = 'excluded' then 'excluded'
            else qualification.stage
        end as stage,
        coalesce(lead_exclusions.effect != 'excluded', true)
        and coalesce(qualification.is_mql, false) as is_mql,
        -- Nobody is asked to act on a lead that is excluded or held back.
        case
            when lead_exclusions.effect is null then qualification.priority
        end as priority,
        case when lead_exclusions.effect is null then qualification.queue end as queue,
        case
            when lead_exclusions.effect is null then qualification.action
        end as action,
        case
            when lead_exclusions.effect is null then qualification.sla_hours
        end as sla_hours
    from lead_qualifications
    left join qualification
        on
            lead_qualifications.ruleset = qualification.ruleset
            and lead_qualifications.row_order = qualification.row_order
    left join lead_exclusions
        on
            lead_qualifications.span_id = lead_exclusions.span_id
            and lead_qualifications.ruleset = lead_exclusions.ruleset

)

-- The columns of the model before, and those of this one.
select * exclude (row_order) from stages -- noqa: AM04
