with accounts as (

    select * from {{ ref('int_crm_account_versions') }}

),

account_engagement as (

    select * from {{ ref('int_account_engagement') }}

),

account_changes as (

    select
        account_id,
        valid_from as change_date
    from accounts

    union

    select
        account_id,
        valid_from as change_date
    from account_engagement

    union

    select
        account_id,
        valid_to + 1 as change_date
    from account_engagement

)

select * from account_changes
