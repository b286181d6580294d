"""What feedback_performance, where scores and reps agree, must look like."""

import great_expectations.expectations as gxe

from expectations.checks import BATCH, no_rows

SUITE = [
    gxe.ExpectTableColumnsToMatchSet(
        column_set=["ruleset", "item_kind", "item", "leads", "share_good", "finding"],
        exact_match=False,
        description="Every column that the page relies on is there.",
    ),
    no_rows(
        f"""
        select ruleset, item_kind, item from {BATCH}
        where leads != good + bad + wrong_person + bad_data
        """,
        description="The verdicts are those of the leads.",
    ),
    no_rows(
        f"""
        select ruleset, item_kind, item, low, share_good, high from {BATCH}
        where not coalesce(
            low <= share_good and share_good <= high and low >= 0 and high <= 1, false
        )
        """,
        description="A share lies within its interval, and that between 0 and 1.",
    ),
]
