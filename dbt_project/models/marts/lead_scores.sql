with scores as (

    select * from {{ ref('lead_scores_all') }}

),

rulesets as (

    select * from {{ ref('rulesets') }}

),

-- The newest champion in effect; before the first took effect, the first.
champions as (

    select ruleset
    from rulesets
    where scorecard = '{{ var("scorecard") }}' and status = 'champion'
    qualify
        row_number() over (
            order by
                effective_from <= cast('{{ var("as_of_to") }}' as date) desc,
                abs({{ days_between(
                    'effective_from', "cast('" ~ var('as_of_to') ~ "' as date)"
                ) }}) asc,
                ruleset asc
        ) = 1

),

shown as (

    select scores.*
    from scores
    inner join champions
        on scores.ruleset = champions.ruleset

)

select * from shown -- noqa: AM04 (lead_scores_all names the columns)
