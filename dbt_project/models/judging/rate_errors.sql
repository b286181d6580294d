with of_people as (

    select * from {{ ref('item_people') }}

),

of_items as (

    select
        item_key,
        scope_key,
        target,
        ruleset,
        scope,
        item_kind,
        item,
        value,
        count(*) as people,
        cast(sum(leads) as bigint) as leads,
        cast(sum(successes) as bigint) as successes,
        sum(expected) as expected,
        sum(amount) as amount,
        median(days) as median_days
    from of_people
    group by item_key, scope_key, target, ruleset, scope, item_kind, item, value

),

everybody as (

    select * from of_items
    where item_kind = 'all' and value = ''

),

-- What a person adds to the logarithm of the base rate.
parts_of_base as (

    select
        of_people.scope_key,
        of_people.lead_id,
        (
            of_people.successes
            - everybody.successes / everybody.leads * of_people.leads
        ) / nullif(everybody.successes, 0) as part
    from of_people
    inner join everybody
        on of_people.item_key = everybody.item_key

),

squares_of_base as (

    select
        scope_key,
        sum(pow(part, 2)) as square
    from parts_of_base
    group by scope_key

),

-- The same for the rate of an item, and for how it differs from what was expected.
squares as (

    select
        of_items.item_key,
        sum(pow(
            of_people.successes
            - of_items.successes / of_items.leads * of_people.leads, 2
        )) as square_of_rate,
        sum(
            (
                of_people.successes
                - of_items.successes / of_items.leads * of_people.leads
            ) * parts_of_base.part
        ) as product_with_base,
        sum(pow(
            of_people.successes
            - of_items.successes / nullif(of_items.expected, 0) * of_people.expected, 2
        )) as square_of_ratio
    from of_people
    inner join of_items
        on of_people.item_key = of_items.item_key
    inner join parts_of_base
        on
            of_people.scope_key = parts_of_base.scope_key
            and of_people.lead_id = parts_of_base.lead_id
    group by of_items.item_key

),

errors as (

    select
        of_items.*,
        everybody.successes / everybody.leads as base_rate,
        sqrt(squares.square_of_rate) / of_items.leads as error_of_rate,
        sqrt(greatest(
            0,
            squares.square_of_rate / pow(nullif(of_items.successes, 0), 2)
            - 2 * squares.product_with_base / nullif(of_items.successes, 0)
            + squares_of_base.square
        )) as error_of_lift,
        sqrt(squares.square_of_ratio) / nullif(of_items.successes, 0) as error_of_ratio
    from of_items
    inner join squares
        on of_items.item_key = squares.item_key
    inner join everybody
        on of_items.scope_key = everybody.scope_key
    inner join squares_of_base
        on of_items.scope_key = squares_of_base.scope_key

)

select * from errors
