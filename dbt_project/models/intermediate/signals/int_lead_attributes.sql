with leads as (

    select * from {{ ref('int_leads') }}

),

members as (

    select * from {{ ref('int_lead_members') }}

),

versions as (

    select * from {{ ref('int_crm_lead_versions') }}

),

-- Only what a rule asks for is taken out of the JSON.
wanted as (

    select signal from {{ ref('signal_rules') }}
    union
    select if_signal from {{ ref('signal_rules') }}
    union
    select if_signal from {{ ref('activity_rules') }}
    union
    select signal from {{ ref('exclusions') }}
    union
    select if_signal from {{ ref('qualification') }}

),

attribute_names as (

    select
        signal,
        substr(signal, length('attribute.') + 1) as attribute_name
    from wanted
    where signal like 'attribute.%'

    union all

    select
        unnest(['budget', 'authority', 'need', 'timeline']) as signal,
        unnest(
            ['bant_budget', 'bant_authority', 'bant_need', 'bant_timeline']
        ) as attribute_name

),

records as (

    select
        leads.lead_id as person_id,
        leads.valid_from,
        versions.lead_id,
        versions.updated_at,
        attribute_names.signal,
        json_extract_string(
            versions.attributes, '$."' || attribute_names.attribute_name || '"'
        ) as attribute_value
    from leads
    cross join attribute_names
    left join members
        on
            leads.lead_id = members.lead_id
            and leads.valid_from between members.valid_from and members.valid_to
            and members.identifier_type = 'crm'
    left join versions
        on
            members.identifier = versions.lead_id
            and leads.valid_from between versions.valid_from and versions.valid_to
            and not versions.is_gone

),

newest as (

    select
        records.person_id as lead_id,
        records.valid_from,
        records.signal,
        {{ newest('attribute_value') }} as value_text
    from records
    group by records.person_id, records.valid_from, records.signal

)

select * from newest
