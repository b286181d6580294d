"""What a delivery of merges of CRM opportunities must look like."""

import great_expectations.expectations as gxe

from expectations.checks import not_before_2000, not_in_the_future

SUITE = [
    gxe.ExpectColumnValuesToNotBeNull(
        column="opportunity_id",
        description="Every merge names the deal that was merged.",
    ),
    gxe.ExpectColumnValuesToNotBeNull(
        column="into_opportunity_id",
        description="Every merge names the deal that stayed.",
    ),
    not_before_2000("merged_at"),
    not_in_the_future("merged_at"),
]
