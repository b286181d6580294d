with leads as (

    select * from {{ ref('int_leads') }}

),

spans as (

    select * from {{ ref('int_lead_spans') }}

),

-- Only what is asked for is taken out of the JSON.
signals_asked as (

    select * from {{ ref('int_signals_asked') }}

),

account_attributes as (

    select * from {{ ref('int_account_attributes') }}

),

attribute_paths as (

    select
        signal,
        json_path
    from signals_asked
    where record = 'attribute'

    union all

    select
        unnest(['budget', 'authority', 'need', 'timeline']) as signal,
        '$.bant_' || unnest(['budget', 'authority', 'need', 'timeline']) as json_path

),

extracted as (

    select
        leads.lead_id,
        leads.valid_from,
        attribute_paths.signal,
        -- The newest record that knows it.
        list_any_value(list_transform(
            leads.attributes,
            lambda record: json_extract_string(
                struct_extract(record, 'attributes'), -- noqa: RF02
                attribute_paths.json_path
            )
        )) as value
    from leads
    cross join attribute_paths

),

of_leads as (

    select
        spans.span_id,
        extracted.signal,
        extracted.value
    from extracted
    inner join spans
        on
            extracted.lead_id = spans.lead_id
            and extracted.valid_from = spans.lead_valid_from

),

-- Who is of no account has a row too, of a value that is missing.
of_accounts as (

    select
        spans.span_id,
        signals_asked.signal,
        account_attributes.value
    from spans
    inner join leads
        on
            spans.lead_id = leads.lead_id
            and spans.lead_valid_from = leads.valid_from
    inner join signals_asked
        on signals_asked.record = 'account'
    left join account_attributes
        on
            leads.account_id = account_attributes.account_id
            and signals_asked.signal = account_attributes.signal
            and spans.valid_from
            between account_attributes.valid_from and account_attributes.valid_to

),

united as (

    select * from of_leads

    union all

    select * from of_accounts

)

select * from united
