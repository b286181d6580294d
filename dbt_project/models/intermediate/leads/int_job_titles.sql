with leads as (

    select * from {{ ref('int_leads') }}

),

keywords as (

    select
        kind,
        value,
        priority,
        keyword,
        -- A whole word ends with a space; a prefix ends anywhere.
        case
            when keyword like '%*' then rtrim(keyword, '*') else keyword || ' '
        end as beginning
    from {{ ref('job_titles') }}
    where kind != 'negation'

),

-- From a negation to the next sign that ends a phrase.
negations as (

    select
        '\b(?:' || coalesce(string_agg(
            replace(replace(keyword, ' ', '[^a-z0-9]+'), '*', '[a-z0-9]*'), '|'
            order by keyword
        ), '$^') || ')\b.*?(?: [-–—] |[,;|/()•·]|$)' as pattern
    from {{ ref('job_titles') }}
    where kind = 'negation'

),

plain as (

    select distinct
        job_title,
        strip_accents(replace(lower(job_title), 'ß', 'ss')) as title
    from leads
    where job_title is not null

),

titles as (

    select
        plain.job_title,
        string_split(
            trim(regexp_replace(
                regexp_replace(plain.title, negations.pattern, ' ', 'g'),
                '[^a-z0-9]+', ' ', 'g'
            )), ' '
        ) as words
    from plain
    cross join negations

),

-- A keyword is looked for at the start of every word: equal first letters make a
-- join of it, where a search in the whole title would try every pair.
places as (

    select
        job_title,
        words,
        unnest(range(len(words))) as place
    from titles

),

tails as (

    select
        job_title,
        array_to_string(list_slice(words, place + 1, len(words)), ' ') || ' ' as tail
    from places

),

matched as (

    select
        tails.job_title,
        keywords.kind,
        keywords.value
    from tails
    inner join keywords
        on
            left(tails.tail, 2) = left(keywords.beginning, 2)
            and starts_with(tails.tail, keywords.beginning)
    qualify
        row_number() over (
            partition by tails.job_title, keywords.kind
            order by
                keywords.priority asc,
                length(keywords.keyword) desc,
                keywords.keyword asc
        ) = 1

),

classified as (

    select
        job_title,
        nullif(max(value) filter (where kind = 'seniority'), 'none') as seniority,
        nullif(max(value) filter (where kind = 'department'), 'none') as department
    from matched
    group by job_title

)

select * from classified
