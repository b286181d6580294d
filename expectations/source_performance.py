"""What source_performance, what became of the leads of each source, must look like."""

import great_expectations.expectations as gxe

from expectations.checks import BATCH, no_rows, share_with_interval

COLUMNS = [
    "target",
    "ruleset",
    "source_kind",
    "source",
    "month",
    "leads",
    "average_score",
    "average_points",
    "grade_a",
    "grade_b",
    "grade_c",
    "grade_d",
    "grade_f",
    "grade_unknown",
    "mqls",
    "successes",
    "rate",
    "rate_low",
    "rate_high",
    "base_rate",
    "lift",
    "lift_low",
    "lift_high",
    "amount",
    "verdict",
    "leads_wanting",
]

SUITE = [
    gxe.ExpectTableColumnsToMatchSet(
        column_set=COLUMNS,
        exact_match=False,
        description="Every column that BI tools rely on is there.",
    ),
    share_with_interval("rate", "rate_low", "rate_high"),
    gxe.ExpectColumnValuesToBeInSet(
        column="verdict",
        value_set=["better", "worse", "no difference seen", "too few to say"],
        description="Every verdict is one that docs/judging.md explains.",
    ),
    no_rows(
        f"""
        select target, ruleset, source_kind, source, month from {BATCH}
        where
            leads != grade_a + grade_b + grade_c + grade_d + grade_f + grade_unknown
            or mqls > leads or successes > leads
        """,
        description="Every lead has one grade, and no more qualify or succeed.",
    ),
]
