with events as (

    select * from {{ ref('int_events_united') }}

),

page_categories as (

    select
        page_categories.category,
        page_categories.topic,
        patterns.position,
        patterns.pattern
    from {{ ref('page_categories') }} as page_categories
    inner join {{ ref('int_patterns') }} as patterns
        on
            patterns.mapping = 'page_categories'
            and page_categories.position = patterns.position

),

activities as (

    select
        activities.* exclude (pattern),
        patterns.pattern
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

spelled as (

    select
        *,
        {{ spelled_words('event_name') }} as event_name_words,
        {{ spelled_words('outcome') }} as outcome_words,
        {{ spelled_words('utm_medium') }} as utm_medium_words,
        {{ spelled_words('campaign_id') }} as campaign_id_words,
        {{ spelled_words('detail') }} as detail_words,
        -- A path has slashes at both ends here; how its file ends says nothing.
        case when url_path != '' then {{ spelled_words(
            "rtrim(regexp_replace(url_path, '\\.(html?|php|aspx?|jsp)$', ''), '/') || '/'"
        ) }} end as url_words
    from kinds

),

categorized as (

    select
        spelled.*,
        coalesce(page_categories.category, '') as page_category,
        {{ spelled_words('page_categories.category') }} as page_category_words,
        page_categories.topic as page_topic
    from spelled
    left join page_categories
        on spelled.url_words like page_categories.pattern
    qualify
        row_number() over (
            partition by
                spelled.source, spelled.event_type, spelled.event_name, spelled.outcome,
                spelled.url_path, spelled.utm_medium, spelled.campaign_id, spelled.detail
            order by page_categories.position
        ) = 1

),

named as (

    select
        categorized.* exclude (
            event_name_words, outcome_words, utm_medium_words, campaign_id_words,
            detail_words, url_words, page_category_words
        ),
        activities.activity,
        coalesce(activities.topic, categorized.page_topic) as topic,
        coalesce(activities.count_once_per, 'event') as count_once_per,
        coalesce(activities.is_engagement, false) as is_engagement
    from categorized
    left join activities
        on
            categorized.source = activities.source
            and categorized.event_type = activities.event_type
            and (
                activities.field is null
                or case activities.field
                    when 'event_name' then categorized.event_name_words
                    when 'outcome' then categorized.outcome_words
                    when 'url' then categorized.url_words
                    when 'page_category' then categorized.page_category_words
                    when 'utm_medium' then categorized.utm_medium_words
                    when 'campaign_id' then categorized.campaign_id_words
                    when 'detail' then categorized.detail_words
                end like activities.pattern
            )
    qualify
        row_number() over (
            partition by
                categorized.source, categorized.event_type, categorized.event_name,
                categorized.outcome, categorized.url_path, categorized.utm_medium,
                categorized.campaign_id, categorized.detail
            order by activities.position
        ) = 1

)

select * from named
