"""Expectations that Great Expectations lacks on DuckDB, for the suites beside this.

A core expectation says what must hold for every row. Real deliveries carry some dirt,
so a few bad rows per file are let through (`few_rows`): they do little harm, while many
mean that the export itself is broken.

In queries `{batch}` is the table that is judged. Great Expectations may replace it with
a subquery that has its own alias, so give it a name in a `with` clause, not by `as`.
"""

from __future__ import annotations

from typing import Any

import great_expectations.expectations as gxe

from leadscore.loading.keys import EVENT_KEYS, STANDING, content

BATCH = "{batch}"
EXAMPLES = 3

# So few bad rows in one file never block, however small the file is.
ALWAYS_ALLOWED = 10


class ExpectNoRows(gxe.UnexpectedRowsExpectation):  # type: ignore[misc]
    """Expect a query to find nothing; a failure shows some of what it found."""

    def _validate(self, metrics: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        outcome = super()._validate(metrics, *args, **kwargs)
        found = metrics["unexpected_rows_query.table"][:EXAMPLES]
        outcome["result"]["partial_unexpected_index_list"] = [
            {column: str(value) for column, value in dict(row).items()} for row in found
        ]
        return outcome


def no_rows(query: str, *, description: str) -> ExpectNoRows:
    """Expect the query to find nothing."""
    return ExpectNoRows(unexpected_rows_query=query, description=description)


def few_rows(query: str, *, share: float, description: str) -> ExpectNoRows:
    """Expect the query to find at most this share of each delivered file's rows.

    Args:
        query: Finds bad rows; its columns include batch_id.
        share: The part of a file's rows that may be bad, between 0 and 1.
        description: What should hold, in plain words.
    """
    return no_rows(
        f"""
        with bad as ({query}),
        delivered as (
            select batch_id, count(*) as row_count from {BATCH} group by batch_id
        )
        select bad.*
        from bad
        inner join delivered on bad.batch_id = delivered.batch_id
        qualify count(*) over (partition by bad.batch_id)
            > greatest({ALWAYS_ALLOWED}, {share} * delivered.row_count)
        """,
        description=f"{description} ({share:.0%} of a file's rows, or "
        f"{ALWAYS_ALLOWED} rows, may break this.)",
    )


def rows_where(condition: str, *columns: str) -> str:
    """Return the query for delivered rows that meet a condition, showing columns."""
    shown = ", ".join(("batch_id", "source_row", *columns))
    return f"select {shown} from {BATCH} where {condition}"


def rows_repeating(key: str) -> str:
    """Return the query for keys that a file repeats: a row for each repetition."""
    return f"""
        select repeated.*
        from (
            select batch_id, min(source_row) as source_row, {key}, count(*) as times
            from {BATCH}
            where {key} is not null
            group by batch_id, {key}
            having count(*) > 1
        ) as repeated, unnest(range(repeated.times - 1))
    """


def unique_in_a_file(key: str, *, share: float) -> ExpectNoRows:
    """Expect a file to deliver each key once, or nearly so."""
    return few_rows(
        rows_repeating(key),
        share=share,
        description=f"A file delivers each {key} once.",
    )


def one_event_an_id(table: str, *, share: float) -> ExpectNoRows:
    """Expect an event that comes again to be the same; it then counts once.

    Events are held against all of their file pattern. An activity may change from one
    delivery to the next, as from booked to attended, but not inside a file.
    """
    key = EVENT_KEYS[table]
    place = "batch_id" if table == "crm_activities" else "map_name, pattern"
    return few_rows(
        f"""
        select waiting.batch_id, waiting.source_row, waiting.{key}
        from (
            select
                batch_id,
                source_row,
                {key},
                status,
                content != first(content) over (
                    partition by {place}, {key}
                    order by status = 'pending', extract_date, batch_id, source_row
                ) as is_another
            from (
                select
                    batches.map_name,
                    batches.pattern,
                    batches.status,
                    events.batch_id,
                    events.extract_date,
                    events.source_row,
                    events.{key},
                    hash({content(table)}) as content
                from raw.{table} as events
                inner join ({STANDING}) as batches using (batch_id)
                where events.{key} in (
                    select judged.{key} from (select * from {BATCH}) as judged
                )
            )
        ) as waiting
        where is_another and status = 'pending'
        """,
        share=share,
        description=f"One {key} means one event, however often it is delivered.",
    )


def email_shape() -> ExpectNoRows:
    """Expect emails to look like emails, which swapped columns do not."""
    return few_rows(
        rows_where(
            r"not regexp_full_match(trim(email), '[^@\s]+@[^@\s]+\.[^@\s]+')", "email"
        ),
        share=0.05,
        description="An email that is given reads like name@domain.end.",
    )


def not_in_the_future(column: str, *, share: float = 0.01) -> ExpectNoRows:
    """Expect times up to the day after the delivery, where it still is that day."""
    return few_rows(
        rows_where(f"{column} >= extract_date + interval 2 day", column),
        share=share,
        description=f"{column} is not after the day that follows the delivery day.",
    )


def not_before_2000(column: str) -> ExpectNoRows:
    """Expect no times that a broken clock or an empty date field yields."""
    return few_rows(
        rows_where(f"{column} < timestamp '2000-01-01'", column),
        share=0.01,
        description=f"{column} is not before the year 2000.",
    )


def not_negative(column: str) -> ExpectNoRows:
    """Expect a count, an amount or a duration to be zero or more."""
    return few_rows(
        rows_where(f"{column} < 0", column),
        share=0.01,
        description=f"{column} is zero or more where it is given.",
    )


def no_personal_data() -> list[ExpectNoRows]:
    """Expect no column for, and no text with, what names a person."""
    return [
        no_rows(
            f"""
            select column_name from (describe select * from {BATCH})
            where column_name in (
                'email', 'phone', 'name', 'full_name', 'first_name', 'last_name'
            )
            """,
            description="There are no columns for names, emails or phone numbers: "
            "those stand in lead_contacts.",
        ),
        no_address("lead_id"),
    ]


def no_address(*shown: str) -> ExpectNoRows:
    """Expect no text with an email, in any script; a failure shows these columns."""
    return no_rows(
        rf"""
        with published as (select * from {BATCH})
        select {", ".join(shown)} from published
        -- every column at once; the plain search spares most of the matching
        where
            contains(published::varchar, '@')
            and regexp_matches(
                published::varchar,
                '[\pL\pM\pN_+.-]@[\pL\pM\pN_.-]+[.]\pL'
            )
        """,
        description="No text holds an email.",
    )


def share_with_interval(share: str, low: str, high: str) -> ExpectNoRows:
    """Expect a share that is known to lie between the ends of its interval."""
    return no_rows(
        f"""
        select target, ruleset, {share}, {low}, {high} from {BATCH}
        where
            {share} is not null
            -- Ends of no width may differ in the last digit.
            and not (
                {low} between 0 and {share} + 1e-9
                and {high} between {share} - 1e-9 and 1
            )
        """,
        description=f"{share} lies within its interval, and this between 0 and 1.",
    )
