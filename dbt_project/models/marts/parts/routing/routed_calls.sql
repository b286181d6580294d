{% set asked = [
    'segment', 'stage', 'region', 'country', 'lead_source', 'partner_id', 'topic',
    'size_band', 'industry'
] %}

with calls as (

    select * from {{ ref('unowned_calls') }}

),

topics as (

    select * from {{ ref('call_topics') }}

),

rows_of_routing as (

    select
        position,
        {{ grade_rank('min_grade') }} as worst_grade,
        min_points,
        {% for column in asked %}
            {{ wanted_values(column) }} as {{ column }},
        {% endfor %}
        team
    from {{ ref('routing') }}

),

described as (

    select
        calls.*,
        {{ grade_rank('calls.grade') }} as grade_rank,
        topics.topic
    from calls
    left join topics
        on
            calls.lead_id = topics.lead_id
            and calls.as_of_date = topics.as_of_date

),

routed as (

    select
        described.lead_id,
        described.as_of_date,
        described.account_id,
        described.priority,
        described.total_points,
        rows_of_routing.position as routing_position,
        rows_of_routing.team
    from described
    inner join rows_of_routing
        on
            described.grade_rank
            <= coalesce(rows_of_routing.worst_grade, described.grade_rank)
            and described.total_points
            >= coalesce(rows_of_routing.min_points, described.total_points)
            {% for column in asked %}
                and {{ value_matches(
                    "coalesce(lower(described." ~ column ~ "), '(missing)')",
                    "rows_of_routing." ~ column
                ) }}
            {% endfor %}
    qualify
        row_number() over (
            partition by described.lead_id, described.as_of_date
            order by rows_of_routing.position
        ) = 1

),

-- The next day, or the same, on which somebody of the team works.
work_days as (

    select
        team,
        as_of_date,
        min(day) as slot_date
    from {{ ref('team_days') }}
    group by team, as_of_date

),

routed_calls as (

    select
        routed.*,
        work_days.slot_date
    from routed
    left join work_days
        on
            routed.team = work_days.team
            and routed.as_of_date = work_days.as_of_date

)

select * from routed_calls
