"""What a delivery of the people of CRM opportunities must look like."""

import great_expectations.expectations as gxe

SUITE = [
    gxe.ExpectColumnValuesToNotBeNull(
        column="link_id", description="Every link has its link_id."
    ),
    gxe.ExpectColumnValuesToNotBeNull(
        column="opportunity_id", description="Every link names its opportunity."
    ),
    gxe.ExpectColumnValuesToNotBeNull(
        column="lead_id", description="Every link names its lead."
    ),
]
