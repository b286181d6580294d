with statuses as (

    select * from {{ ref('int_statuses') }}

),

opportunities as (

    select * from {{ ref('stg_crm__opportunities') }}

),

verdicts as (

    select * from {{ ref('int_feedback_words') }}

),

event_kinds as (

    select * from {{ ref('int_event_kinds') }}

),

account_versions as (

    select * from {{ ref('int_crm_account_versions') }}

),

account_traits as (

    select * from {{ ref('int_account_traits') }}

),

unknown as (

    select
        replace(field, '_', ' ') as field,
        value as word,
        record_count,
        'statuses' as mapping
    from statuses
    where
        meaning is null
        and field in ('lead_status', 'lifecycle_stage', 'account_type')

    union all

    -- A stage matters where nothing else tells how the deal stands.
    select
        'opportunity stage' as field,
        opportunities.stage as word,
        count(distinct opportunities.opportunity_id) as record_count,
        'statuses' as mapping
    from opportunities
    inner join statuses
        on
            statuses.field = 'opportunity_stage'
            and opportunities.stage = statuses.value
    where
        statuses.meaning is null
        and opportunities.is_won is not true
        and opportunities.is_closed is null
        and opportunities.closed_at is null
    group by opportunities.stage

    union all

    select
        coalesce(type_meaning, event_type) || ' outcome' as field,
        outcome as word,
        sum(event_count) as record_count,
        'statuses' as mapping
    from event_kinds
    where outcome != '' and activity is null and outcome_meaning is null
    group by coalesce(type_meaning, event_type), outcome

    union all

    select
        'type of activity' as field,
        event_type as word,
        sum(event_count) as record_count,
        'statuses' as mapping
    from event_kinds
    where source = 'crm' and activity is null and type_meaning is null
    group by event_type

    union all

    select
        'feedback verdict' as field,
        value as word,
        verdict_count as record_count,
        'statuses' as mapping
    from verdicts
    where meaning is null

    union all

    select
        'currency of revenue' as field,
        account_versions.currency as word,
        count(distinct account_versions.account_id) as record_count,
        'revenue_bands' as mapping
    from account_versions
    inner join account_traits
        on
            account_versions.account_id = account_traits.account_id
            and account_versions.valid_from = account_traits.valid_from
    where
        account_versions.annual_revenue is not null
        and account_traits.annual_revenue is null
    group by account_versions.currency

)

select * from unknown
