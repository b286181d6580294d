{{ config(materialized='view') }}

with aucs as (

    select * from {{ source('judged', 'aucs') }}

)

select
    target,
    ruleset,
    auc,
    auc_low,
    auc_high
from aucs
