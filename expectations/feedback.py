"""What a delivery of feedback on leads must look like."""

import great_expectations.expectations as gxe

from expectations.checks import (
    email_shape,
    no_rows,
    not_before_2000,
    not_in_the_future,
    one_event_an_id,
    rows_where,
)

SUITE = [
    no_rows(
        rows_where("email is null and lead_id is null"),
        description="Every verdict names the email or the lead it is on.",
    ),
    gxe.ExpectColumnValuesToNotBeNull(
        column="verdict", description="Every row gives its verdict."
    ),
    gxe.ExpectColumnValuesToNotBeNull(
        column="given_at", description="Every verdict has its time."
    ),
    one_event_an_id("feedback", share=0.1),
    email_shape(),
    not_before_2000("given_at"),
    not_in_the_future("given_at"),
]
