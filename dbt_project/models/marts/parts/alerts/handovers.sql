{# A view: it is small and read twice. #}
{{ config(materialized='view') }}

with identifiers as (

    select * from {{ ref('int_lead_identifiers') }}

),

ended as (

    select * from identifiers
    where valid_to between {{ crossings_from() }} - 1 and {{ as_of_to() }} - 1

),

handovers as (

    select distinct
        ended.lead_id as previous_lead_id,
        begun.lead_id,
        begun.valid_from as since
    from ended
    inner join identifiers as begun
        on
            ended.identifier_type = begun.identifier_type
            and ended.identifier = begun.identifier
            and ended.valid_to = begun.valid_from - 1
            and ended.lead_id != begun.lead_id

)

select * from handovers
