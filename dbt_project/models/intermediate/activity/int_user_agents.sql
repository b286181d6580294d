with events as (

    select * from {{ ref('int_events_united') }}

),

crawlers as (

    select * from {{ ref('crawlers') }}

),

user_agents as (

    select distinct user_agent
    from events
    where user_agent is not null

),

judged as (

    select
        user_agents.user_agent,
        min(crawlers.reason) as crawler
    from user_agents
    inner join crawlers
        on user_agents.user_agent like crawlers.pattern
    group by user_agents.user_agent

)

select * from judged
