with events as (

    select * from {{ ref('int_events_united') }}

),

page_categories as (

    select * from {{ ref('page_categories') }}

),

statuses as (

    select * from {{ ref('int_statuses') }}

),

activities as (

    select * from {{ ref('activities') }}

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

categorized as (

    select
        kinds.*,
        coalesce(page_categories.category, '') as page_category,
        page_categories.topic as page_topic,
        types.meaning as type_meaning,
        outcomes.meaning as outcome_meaning
    from kinds
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
    left join page_categories
        on kinds.url_path like page_categories.pattern
    qualify
        row_number() over (
            partition by
                kinds.source, kinds.event_type, kinds.event_name, kinds.outcome,
                kinds.url_path, kinds.utm_medium, kinds.campaign_id, kinds.detail
            order by page_categories.position
        ) = 1

),

named as (

    select
        categorized.*,
        activities.activity,
        coalesce(activities.topic, categorized.page_topic) as topic,
        coalesce(activities.count_once_per, 'event') as count_once_per,
        coalesce(activities.is_engagement, false) as is_engagement
    from categorized
    left join activities
        on
            categorized.source = activities.source
            and coalesce(categorized.type_meaning, categorized.event_type)
            = activities.event_type
            and (
                activities.field is null
                or case activities.field
                    when 'event_name' then categorized.event_name
                    when 'outcome'
                        then coalesce(categorized.outcome_meaning, categorized.outcome)
                    when 'url' then categorized.url_path
                    when 'page_category' then categorized.page_category
                    when 'utm_medium' then categorized.utm_medium
                    when 'campaign_id' then lower(categorized.campaign_id)
                    when 'detail' then categorized.detail
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
