"""What the scores of the other scorecards and rulesets must look like."""

import great_expectations.expectations as gxe

from expectations.checks import BATCH, no_personal_data, no_rows
from expectations.lead_scores import COLUMNS

SUITE = [
    gxe.ExpectTableColumnsToMatchSet(
        column_set=COLUMNS,
        exact_match=False,
        description="It has the columns of lead_scores.",
    ),
    gxe.ExpectCompoundColumnsToBeUnique(
        column_list=["lead_id", "ruleset"],
        description="A lead has one row for each ruleset.",
    ),
    gxe.ExpectColumnValuesToBeInSet(
        column="as_of_date",
        value_set={"$PARAMETER": "as_of_dates"},
        description="All scores are for the day that is published.",
    ),
    no_rows(
        f"""
        with scores as (select * from {BATCH})
        select scores.lead_id, scores.ruleset, scores.total_points
        from scores
        left join lead_score_factors as factors
            on scores.lead_id = factors.lead_id and scores.ruleset = factors.ruleset
        group by scores.lead_id, scores.ruleset, scores.total_points
        having scores.total_points is distinct from coalesce(sum(factors.points), 0)
        """,
        description="total_points is exactly the sum of the lead's factors.",
    ),
    *no_personal_data(),
]
