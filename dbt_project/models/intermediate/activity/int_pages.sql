with events as (

    select * from {{ ref('int_events_united') }}

),

page_categories as (

    select * from {{ ref('page_categories') }}

),

patterns as (

    select * from {{ ref('int_patterns') }}
    where mapping = 'page_categories'

),

paths as (

    select distinct
        url_path,
        -- For patterns a path has slashes at both ends; how its file ends says nothing.
        rtrim(
            regexp_replace(url_path, '\.(html?|php|aspx?|jsp)$', ''), '/'
        ) || '/' as page
    from events
    where url_path != ''

),

spelled as (

    select
        url_path,
        {{ spelled_words('page') }} as url_words
    from paths

),

categorized as (

    select
        spelled.url_path,
        spelled.url_words,
        page_categories.category as page_category,
        page_categories.topic as page_topic
    from spelled
    left join patterns
        on spelled.url_words like patterns.pattern
    left join page_categories
        on patterns.position = page_categories.position
    qualify
        row_number() over (
            partition by spelled.url_path order by patterns.position
        ) = 1

)

select * from categorized
