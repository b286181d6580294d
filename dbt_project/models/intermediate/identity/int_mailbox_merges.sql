with record_mailboxes as (

    select distinct
        mailbox,
        lead_id
    from {{ ref('int_record_mailboxes') }}
    where not is_shadowed

),

merge_groups as (

    select * from {{ ref('int_merge_groups') }}

),

pasts as (

    select * from {{ ref('int_mailbox_pasts') }}

),

groups_of_pasts as (

    select
        pasts.past,
        pasts.mailbox,
        pasts.valid_from as seen_from,
        merge_groups.lead_id,
        merge_groups.group_id,
        merge_groups.is_merged,
        merge_groups.valid_from,
        merge_groups.valid_to
    from pasts
    inner join record_mailboxes
        on pasts.mailbox = record_mailboxes.mailbox
    inner join merge_groups
        on record_mailboxes.lead_id = merge_groups.lead_id

),

-- Of a group those are left that were together at each separation since.
never_separated as (

    select
        groups_of_pasts.past,
        groups_of_pasts.lead_id,
        concat_ws(
            ' ',
            groups_of_pasts.group_id,
            string_agg(
                coalesce(merge_groups.group_id, groups_of_pasts.lead_id),
                ' ' order by separations.valid_from
            ) filter (where separations.past is not null)
        ) as group_id,
        groups_of_pasts.is_merged
        and coalesce(bool_and(merge_groups.is_merged), true) as is_merged,
        groups_of_pasts.valid_from,
        groups_of_pasts.valid_to
    from groups_of_pasts
    left join pasts as separations
        on
            groups_of_pasts.mailbox = separations.mailbox
            and groups_of_pasts.valid_from < separations.valid_from
            and groups_of_pasts.seen_from >= separations.valid_from
    left join merge_groups
        on
            groups_of_pasts.lead_id = merge_groups.lead_id
            and separations.valid_from
            between merge_groups.valid_from and merge_groups.valid_to
    group by
        groups_of_pasts.past, groups_of_pasts.lead_id, groups_of_pasts.group_id,
        groups_of_pasts.is_merged, groups_of_pasts.valid_from,
        groups_of_pasts.valid_to

)

select * from never_separated
