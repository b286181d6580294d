with known as (

    select * from {{ ref('int_known_signals') }}

),

signals as (

    select * from {{ ref('held_signals') }}

),

-- Keys are digests: two sets of them have one exclusive or as good as never. If they
-- had, points would not be the sum of their factors, which is tested.
held as (

    select
        span_id,
        bit_xor(rule_key) as held_pattern
    from signals
    group by span_id

),

patterns as (

    select
        known.span_id,
        known.known_signals,
        held.held_pattern
    from known
    left join held
        on known.span_id = held.span_id

)

select * from patterns
