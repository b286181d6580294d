with patterns as (

    select * from {{ ref('int_status_patterns') }}

),

verdicts as (

    select * from {{ ref('stg_feedback__verdicts') }}

),

-- A sheet that is delivered whole every day says each of its verdicts once.
said as (

    select
        'feedback_verdict' as field,
        verdict as value,
        {{ plain_words('verdict') }} as words,
        count(distinct concat_ws(' ', lead_id, email, given_by, given_at))
            as verdict_count
    from verdicts
    group by verdict

),

known as (

    {{ with_meaning('said') }}

)

select
    value,
    meaning,
    verdict_count
from known
