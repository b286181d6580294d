"""What qualification_performance, what thresholds would do, must look like."""

import great_expectations.expectations as gxe

from expectations.checks import BATCH, no_rows, share_with_interval

COLUMNS = [
    "target",
    "ruleset",
    "grade_letter",
    "min_points",
    "leads",
    "mqls_per_week",
    "successes",
    "precision_rate",
    "precision_low",
    "precision_high",
    "recall",
    "specificity",
    "f1",
    "accuracy",
    "expected_successes_per_week",
    "marks",
]

SUITE = [
    gxe.ExpectTableColumnsToMatchSet(
        column_set=COLUMNS,
        exact_match=False,
        description="Every column that BI tools rely on is there.",
    ),
    share_with_interval("precision_rate", "precision_low", "precision_high"),
    no_rows(
        f"""
        select target, ruleset, grade_letter, min_points from {BATCH}
        where
            recall not between 0 and 1 or specificity not between 0 and 1
            or accuracy not between 0 and 1 or f1 not between 0 and 1
        """,
        description="Shares lie between 0 and 1.",
    ),
    no_rows(
        f"""
        select target, ruleset, grade_letter, min_points from {BATCH}
        qualify
            leads > lag(leads) over (
                partition by target, ruleset, grade_letter order by min_points
            )
        """,
        description="A higher threshold never qualifies more leads.",
    ),
]
