"""The guards on ids: rounded ones, one for two people, events that came before."""

from __future__ import annotations

import duckdb

from leadscore.canonical import TABLES
from leadscore.loading import batches
from leadscore.loading.batches import Batch
from leadscore.loading.file_reader import FileRefused, without_values
from leadscore.loading.row_sql import one_number

# A spreadsheet keeps so many digits of a number, and writes zeros for the others.
DIGITS_KEPT = 15
# Chance ends one id in ten with a zero: so many zeros in all are none of its doing, if
# most of the long ids have them.
ZEROS_TOLD = 2
EXAMPLES = 3

# What stands beside a batch: what was accepted, but for what a pending file replaces.
STANDING = """
    select * from raw.batches
    where status = 'pending' or (
        status = 'accepted'
        and file not in (select file from raw.batches where status = 'pending')
    )
"""

# Tables of events, each with the column that tells them apart.
EVENT_KEYS = {
    "crm_activities": "activity_id",
    "email_events": "event_id",
    "web_events": "event_id",
    "feedback": "feedback_id",
}


def content(table: str) -> str:
    """Return the columns of an event that a second delivery of it has alike."""
    apart = (EVENT_KEYS[table], "properties")
    return ", ".join(name for name in TABLES[table].columns if name not in apart)


def refuse_rounded(
    connection: duckdb.DuckDBPyConnection, table: str, batch_id: object
) -> None:
    """Refuse the file of a batch if a spreadsheet rounded its ids."""
    for column in TABLES[table].columns:
        if not column.endswith("_id"):
            continue
        rounded, long, zeros, row, example = connection.execute(
            f"""
            with long as (
                select
                    {column} as id,
                    min(source_row) as source_row,
                    strlen({column}) - {DIGITS_KEPT} as rest
                from raw.{table}
                where
                    batch_id = ?
                    and strlen({column}) > {DIGITS_KEPT}
                    and regexp_full_match({column}, '[1-9][0-9]+')
                group by {column}
            ),

            judged as (
                select *, right(id, rest) = repeat('0', rest) as is_rounded from long
            )

            select
                count_if(is_rounded),
                count(*),
                coalesce(sum(rest) filter (where is_rounded), 0),
                min(source_row) filter (where is_rounded),
                min_by(id, source_row) filter (where is_rounded)
            from judged
            """,
            [batch_id],
        ).fetchall()[0]
        if zeros >= ZEROS_TOLD and rounded * 2 > long:
            reason = (
                f"row {row}: {column}: '{example}': {rounded:,} of the {long:,} ids of "
                f"more than {DIGITS_KEPT} digits end in zeros from there on, as a "
                f"spreadsheet rounds them, and different ones become one: export the "
                f"file anew and open it in none, or export the column as text"
            )
            raise FileRefused(reason, without_values(reason, [example]))


def find_reused(
    connection: duckdb.DuckDBPyConnection, source: str
) -> tuple[list[Batch], str, str] | None:
    """Return pending batches that use an id of a day for two people, reason and cause.

    They are two if neither an address nor a word of their names is the same.
    """
    pending = batches.read(
        connection,
        "source = ? and status = 'pending' and table_name = 'crm_leads'",
        [source],
    )
    if not pending:
        return None
    pairs = connection.execute(
        f"""
        with standing as ({STANDING}),

        records as (
            select
                leads.lead_id,
                leads.extract_date,
                leads.batch_id,
                leads.source_row,
                standing.file,
                leads.email,
                list_filter(
                    string_split_regex(
                        lower(strip_accents(
                            concat_ws(' ', leads.first_name, leads.last_name)
                        )),
                        '[^\\p{{L}}]+'
                    ),
                    lambda word: word != ''
                ) as words
            from raw.crm_leads as leads
            inner join standing using (batch_id)
            where leads.extract_date in (
                select extract_date from raw.batches where status = 'pending'
            )
        ),

        repeated as (
            select * from records
            qualify count(distinct email) over (
                partition by lead_id, extract_date
            ) > 1
        )

        select distinct on (one.lead_id, one.extract_date)
            one.lead_id, one.file, one.source_row, one.batch_id,
            other.file, other.source_row, other.batch_id
        from repeated as one
        inner join repeated as other
            on
                one.lead_id = other.lead_id
                and one.extract_date = other.extract_date
                and row(one.file, one.source_row) < row(other.file, other.source_row)
        where
            one.email != other.email
            and len(one.words) > 0
            and len(other.words) > 0
            and not list_has_any(one.words, other.words)
        order by all
        """
    ).fetchall()
    ids = {batch_id for pair in pairs for batch_id in (pair[3], pair[6])}
    refused = [batch for batch in pending if batch.batch_id in ids]
    if not refused:
        return None
    shown = "; ".join(
        f"{lead_id} in {file} row {row} and {other} row {other_row}"
        for lead_id, file, row, _, other, other_row, _ in pairs[:EXAMPLES]
    )
    more = "; and more" if len(pairs) > EXAMPLES else ""
    told = (
        f"{len(pairs):,} values of lead_id are used on one day for two people, of "
        f"other names and addresses"
    )
    advice = (
        "If two tables number their records each from 1, tell them apart in the source "
        "map, as {sql: \"concat('contact-', id)\"}; or else mend the ids"
    )
    return refused, f"{told}: {shown}{more}. {advice}", f"{told}. {advice}"


def count_repeats(connection: duckdb.DuckDBPyConnection, source: str) -> None:
    """Note in the pending batches how many of their events had been delivered before.

    A repeat has the id and the content of another event of its file pattern.
    """
    for table, key in EVENT_KEYS.items():
        waiting = connection.execute(
            "select count(*) from raw.batches where source = ? and table_name = ? "
            "and status = 'pending'",
            [source, table],
        )
        if not one_number(waiting):
            continue
        connection.execute(
            f"""
            update raw.batches set rows_repeated = counted.repeats
            from (
                with standing as ({STANDING}),

                known as (
                    select
                        events.batch_id,
                        standing.status,
                        row_number() over (
                            partition by
                                standing.map_name, standing.pattern, events.{key},
                                hash({content(table)})
                            order by
                                standing.status = 'pending', standing.extract_date,
                                standing.file, events.source_row
                        ) as turn
                    from raw.{table} as events
                    inner join standing using (batch_id)
                    where events.{key} in (
                        select waiting.{key} from raw.{table} as waiting
                        inner join raw.batches as pending using (batch_id)
                        where pending.status = 'pending'
                    )
                )

                select batch_id, count_if(turn > 1) as repeats
                from known where status = 'pending' group by batch_id
            ) as counted
            where raw.batches.batch_id = counted.batch_id
            """
        )
