"""What account_scores, the companies and who of them is engaged, must look like."""

import great_expectations.expectations as gxe

from expectations.checks import BATCH, no_address, no_rows
from expectations.lead_scores import GRADES

COLUMNS = [
    *("account_id", "as_of_date", "ruleset", "ruleset_fingerprint"),
    *("demographic_points", "firmographic_points", "behavioral_points"),
    *("negative_points", "adjustment_points", "total_points", "score"),
    *("grade", "grade_rank", "stage", "queue", "action", "priority", "top_reasons"),
    *("people", "engaged_people", "decision_makers_engaged", "seniorities"),
    *("departments", "buying_group", "best_lead_id", "best_total_points"),
    *("best_grade", "sum_total_points", "last_activity_at"),
    *("days_since_last_activity", "relationship", "industry", "size_band"),
    *("country", "owner_id", "build_id"),
]

SUITE = [
    gxe.ExpectTableColumnsToMatchSet(
        column_set=COLUMNS,
        exact_match=False,
        description="Every column that BI tools rely on is there.",
    ),
    gxe.ExpectColumnValuesToBeUnique(
        column="account_id", description="An account has one row."
    ),
    gxe.ExpectColumnValuesToBeInSet(
        column="as_of_date",
        value_set={"$PARAMETER": "as_of_dates"},
        description="All accounts are scored for the day that is published.",
    ),
    gxe.ExpectColumnValuesToBeBetween(
        column="score",
        min_value=0,
        max_value=100,
        description="The score of an account lies between 0 and 100.",
    ),
    gxe.ExpectColumnValuesToBeInSet(
        column="grade",
        value_set=GRADES,
        description="The grade of an account is a step of the ladder of 13, or '-'.",
    ),
    no_rows(
        f"""
        with scores as (select * from {BATCH})
        select scores.account_id, scores.total_points, sum(factors.points) as points
        from scores
        left join account_score_factors as factors
            on scores.account_id = factors.account_id
        group by scores.account_id, scores.total_points
        having scores.total_points is distinct from coalesce(sum(factors.points), 0)
        """,
        description="total_points is exactly the sum of the account's factors.",
    ),
    no_rows(
        f"""
        select account_id, people, engaged_people, decision_makers_engaged
        from {BATCH}
        where not (
            decision_makers_engaged between 0 and engaged_people
            and engaged_people <= people
        )
        """,
        description="Of the people some are engaged, and of these some decide.",
    ),
    no_rows(
        f"""
        with scores as (select * from {BATCH})
        select scores.account_id, scores.best_lead_id
        from scores
        left join lead_scores as leads
            on
                scores.best_lead_id = leads.lead_id
                and scores.account_id = leads.account_id
        where scores.best_lead_id is not null and leads.lead_id is null
        """,
        description="The best lead of an account is one of its leads.",
    ),
    no_address("account_id"),
]
