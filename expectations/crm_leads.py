"""What a delivery of CRM leads must look like."""

import great_expectations.expectations as gxe

from expectations.checks import (
    email_shape,
    few_rows,
    not_before_2000,
    not_in_the_future,
    not_negative,
    rows_where,
    unique_in_a_file,
)

SUITE = [
    gxe.ExpectColumnValuesToNotBeNull(
        column="lead_id", description="Every lead record has its lead_id."
    ),
    unique_in_a_file("lead_id", share=0.05),
    few_rows(
        rows_where("is_deleted", "lead_id"),
        share=0.5,
        description="Most lead records are alive: is_deleted is not turned around.",
    ),
    email_shape(),
    few_rows(
        rows_where("first_name like '%@%' or last_name like '%@%'", "lead_id"),
        share=0.05,
        description="Names hold no emails: the columns are not swapped.",
    ),
    not_negative("employee_count"),
    not_negative("annual_revenue"),
    not_before_2000("created_at"),
    not_in_the_future("created_at"),
    not_in_the_future("updated_at"),
    few_rows(
        rows_where("converted_at < created_at - interval 1 day", "converted_at"),
        share=0.05,
        description="A lead is converted after it was created.",
    ),
]
