"""What lead_feedback, which verdicts were given on leads, must look like."""

import great_expectations.expectations as gxe

from expectations.checks import BATCH, no_address, no_rows

COLUMNS = ["lead_id", "verdict", "given_by", "given_at", "as_of_date"]

SUITE = [
    gxe.ExpectTableColumnsToMatchSet(
        column_set=COLUMNS,
        exact_match=False,
        description="Every column that pages rely on is there.",
    ),
    gxe.ExpectCompoundColumnsToBeUnique(
        column_list=["lead_id", "given_by"],
        description="A person has one verdict on a lead.",
    ),
    gxe.ExpectColumnValuesToBeInSet(
        column="verdict",
        value_set=["good", "bad", "wrong_person", "bad_data"],
        description="A verdict is good, bad, wrong_person or bad_data.",
    ),
    no_rows(
        f"""
        with feedback as (select * from {BATCH})
        select feedback.lead_id, feedback.verdict
        from feedback
        left join lead_scores as scores on feedback.lead_id = scores.lead_id
        where scores.lead_id is null
        """,
        description="A verdict is on a lead that is published.",
    ),
    no_address("lead_id", "given_by"),
]
