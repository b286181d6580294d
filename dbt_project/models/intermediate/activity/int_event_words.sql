with events as (

    select * from {{ ref('int_events_united') }}
    where coalesce(visitor_id, lead_id, email) is not null

),

pages as (

    select * from {{ ref('int_pages') }}

),

statuses as (

    select * from {{ ref('int_statuses') }}

),

kinds as (

    select
        source,
        event_type,
        event_name,
        outcome,
        url_path,
        utm_medium,
        campaign_id,
        detail,
        {{ reached_seconds('duration_seconds') }} as reached_seconds,
        count(*) as event_count
    from events
    group by
        source, event_type, event_name, outcome, url_path, utm_medium, campaign_id,
        detail, reached_seconds

),

-- What patterns are held against, spelled once a kind.
spelled as (

    select
        kinds.*,
        coalesce(pages.page_category, '') as page_category,
        pages.page_topic,
        types.meaning as type_meaning,
        outcomes.meaning as outcome_meaning,
        pages.url_words,
        {{ spelled_words('kinds.event_name') }} as event_name_words,
        {{ spelled_words('coalesce(outcomes.meaning, kinds.outcome)') }}
            as outcome_words,
        {{ spelled_words('pages.page_category') }} as page_category_words,
        {{ spelled_words('kinds.utm_medium') }} as utm_medium_words,
        {{ spelled_words('kinds.campaign_id') }} as campaign_id_words,
        {{ spelled_words('kinds.detail') }} as detail_words
    from kinds
    left join pages
        on kinds.url_path = pages.url_path
    left join statuses as types
        on
            kinds.source = 'crm'
            and types.field = 'activity_type'
            and kinds.event_type = types.value
    left join statuses as outcomes
        on
            kinds.source = 'crm'
            and outcomes.field
            = coalesce(types.meaning, kinds.event_type) || '_outcome'
            and kinds.outcome = outcomes.value

)

select * from spelled
