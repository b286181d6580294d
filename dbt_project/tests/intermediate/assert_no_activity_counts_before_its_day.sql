select
    lead_id,
    activity,
    activity_date,
    valid_from
from {{ ref('int_lead_activity_days') }}
where valid_from < activity_date or valid_to < valid_from
