with items as (

    select * from {{ ref('judged_items') }}

),

of_people as (

    select
        item_key,
        scope_key,
        target,
        ruleset,
        scope,
        item_kind,
        item,
        value,
        lead_id,
        count(*) as leads,
        count_if(has_succeeded) as successes,
        sum(expected) as expected,
        sum(amount) as amount,
        max(succeeded_on - cut_off) filter (where has_succeeded) as days
    from items
    group by
        item_key, scope_key, target, ruleset, scope, item_kind, item, value, lead_id

)

select * from of_people
