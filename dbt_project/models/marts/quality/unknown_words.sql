with words as (

    select * from {{ ref('int_unknown_words') }}

),

leads as (

    select * from {{ ref('int_leads') }}

),

job_titles as (

    select * from {{ ref('int_job_titles') }}

),

-- A title that one person alone bears may tell who it is.
titles as (

    select
        leads.job_title as word,
        count(distinct leads.lead_id) as record_count,
        count(distinct leads.lead_id) = 1 as is_of_one
    from leads
    left join job_titles
        on leads.job_title = job_titles.job_title
    where leads.job_title is not null and job_titles.job_title is null
    group by leads.job_title

),

united as (

    select
        field,
        word,
        record_count,
        mapping,
        -- Who writes a sentence in place of a verdict may name somebody.
        field = 'feedback verdict' and record_count = 1 as is_of_one
    from words

    union all

    select
        'job title' as field,
        word,
        record_count,
        'job_titles' as mapping,
        is_of_one
    from titles

),

veiled as (

    select
        field,
        case
            when
                contains(word, '@')
                or regexp_matches(word, '([0-9][ ./()-]*){6}')
                then '(looks personal)'
            when is_of_one then '(of one lead)'
            else word
        end as word,
        record_count,
        mapping
    from united

),

counted as (

    select
        field,
        word,
        cast(sum(record_count) as bigint) as record_count,
        mapping
    from veiled
    group by field, word, mapping

)

select * from counted
