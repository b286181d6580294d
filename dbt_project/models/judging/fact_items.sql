{# A view: what no rule of a ruleset asks for, but for what gives away the outcome. #}
{{ config(materialized='view') }}

with leads as (

    select * from {{ ref('judged_leads') }}
    where has_succeeded is not null

),

facts as (

    select * from {{ ref('judged_facts') }}

),

priced_names as (

    select * from {{ ref('priced_names') }}

),

leaks as (

    select * from {{ source('judged', 'leaks') }}

),

of_facts as (

    select
        leads.*,
        'all' as scope,
        facts.kind as item_kind,
        facts.name as item,
        facts.value
    from leads
    inner join facts
        on
            leads.cut_off = facts.cut_off
            and leads.lead_id = facts.lead_id
    left join priced_names
        on
            leads.ruleset = priced_names.ruleset
            and facts.kind = priced_names.kind
            and facts.name = priced_names.name
    left join leaks
        on
            leads.target = leaks.target
            and facts.kind = 'signal'
            and facts.name = leaks.signal
    where priced_names.name is null and leaks.signal is null

)

select
    {{ item_columns() }}
from of_facts
