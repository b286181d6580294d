"""What a delivery of web events must look like."""

import great_expectations.expectations as gxe

from expectations.checks import (
    email_shape,
    no_rows,
    not_before_2000,
    not_in_the_future,
    not_negative,
    one_event_an_id,
    rows_where,
)

SUITE = [
    no_rows(
        rows_where("coalesce(visitor_id, email, lead_id) is null"),
        description="Every event names its visitor, an email or a lead.",
    ),
    gxe.ExpectColumnValuesToNotBeNull(
        column="event_type", description="Every event says what happened."
    ),
    gxe.ExpectColumnValuesToNotBeNull(
        column="occurred_at", description="Every event has its time."
    ),
    one_event_an_id("web_events", share=0.1),
    email_shape(),
    not_negative("duration_seconds"),
    not_before_2000("occurred_at"),
    not_in_the_future("occurred_at"),
]
