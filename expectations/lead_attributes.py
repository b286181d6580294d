"""What lead_attributes, the facts that signals.csv publishes, must look like."""

import great_expectations.expectations as gxe

from expectations.checks import BATCH, no_address, no_rows

COLUMNS = ["lead_id", "name", "value"]

SUITE = [
    gxe.ExpectTableColumnsToMatchSet(
        column_set=COLUMNS,
        exact_match=False,
        description="Every column that BI tools rely on is there.",
    ),
    *(
        gxe.ExpectColumnValuesToNotBeNull(
            column=column, description=f"Every fact has its {column}."
        )
        for column in COLUMNS
    ),
    gxe.ExpectCompoundColumnsToBeUnique(
        column_list=["lead_id", "name"],
        description="A lead has one value of a signal.",
    ),
    no_rows(
        f"""
        select lead_id, name from {BATCH}
        where lead_id not in (select lead_id from lead_scores)
        """,
        description="Every fact is about a lead that is published.",
    ),
    no_address("lead_id", "name"),
    # One Mr Gold has the plan gold: what is a name or a number more often than not is a
    # column of names or numbers.
    no_rows(
        f"""
        with published as (select * from {BATCH})
        select published.name, any_value(published.lead_id) as lead_id
        from published
        left join lead_contacts as contacts
            on
                published.lead_id = contacts.lead_id
                and published.value in (
                    lower(contacts.first_name),
                    lower(contacts.last_name),
                    lower(contacts.first_name || ' ' || contacts.last_name),
                    lower(contacts.phone)
                )
        group by published.name
        having 2 * count(contacts.lead_id) > count(*)
        """,
        description="No signal that is published is the name or the phone number of "
        "most leads: those stand in lead_contacts.",
    ),
]
