with record_mailboxes as (

    select * from {{ ref('int_record_mailboxes') }}
    where not is_shadowed

),

refusals as (

    select * from {{ ref('int_record_refusals') }}

),

holds as (

    select
        'mailbox:' || mailbox as graph,
        lead_id || ' ' || valid_from as node,
        lead_id,
        mailbox,
        valid_from,
        valid_to
    from record_mailboxes

),

-- Where one record alone ever held the mailbox there is nobody to tell apart.
shared as (

    select *
    from holds
    qualify count(*) over (partition by graph) > 1

),

-- Times in which it is refused connect nobody; a record that goes on is connected.
open as (

    select shared.*
    from shared
    where
        not exists (
            select 1 from refusals
            where
                shared.graph = refusals.node
                and refusals.valid_from <= shared.valid_from
                and refusals.valid_to >= shared.valid_to
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

links as (

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

    select
        graph,
        lag(node) over same_hold as hub,
        node as spoke
    from shared
    window same_hold as (partition by graph, lead_id order by valid_from)
    qualify lag(valid_to) over same_hold = valid_from - 1

),

connected as (

    {{ connected_nodes('shared', 'links') }}

),

tenancies as (

    select
        shared.mailbox,
        connected.name as tenancy,
        min(shared.valid_from) as valid_from,
        max(shared.valid_to) as valid_to
    from shared
    inner join connected
        on
            shared.graph = connected.graph
            and shared.node = connected.node
    group by shared.mailbox, connected.name

    union all

    select
        mailbox,
        node as tenancy,
        valid_from,
        valid_to
    from holds
    qualify count(*) over (partition by graph) = 1

)

select * from tenancies
