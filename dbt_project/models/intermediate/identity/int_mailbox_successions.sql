with record_mailboxes as (

    select * from {{ ref('int_record_mailboxes') }}
    where not is_shadowed

),

pasts as (

    select * from {{ ref('int_mailbox_pasts') }}

),

refusals as (

    select * from {{ ref('int_record_refusals') }}

),

mailbox_merges as (

    select * from {{ ref('int_mailbox_merges') }}

),

-- Where one record alone ever held the mailbox there is nobody to tell apart.
holds as (

    select
        pasts.past as graph,
        record_mailboxes.lead_id || ' ' || record_mailboxes.valid_from as node,
        record_mailboxes.lead_id,
        record_mailboxes.valid_from,
        record_mailboxes.valid_to
    from record_mailboxes
    inner join pasts
        on record_mailboxes.mailbox = pasts.mailbox
    qualify count(*) over (partition by pasts.past) > 1

),

-- Times in which it is refused connect nobody.
open as (

    select holds.*
    from holds
    where
        not exists (
            select 1 from refusals
            where
                holds.graph = refusals.past
                and refusals.valid_from <= holds.valid_from
                and refusals.valid_to >= holds.valid_to
        )

),

together as (

    select
        open.graph,
        open.node as hub,
        others.node as spoke,
        greatest(open.valid_from, others.valid_from) as valid_from,
        least(open.valid_to, others.valid_to) as valid_to
    from open
    inner join open as others
        on
            open.graph = others.graph
            and open.node < others.node
            and open.valid_from <= others.valid_to
            and open.valid_to >= others.valid_from

)

select
    graph,
    hub,
    spoke
from together
where
    not exists (
        select 1 from refusals
        where
            together.graph = refusals.past
            and refusals.valid_from <= together.valid_from
            and refusals.valid_to >= together.valid_to
    )

union

-- A record that goes on is the same one.
select
    graph,
    lag(node) over same_record as hub,
    node as spoke
from holds
window same_record as (partition by graph, lead_id order by valid_from)
qualify lag(valid_to) over same_record = valid_from - 1

union

-- A record takes the mailbox of one that it is merged with on that day.
select
    holds.graph,
    holds.node as hub,
    takers.node as spoke
from holds
inner join holds as takers
    on
        holds.graph = takers.graph
        and holds.valid_to = takers.valid_from - 1
inner join mailbox_merges
    on
        holds.graph = mailbox_merges.past
        and holds.lead_id = mailbox_merges.lead_id
        and takers.valid_from
        between mailbox_merges.valid_from and mailbox_merges.valid_to
inner join mailbox_merges as merges_of_takers
    on
        takers.graph = merges_of_takers.past
        and takers.lead_id = merges_of_takers.lead_id
        and mailbox_merges.group_id = merges_of_takers.group_id
        and mailbox_merges.valid_from = merges_of_takers.valid_from
