with caps as (

    select * from {{ ref('caps') }}

),

published as (

    select
        ruleset,
        scope,
        name,
        min_points,
        max_points,
        case scope
            when 'total' then 'All points'
            when 'fit' then 'Demographic and firmographic points'
            when 'dimension' then {{ sentence('name') }} || ' points'
            else 'Points for ' || replace(name, '_', ' ')
        end || ': ' || concat_ws(
            ', ',
            'at least ' || {{ number_words('min_points') }},
            'at most ' || {{ number_words('max_points') }},
            'at most ' || {{ number_words('max_percent') }} || ' % of the total'
        ) as asks
    from caps

)

select * from published
