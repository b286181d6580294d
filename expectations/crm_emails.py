"""What a delivery of further addresses of CRM leads must look like."""

import great_expectations.expectations as gxe

from expectations.checks import email_shape

SUITE = [
    gxe.ExpectColumnValuesToNotBeNull(
        column="lead_id", description="Every address names the record that has it."
    ),
    gxe.ExpectColumnValuesToNotBeNull(
        column="email", description="Every further address is given."
    ),
    email_shape(),
]
