with claims as (

    select * from {{ ref('int_mailbox_claims') }}

),

followed as (

    select
        *,
        coalesce(lag(valid_to) over same_hold = valid_from - 1, false) as continues,
        lead(valid_from) over same_hold as next_own_from
    from claims
    window same_hold as (partition by lead_id, mailbox order by valid_from)

),

begun as (

    select
        *,
        not continues and coalesce(
            valid_from > max(valid_to) over (
                partition by mailbox
                order by valid_from asc, continues desc, valid_to desc, lead_id asc
                rows between unbounded preceding and 1 preceding
            ), true
        ) as begins_tenure
    from followed

),

tenured as (

    select
        *,
        count_if(begins_tenure) over (
            partition by mailbox
            order by valid_from asc, continues desc, valid_to desc, lead_id asc
            rows unbounded preceding
        ) as tenure
    from begun

),

tenures as (

    select
        mailbox,
        tenure,
        max(valid_to) as tenure_to,
        lead(min(valid_from)) over (
            partition by mailbox order by tenure
        ) as next_tenure_from
    from tenured
    group by mailbox, tenure

),

with_tenure as (

    select
        tenured.lead_id,
        tenured.mailbox,
        tenured.is_role,
        tenured.name,
        tenured.valid_from,
        tenured.valid_to,
        tenured.is_deleted_next,
        tenured.next_own_from,
        tenures.tenure_to,
        tenures.next_tenure_from
    from tenured
    inner join tenures
        on
            tenured.mailbox = tenures.mailbox
            and tenured.tenure = tenures.tenure

)

select * from with_tenure
