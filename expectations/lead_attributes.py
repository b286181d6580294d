"""What lead_attributes, the facts that signals.csv publishes, must look like."""

import great_expectations.expectations as gxe

from expectations.checks import BATCH, no_address, no_rows

COLUMNS = ["lead_id", "name", "value"]


def _words(text: str) -> str:
    """Return the SQL of a text's words; null without any, which no list has."""
    words = rf"regexp_extract_all(lower({text}), '[\pL\pM\pN]+')"
    return f"nullif({words}, [])"


def _digits(text: str) -> str:
    """Return the SQL of a number's last digits, before which prefixes differ."""
    digits = rf"regexp_replace({text}, '\D', '', 'g')"
    return f"nullif(right({digits}, 7), '')"


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
    # column of names or numbers. A name is told in any order, whole, in part or with
    # more words; a number with any prefix and any signs between its digits.
    no_rows(
        f"""
        with published as (
            select
                lead_id, name, {_words("value")} as words, {_digits("value")} as digits
            from {BATCH}
        ),
        contacts as (
            select
                lead_id,
                {_words("concat_ws(' ', first_name, last_name)")} as words,
                {_digits("phone")} as digits
            from lead_contacts
        )
        select published.name, any_value(published.lead_id) as lead_id
        from published
        left join contacts
            on
                published.lead_id = contacts.lead_id
                and (
                    list_has_all(published.words, contacts.words)
                    or list_has_all(contacts.words, published.words)
                    or published.digits = contacts.digits
                )
        group by published.name
        having 2 * count(contacts.lead_id) > count(*)
        """,
        description="No signal that is published is the name or the phone number of "
        "most leads: those stand in lead_contacts.",
    ),
]
