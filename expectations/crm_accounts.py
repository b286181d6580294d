"""What a delivery of CRM accounts must look like."""

import great_expectations.expectations as gxe

from expectations.checks import (
    few_rows,
    not_in_the_future,
    not_negative,
    rows_where,
    unique_in_a_file,
)

SUITE = [
    gxe.ExpectColumnValuesToNotBeNull(
        column="account_id", description="Every account has its account_id."
    ),
    unique_in_a_file("account_id", share=0.05),
    few_rows(
        rows_where("is_deleted", "account_id"),
        share=0.5,
        description="Most accounts are alive: is_deleted is not turned around.",
    ),
    few_rows(
        rows_where(r"not regexp_matches(domain, '^[^@\s]+\.[^@\s]+$')", "domain"),
        share=0.05,
        description="A domain that is given reads like company.com.",
    ),
    not_negative("employee_count"),
    not_negative("annual_revenue"),
    not_in_the_future("updated_at"),
]
