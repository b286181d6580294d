"""What lead_scores must look like before anybody reads it.

The parameters `as_of_dates`, `build_ids` and `least_leads` come with each audit, from
validate.py.
"""

import great_expectations.expectations as gxe

from expectations.checks import BATCH, no_personal_data, no_rows
from leadscore.models import compiled

COLUMNS = [
    "lead_id",
    "as_of_date",
    "ruleset",
    "ruleset_fingerprint",
    "demographic_points",
    "firmographic_points",
    "behavioral_points",
    "negative_points",
    "adjustment_points",
    "total_points",
    "score",
    "probability",
    "score_rank",
    "grade",
    "grade_rank",
    "engagement_level",
    "segment",
    "stage",
    "stage_order",
    "is_mql",
    "priority",
    "queue",
    "action",
    "sla_hours",
    "due_at",
    "is_overdue",
    "call_rank",
    "stage_since",
    "is_excluded",
    "exclusion_reason",
    "top_reasons",
    "top_topic",
    "previous_score",
    "score_change_7d",
    "score_change_30d",
    "first_mql_date",
    "qualifies_until",
    "last_activity_at",
    "last_touched_at",
    "completeness_pct",
    "owner_id",
    "account_id",
    "lead_source",
    "partner_id",
    "country",
    "industry",
    "size_band",
    "seniority",
    "department",
    "lead_created_at",
    "build_id",
]

BUCKET = compiled(
    "{{ experiment_bucket('scores.lead_id', 'experiments.experiment') }}",
    ref=lambda name: name,
)

GRADES = ["-", "F", *(letter + sign for letter in "DCBA" for sign in ("-", "", "+"))]

SUITE = [
    gxe.ExpectTableColumnsToMatchSet(
        column_set=COLUMNS,
        exact_match=False,
        description="Every column that BI tools rely on is there.",
    ),
    gxe.ExpectTableRowCountToBeBetween(
        min_value={"$PARAMETER": "least_leads"},
        description="There are leads, and no more than 20 % fewer than in the last "
        "publication. (If so many left on purpose, remove the link published/current "
        "and run again.)",
    ),
    gxe.ExpectColumnValuesToNotBeNull(
        column="lead_id", description="Every row names its lead."
    ),
    gxe.ExpectColumnValuesToBeUnique(
        column="lead_id", description="A lead has one row."
    ),
    gxe.ExpectColumnValuesToNotBeNull(
        column="as_of_date", description="Every score says for which day it is."
    ),
    gxe.ExpectColumnValuesToBeInSet(
        column="as_of_date",
        value_set={"$PARAMETER": "as_of_dates"},
        description="All scores are for the day that is published.",
    ),
    gxe.ExpectColumnValuesToNotBeNull(
        column="build_id", description="Every score says which build it is from."
    ),
    gxe.ExpectColumnValuesToBeInSet(
        column="build_id",
        value_set={"$PARAMETER": "build_ids"},
        description="All scores are from the build that is published.",
    ),
    gxe.ExpectColumnValuesToNotBeNull(
        column="score", description="Every lead has a score."
    ),
    gxe.ExpectColumnValuesToBeBetween(
        column="score",
        min_value=0,
        max_value=100,
        description="A score lies between 0 and 100.",
    ),
    gxe.ExpectColumnValuesToNotBeNull(
        column="grade", description="Every lead has a grade, if only '-'."
    ),
    gxe.ExpectColumnValuesToBeInSet(
        column="grade",
        value_set=GRADES,
        description="A grade is one of the 13 steps, or '-' where too little is known.",
    ),
    no_rows(
        f"""
        select lead_id, grade, grade_rank from {BATCH}
        where grade_rank is distinct from
            1 + len({GRADES}) - list_position({GRADES}, grade)
        """,
        description="Grades in the order of grade_rank go from A+ to F, then '-'.",
    ),
    no_rows(
        f"""
        select lead_id, stage, stage_order from {BATCH}
        qualify
            (stage is null) != (stage_order is null)
            or stage_order != min(stage_order) over (partition by ruleset, stage)
            or stage = 'excluded'
            and stage_order < max(stage_order) over (partition by ruleset)
        """,
        description="A stage has one place in its ruleset's order, excluded the last.",
    ),
    gxe.ExpectColumnValuesToNotBeNull(
        column="engagement_level", description="Every lead has an engagement level."
    ),
    gxe.ExpectColumnValuesToBeBetween(
        column="engagement_level",
        min_value=1,
        max_value=4,
        description="An engagement level is 1 (most engaged) to 4.",
    ),
    no_rows(
        f"""
        select lead_id, grade, engagement_level, segment from {BATCH}
        where grade != '-'
            and segment is distinct from concat(left(grade, 1), engagement_level)
        """,
        description="A segment is the grade's letter and the level, such as A1.",
    ),
    no_rows(
        f"""
        select lead_id, total_points from {BATCH}
        where total_points is distinct from
            demographic_points + firmographic_points + behavioral_points
            + negative_points + adjustment_points
        """,
        description="total_points is exactly the sum of its five parts.",
    ),
    no_rows(
        f"""
        with scores as (select * from {BATCH})
        select scores.lead_id, scores.total_points, sum(factors.points) as factor_points
        from scores
        left join lead_score_factors as factors
            on scores.lead_id = factors.lead_id and scores.ruleset = factors.ruleset
        group by scores.lead_id, scores.total_points
        having scores.total_points is distinct from coalesce(sum(factors.points), 0)
        """,
        description="total_points is exactly the sum of the lead's factors.",
    ),
    no_rows(
        f"""
        select lead_id, total_points, score from {BATCH}
        where total_points <= 0 and score != 0
        """,
        description="Without points above zero the score is 0.",
    ),
    # The curve rises ever more slowly, so no lead lies below the straight line from
    # zero to the best one; only what is rounded down to 0.00 there may score 0.
    no_rows(
        f"""
        select lead_id, total_points, score from {BATCH}
        qualify
            score = 0
            and total_points > 0
            and total_points * max(score) over (partition by ruleset)
                >= 0.01 * max(total_points) over (partition by ruleset)
        """,
        description="With points above zero the score is above 0.",
    ),
    no_rows(
        f"""
        select lead_id, total_points, score from {BATCH}
        qualify
            score < lag(score) over (
                partition by ruleset order by total_points asc, score asc
            )
        """,
        description="More points never mean a lower score.",
    ),
    no_rows(
        f"select lead_id, stage, exclusion_reason from {BATCH} "
        "where is_mql and is_excluded",
        description="An excluded lead is not qualified.",
    ),
    no_rows(
        f"""
        select lead_id, stage, queue, priority, exclusion_reason from {BATCH}
        where is_excluded and (
            stage is distinct from 'excluded'
            or queue is not null
            or priority is not null
            or exclusion_reason is null
        )
        """,
        description="An excluded lead is in no queue and says why.",
    ),
    no_rows(
        f"""
        select queue, count(*) as leads, count(distinct call_rank) as places
        from {BATCH}
        group by queue
        -- Who is forgotten leaves a place empty until the next build.
        having
            count(call_rank) is distinct from count(queue)
            or count(distinct call_rank) is distinct from count(queue)
            or min(call_rank) < 1
        """,
        description="Each lead of a queue has a place of its own in it, from 1 on, and "
        "nobody else has one.",
    ),
    no_rows(
        f"""
        with scores as (select * from {BATCH})
        select lead_id, ruleset, total_points, grade, stage from scores
        except
        select lead_id, ruleset, total_points, grade, stage from lead_scores_all
        """,
        description="A lead is shown as lead_scores_all has it under that ruleset.",
    ),
    no_rows(
        f"""
        with scores as (select * from {BATCH})
        select scores.lead_id, scores.ruleset
        from scores
        left join ruleset_decisions as experiments
            on
                experiments.decision = 'experiment'
                and scores.as_of_date
                    between experiments.from_date and experiments.until_date
                and scores.ruleset = if(
                    {BUCKET} < experiments.share,
                    experiments.ruleset, experiments.ruleset_before
                )
        where
            experiments.experiment is null
            and (select count(distinct ruleset) from scores) > 1
        """,
        description="All leads are shown under one ruleset, or in an experiment each "
        "under that of its arm.",
    ),
    *no_personal_data(),
]
