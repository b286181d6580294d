with united as (

    {% for mapping in ['activities', 'page_categories', 'site_hosts'] %}
        select
            '{{ mapping }}' as mapping,
            position,
            coalesce(pattern, '*') as pattern
        from {{ ref(mapping) }}
        {{ 'union all' if not loop.last }}
    {% endfor %}

),

single as (

    select
        mapping,
        position,
        unnest(string_split(pattern, '|')) as pattern
    from united

),

wanted as (

    select distinct
        mapping,
        position,
        {{ wanted_words('pattern') }} as pattern
    from single

)

select * from wanted
