"""What a delivery of CRM activities must look like."""

import great_expectations.expectations as gxe

from expectations.checks import (
    email_shape,
    few_rows,
    not_before_2000,
    not_in_the_future,
    one_event_an_id,
    rows_where,
)

SUITE = [
    gxe.ExpectColumnValuesToNotBeNull(
        column="activity_id", description="Every activity has its activity_id."
    ),
    gxe.ExpectColumnValuesToNotBeNull(
        column="activity_type", description="Every activity says what it was."
    ),
    gxe.ExpectColumnValuesToNotBeNull(
        column="occurred_at", description="Every activity has its time."
    ),
    one_event_an_id("crm_activities", share=0.05),
    few_rows(
        rows_where(
            "lead_id is null and account_id is null and email is null", "activity_id"
        ),
        share=0.05,
        description="An activity names a lead, an account or an email.",
    ),
    email_shape(),
    not_before_2000("occurred_at"),
    # Meetings are entered ahead of their time; they count once they have happened.
    not_in_the_future("occurred_at", share=0.1),
]
