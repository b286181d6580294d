"""What a delivery of the CRM's owners must look like."""

import great_expectations.expectations as gxe

from expectations.checks import few_rows, rows_where, unique_in_a_file

SUITE = [
    gxe.ExpectColumnValuesToNotBeNull(
        column="owner_id", description="Every owner has their owner_id."
    ),
    unique_in_a_file("owner_id", share=0.05),
    few_rows(
        rows_where("name is null", "owner_id"),
        share=0.5,
        description="Most owners have a name.",
    ),
]
