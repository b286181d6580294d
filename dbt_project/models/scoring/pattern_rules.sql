with lead_patterns as (

    select * from {{ ref('lead_patterns') }}

),

signals as (

    select * from {{ ref('held_signals') }}

),

-- Any span that has the pattern tells which rules it is.
examples as (

    select
        held_pattern,
        min(span_id) as span_id
    from lead_patterns
    where held_pattern is not null
    group by held_pattern

),

held as (

    select
        examples.held_pattern,
        signals.rule_key
    from examples
    inner join signals
        on examples.span_id = signals.span_id

)

select * from held
