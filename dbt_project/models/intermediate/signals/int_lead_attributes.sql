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

    -- As a JSON path spells it, so that a"."b is one name and no step into another.
    select
        signal,
        regexp_replace(
            substr(signal, length('attribute.') + 1), '([\\"])', '\\\1', 'g'
        ) as escaped_name
    from wanted
    where signal like 'attribute.%'

    union all

    select
        unnest(['budget', 'authority', 'need', 'timeline']) as signal,
        unnest(
            ['bant_budget', 'bant_authority', 'bant_need', 'bant_timeline']
        ) as escaped_name

),

extracted as (

    select
        leads.lead_id,
        leads.valid_from,
        attribute_names.signal,
        -- The newest record that knows it.
        list_any_value(list_transform(
            leads.attributes,
            lambda record: json_extract_string(
                struct_extract(record, 'attributes'), -- noqa: RF02
                '$."' || attribute_names.escaped_name || '"'
            )
        )) as value
    from leads
    cross join attribute_names

),

attributes as (

    select
        spans.span_id,
        extracted.signal,
        extracted.value
    from extracted
    inner join spans
        on
            extracted.lead_id = spans.lead_id
            and extracted.valid_from = spans.lead_valid_from

)

select * from attributes
