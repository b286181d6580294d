"""What lead_score_history, the scores of every day, must look like."""

import great_expectations.expectations as gxe

from expectations.checks import BATCH, no_rows

COLUMNS = [
    "lead_id",
    "ruleset",
    "as_of_date",
    "ruleset_fingerprint",
    "build_id",
    "demographic_points",
    "firmographic_points",
    "behavioral_points",
    "negative_points",
    "adjustment_points",
    "total_points",
    "score",
    "grade",
    "engagement_level",
    "stage",
    "is_mql",
]

SUITE = [
    gxe.ExpectTableColumnsToMatchSet(
        column_set=COLUMNS,
        exact_match=False,
        description="Every column that BI tools rely on is there.",
    ),
    # A bit for each day of the month: to group by day costs three times as much.
    no_rows(
        f"""
        select lead_id, ruleset, date_trunc('month', as_of_date) as month from {BATCH}
        group by lead_id, ruleset, month
        having count(*) is distinct from bit_count(bit_or(1 << day(as_of_date)))
        """,
        description="A lead has one row for each ruleset and day of the history.",
    ),
    no_rows(
        f"""
        select lead_id, ruleset, total_points from lead_scores_all
        except
        select lead_id, ruleset, total_points from {BATCH}
        where as_of_date in (select as_of_date from lead_scores_all)
        """,
        description="Every score that is published stands in the history of its day.",
    ),
]
