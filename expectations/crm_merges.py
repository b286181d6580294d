"""What a delivery of CRM merges must look like."""

import great_expectations.expectations as gxe

from expectations.checks import not_before_2000, not_in_the_future, unique_in_a_file

SUITE = [
    gxe.ExpectColumnValuesToNotBeNull(
        column="merged_id", description="Every merge names the record that was merged."
    ),
    gxe.ExpectColumnValuesToNotBeNull(
        column="into_id", description="Every merge names the record that stayed."
    ),
    unique_in_a_file("merged_id", share=0.05),
    not_before_2000("merged_at"),
    not_in_the_future("merged_at"),
]
