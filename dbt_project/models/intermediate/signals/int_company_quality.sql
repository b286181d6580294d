with leads as (

    select * from {{ ref('int_leads') }}

),

name_quality as (

    select * from {{ ref('name_quality') }}

),

legal_forms as (

    select coalesce(list(value), []) as legal_words
    from name_quality
    where kind = 'legal_form'

),

-- "S.A." and "SA" are one word.
companies as (

    select distinct
        leads.company_name,
        {{ plain_words("replace(leads.company_name, '.', '')") }} as plain_name,
        legal_forms.legal_words
    from leads
    cross join legal_forms
    where leads.company_name is not null

),

named as (

    select
        company_name,
        list_filter(
            string_split(plain_name, ' '),
            lambda word: word != '' and not list_contains(legal_words, word)
        ) as words
    from companies

),

words as (

    select
        company_name,
        unnest(words) as word
    from named

),

distinct_words as (

    select distinct word from words

),

run_words as (

    select distinct distinct_words.word
    from distinct_words
    inner join name_quality
        on {{ is_keyboard_run('distinct_words.word', 'name_quality') }}

),

-- All of the name: a word beside a run may be what the company is called by.
runs as (

    select words.company_name
    from words
    left join run_words
        on words.word = run_words.word
    group by words.company_name
    having count(*) = count(run_words.word)

),

judged as (

    select
        named.company_name,
        case
            when test_companies.value is not null then 'test_word'
            when runs.company_name is not null then 'keyboard_run'
            else 'ok'
        end as company_quality
    from named
    left join name_quality as test_companies
        on
            test_companies.kind = 'test_company'
            and array_to_string(named.words, ' ') = test_companies.value
    left join runs
        on named.company_name = runs.company_name

)

select * from judged
