"""What rule_performance, what became of the leads of rules, must look like."""

import great_expectations.expectations as gxe

from expectations.checks import BATCH, no_rows, share_with_interval

COLUMNS = [
    "target",
    "ruleset",
    "item_kind",
    "item",
    "value",
    "people",
    "leads",
    "successes",
    "rate",
    "rate_low",
    "rate_high",
    "base_rate",
    "lift",
    "lift_low",
    "lift_high",
    "successes_expected",
    "ratio",
    "ratio_low",
    "ratio_high",
    "average_points",
    "points_by_lift",
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
        value_set=[
            "earns",
            "priced too low",
            "priced too high",
            "useless",
            "inverted",
            "told by the points",
            "too few to say",
        ],
        description="Every verdict is one that docs/judging.md explains.",
    ),
    no_rows(
        f"""
        select target, ruleset, item_kind, item, value from {BATCH}
        where (verdict = 'too few to say') != (leads_wanting is distinct from 0)
        """,
        description="Nothing is said of too few.",
    ),
]
