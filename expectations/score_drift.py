"""What score_drift, how cut-offs differ from those before, must look like."""

import great_expectations.expectations as gxe

from expectations.checks import BATCH, no_rows

COLUMNS = [
    "kind",
    "target",
    "ruleset",
    "item",
    "cut_off",
    "before",
    "now",
    "stability_index",
    "verdict",
]

SUITE = [
    gxe.ExpectTableColumnsToMatchSet(
        column_set=COLUMNS,
        exact_match=False,
        description="Every column that BI tools rely on is there.",
    ),
    gxe.ExpectColumnValuesToBeInSet(
        column="verdict",
        value_set=["stable", "shifted", "too few to say"],
        description="Every verdict is one that docs/judging.md explains.",
    ),
    no_rows(
        f"select kind, item, cut_off from {BATCH} where stability_index < 0",
        description="The stability index is 0 or more.",
    ),
]
