with web_events as (

    select * from {{ ref('stg_web__events') }}

),

site_hosts as (

    select * from {{ ref('site_hosts') }}

),

patterns as (

    select
        site_hosts.kind,
        patterns.position,
        patterns.pattern
    from site_hosts
    inner join {{ ref('int_patterns') }} as patterns
        on
            patterns.mapping = 'site_hosts'
            and site_hosts.position = patterns.position

),

named as (

    select coalesce(bool_or(kind = 'own'), false) as some_are_ours
    from site_hosts

),

hosts as (

    select
        url_host,
        count(*) as event_count
    from web_events
    where url_host is not null
    group by url_host

),

known as (

    select
        hosts.url_host,
        hosts.event_count,
        coalesce(
            patterns.kind, if(contains(hosts.url_host, '.'), null, 'local')
        ) as kind
    from hosts
    left join patterns
        on {{ spelled_words('hosts.url_host') }} like patterns.pattern
    qualify
        row_number() over (
            partition by hosts.url_host order by patterns.position
        ) = 1

)

select
    known.url_host,
    known.event_count,
    known.kind,
    coalesce(known.kind = 'own', not named.some_are_ours) as is_counted
from known
cross join named
