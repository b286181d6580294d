{{ config(materialized='view') }}

with reasons as (

    select * from {{ ref('lead_reasons') }}

),

completeness as (

    select * from {{ ref('lead_completeness') }}

),

topics as (

    select * from {{ ref('lead_topics') }}

),

highlights as (

    select
        completeness.lead_id,
        completeness.ruleset,
        completeness.completeness_pct,
        reasons.top_reasons,
        topics.top_topic
    from completeness
    left join reasons
        on
            completeness.lead_id = reasons.lead_id
            and completeness.ruleset = reasons.ruleset
    left join topics
        on completeness.lead_id = topics.lead_id

)

select * from highlights
