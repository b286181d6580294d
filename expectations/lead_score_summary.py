"""What lead_score_summary, the counts of every day, must look like."""

import great_expectations.expectations as gxe

from expectations.checks import BATCH, no_rows

COLUMNS = [
    "as_of_date",
    "ruleset",
    "grade",
    "grade_rank",
    "engagement_level",
    "stage",
    "stage_order",
    "lead_count",
    "mql_count",
    "excluded_count",
    "score_sum",
    "points_sum",
    "average_score",
    "average_points",
]

GROUP = "as_of_date, ruleset, grade, engagement_level, stage"

SUITE = [
    gxe.ExpectTableColumnsToMatchSet(
        column_set=COLUMNS,
        exact_match=False,
        description="Every column that BI tools rely on is there.",
    ),
    # The summary has older days as well, whose history is Parquet only.
    no_rows(
        f"""
        with counted as (
            select {GROUP}, count(*) as lead_count
            from lead_score_history
            group by {GROUP}
        ),
        published as (
            select {GROUP}, lead_count from {BATCH}
            where as_of_date >= (select min(as_of_date) from lead_score_history)
        )
        (from counted except all from published)
        union all
        (from published except all from counted)
        """,
        description="The summary counts the leads that the history holds.",
    ),
]
