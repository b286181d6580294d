"""What ruleset_performance, how well rulesets tell who succeeds, must look like."""

import great_expectations.expectations as gxe

from expectations.checks import BATCH, no_rows, share_with_interval

COLUMNS = [
    "target",
    "ruleset",
    "judged_on",
    "is_dated",
    "finished_cut_offs",
    "first_cut_off",
    "last_cut_off",
    "unfinished_cut_offs",
    "leads",
    "people",
    "successes",
    "base_rate",
    "base_rate_low",
    "base_rate_high",
    "auc",
    "auc_low",
    "auc_high",
    "backdated_share",
]

SUITE = [
    gxe.ExpectTableColumnsToMatchSet(
        column_set=COLUMNS,
        exact_match=False,
        description="Every column that BI tools rely on is there.",
    ),
    share_with_interval("base_rate", "base_rate_low", "base_rate_high"),
    share_with_interval("auc", "auc_low", "auc_high"),
    no_rows(
        f"""
        select target, ruleset from {BATCH}
        where successes > leads or people > leads or not finished_cut_offs > 0
        """,
        description="Whoever is counted was there at some cut-off.",
    ),
]
