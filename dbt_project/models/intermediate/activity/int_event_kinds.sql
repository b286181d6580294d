with events as (

    select * from {{ ref('int_events_united') }}

),

pages as (

    select * from {{ ref('int_pages') }}

),

statuses as (

    select * from {{ ref('int_statuses') }}

),

activities as (

    select
        activities.*,
        patterns.pattern as wanted
    from {{ ref('activities') }} as activities
    inner join {{ ref('int_patterns') }} as patterns
        on
            patterns.mapping = 'activities'
            and activities.position = patterns.position

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
        count(*) as event_count
    from events
    group by
        source, event_type, event_name, outcome, url_path, utm_medium, campaign_id,
        detail

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
        {{ spelled_words('coalesce(outcomes.meaning, kinds.outcome)') }} as outcome_words,
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

),

named as (

    select
        spelled.source,
        spelled.event_type,
        spelled.event_name,
        spelled.outcome,
        spelled.url_path,
        spelled.utm_medium,
        spelled.campaign_id,
        spelled.detail,
        spelled.event_count,
        spelled.page_category,
        spelled.page_topic,
        spelled.type_meaning,
        spelled.outcome_meaning,
        activities.activity,
        coalesce(activities.topic, spelled.page_topic) as topic,
        coalesce(activities.count_once_per, 'event') as count_once_per,
        coalesce(activities.is_engagement, false) as is_engagement
    from spelled
    left join activities
        on
            spelled.source = activities.source
            and coalesce(spelled.type_meaning, spelled.event_type)
            = activities.event_type
            and (
                activities.field is null
                or case activities.field
                    when 'event_name' then spelled.event_name_words
                    when 'outcome' then spelled.outcome_words
                    when 'url' then spelled.url_words
                    when 'page_category' then spelled.page_category_words
                    when 'utm_medium' then spelled.utm_medium_words
                    when 'campaign_id' then spelled.campaign_id_words
                    when 'detail' then spelled.detail_words
                end like activities.wanted
            )
    qualify
        row_number() over (
            partition by
                spelled.source, spelled.event_type, spelled.event_name,
                spelled.outcome, spelled.url_path, spelled.utm_medium,
                spelled.campaign_id, spelled.detail
            order by activities.position
        ) = 1

)

select * from named
