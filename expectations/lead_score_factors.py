"""What lead_score_factors, the reasons behind the scores, must look like."""

import great_expectations.expectations as gxe

from expectations.checks import BATCH, no_personal_data, no_rows
from leadscore.models import dimensions

COLUMNS = [
    "lead_id",
    "as_of_date",
    "ruleset",
    "dimension",
    "rule_group",
    "rule_id",
    "occurrences",
    "days",
    "first_at",
    "last_at",
    "points",
    "reason",
]

DIMENSIONS = [*dimensions(), "adjustment"]

SUITE = [
    gxe.ExpectTableColumnsToMatchSet(
        column_set=COLUMNS,
        exact_match=False,
        description="Every column that BI tools rely on is there.",
    ),
    gxe.ExpectColumnValuesToNotBeNull(
        column="rule_id", description="Every factor names its rule."
    ),
    gxe.ExpectColumnValuesToNotBeNull(
        column="points", description="Every factor has its points."
    ),
    gxe.ExpectColumnValuesToNotBeNull(
        column="reason", description="Every factor has a reason that a person can read."
    ),
    gxe.ExpectColumnValuesToBeInSet(
        column="dimension",
        value_set=DIMENSIONS,
        description=f"A factor belongs to one of {', '.join(DIMENSIONS)}.",
    ),
    gxe.ExpectColumnValuesToBeInSet(
        column="as_of_date",
        value_set={"$PARAMETER": "as_of_dates"},
        description="All factors are for the day that is published.",
    ),
    no_rows(
        f"""
        select lead_id, rule_id from {BATCH}
        where lead_id not in (select lead_id from lead_scores)
        """,
        description="Every factor belongs to a lead that is published.",
    ),
    *no_personal_data(),
]
