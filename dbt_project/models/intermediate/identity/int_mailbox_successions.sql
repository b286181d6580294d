with record_mailboxes as (

    select
        'mailbox:' || mailbox as graph,
        lead_id || ' ' || valid_from as node,
        lead_id,
        valid_from,
        valid_to
    from {{ ref('int_record_mailboxes') }}
    where not is_shadowed

),

refusals as (

    select * from {{ ref('int_record_refusals') }}

),

merge_groups as (

    select * from {{ ref('int_merge_groups') }}

),

-- Where one record alone ever held the mailbox there is nobody to tell apart.
holds as (

    select *
    from record_mailboxes
    qualify count(*) over (partition by graph) > 1

),

-- Times in which it is refused connect nobody.
open as (

    select holds.*
    from holds
    where
        not exists (
            select 1 from refusals
            where
                holds.graph = refusals.node
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

),

-- A record takes the mailbox of one that it is merged with on that day.
taken_over as (

    select
        holds.graph,
        holds.node as hub,
        takers.node as spoke
    from holds
    inner join holds as takers
        on
            holds.graph = takers.graph
            and holds.valid_to = takers.valid_from - 1
    inner join merge_groups
        on
            holds.lead_id = merge_groups.lead_id
            and takers.valid_from
            between merge_groups.valid_from and merge_groups.valid_to
    inner join merge_groups as groups_of_takers
        on
            takers.lead_id = groups_of_takers.lead_id
            and merge_groups.group_id = groups_of_takers.group_id
            and merge_groups.valid_from = groups_of_takers.valid_from

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
            together.graph = refusals.node
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

select
    graph,
    hub,
    spoke
from taken_over
