with verdicts as (

    select * from {{ ref('stg_feedback__verdicts') }}

),

words as (

    select * from {{ ref('int_feedback_words') }}

),

records as (

    select * from {{ ref('int_known_records') }}

),

members as (

    select * from {{ ref('int_lead_members') }}

),

-- A record that is known is meant first, then an address. Words that no row of
-- `statuses` knows, or that mean something else, are no verdict.
meant as (

    select
        verdicts.batch_id,
        verdicts.source_row,
        if(
            verdicts.email is null or records.lead_id is not null, 'crm', 'email'
        ) as identifier_type,
        if(
            verdicts.email is null or records.lead_id is not null,
            verdicts.lead_id, verdicts.email
        ) as identifier,
        words.meaning as verdict,
        verdicts.given_by,
        verdicts.note,
        verdicts.given_at,
        {{ company_date('verdicts.given_at') }} as given_date
    from verdicts
    inner join words
        on verdicts.verdict = words.value
    left join records
        on verdicts.lead_id = records.lead_id
    where words.meaning in ('good', 'bad', 'wrong_person', 'bad_data')

),

of_leads as (

    select
        members.lead_id,
        meant.batch_id,
        meant.source_row,
        meant.identifier_type,
        meant.identifier,
        meant.verdict,
        meant.given_by,
        meant.note,
        meant.given_at,
        meant.given_date,
        greatest(members.valid_from, meant.given_date) as valid_from,
        members.valid_to
    from meant
    inner join members
        on
            meant.identifier_type = members.identifier_type
            and meant.identifier = members.identifier
    where meant.given_date <= members.valid_to

)

select * from of_leads
