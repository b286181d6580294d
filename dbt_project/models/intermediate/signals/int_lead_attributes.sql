with leads as (

    select * from {{ ref('int_leads') }}

),

spans as (

    select * from {{ ref('int_lead_spans') }}

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

extracted as (

    select
        spans.lead_id,
        spans.valid_from,
        attribute_names.signal,
        -- The newest record that knows it.
        list_any_value(list_transform(
            leads.attributes,
            lambda record: json_extract_string(
                struct_extract(record, 'attributes'), -- noqa: RF02
                '$."' || attribute_names.attribute_name || '"'
            )
        )) as value
    from spans
    inner join leads
        on
            spans.lead_id = leads.lead_id
            and spans.lead_valid_from = leads.valid_from
    cross join attribute_names

)

select
    lead_id,
    valid_from,
    signal,
    {{ signal_value('value') }} as value_text,
    try_cast(value as decimal(20, 4)) as value_number
from extracted
