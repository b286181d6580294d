"""What a delivery of CRM opportunities must look like."""

import great_expectations.expectations as gxe

from expectations.checks import (
    few_rows,
    not_before_2000,
    not_in_the_future,
    not_negative,
    rows_where,
    unique_in_a_file,
)
from leadscore.loading.keys import STANDING

LINKED = f"""
    select links.opportunity_id
    from raw.crm_opportunity_leads as links inner join ({STANDING}) using (batch_id)
    where links.opportunity_id is not null
"""

SUITE = [
    gxe.ExpectColumnValuesToNotBeNull(
        column="opportunity_id", description="Every opportunity has its opportunity_id."
    ),
    unique_in_a_file("opportunity_id", share=0.05),
    few_rows(
        rows_where(
            "lead_id is null and account_id is null "
            f"and opportunity_id not in ({LINKED})",
            "opportunity_id",
        ),
        share=0.05,
        description="An opportunity belongs to a lead or to an account, by itself or "
        "by a row of crm_opportunity_leads.",
    ),
    few_rows(
        rows_where("is_won and not is_closed", "opportunity_id"),
        share=0.05,
        description="What is won is closed: is_won is true or false for what became "
        "of it, not for what is hoped.",
    ),
    few_rows(
        rows_where("closed_at < created_at - interval 1 day", "created_at, closed_at"),
        share=0.05,
        description="An opportunity is closed after it was created.",
    ),
    not_negative("amount"),
    not_before_2000("created_at"),
    not_in_the_future("created_at"),
]
