with people as (

    select * from {{ ref('int_mailbox_people') }}

),

identity_limits as (

    select * from {{ ref('identity_limits') }}

),

refusals as (

    {{ limits_exceeded('people', 'email_names') }}

)

select
    node as past,
    limit_name,
    valid_from,
    valid_to
from refusals
