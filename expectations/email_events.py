"""What a delivery of email events must look like."""

import great_expectations.expectations as gxe

from expectations.checks import (
    email_shape,
    no_rows,
    not_before_2000,
    not_in_the_future,
    one_event_an_id,
    rows_where,
)

EVENT_TYPES = [
    "sent",
    "delivered",
    "opened",
    "clicked",
    "replied",
    "auto_replied",
    "bounced_hard",
    "bounced_soft",
    "unsubscribed",
    "resubscribed",
    "subscription_changed",
    "complained",
]

SUITE = [
    no_rows(
        rows_where("email is null and lead_id is null"),
        description="Every event names the email or the lead it happened to.",
    ),
    gxe.ExpectColumnValuesToNotBeNull(
        column="event_type", description="Every event says what happened."
    ),
    gxe.ExpectColumnValuesToBeInSet(
        column="event_type",
        value_set=EVENT_TYPES,
        description=f"event_type is one of {', '.join(EVENT_TYPES)}: "
        "the source map translates the sender's own words.",
    ),
    gxe.ExpectColumnValuesToNotBeNull(
        column="occurred_at", description="Every event has its time."
    ),
    one_event_an_id("email_events", share=0.1),
    email_shape(),
    not_before_2000("occurred_at"),
    not_in_the_future("occurred_at"),
]
