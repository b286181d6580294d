with spelled as (

    select * from {{ ref('int_event_words') }}

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
        spelled.reached_seconds,
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
            and spelled.reached_seconds >= coalesce(activities.min_duration_seconds, 0)
    qualify
        row_number() over (
            partition by
                spelled.source, spelled.event_type, spelled.event_name,
                spelled.outcome, spelled.url_path, spelled.utm_medium,
                spelled.campaign_id, spelled.detail, spelled.reached_seconds
            order by activities.position
        ) = 1

)

select * from named
