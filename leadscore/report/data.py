"""The page Data: what came in, what was refused, checked and not counted."""

from __future__ import annotations

from leadscore.errors import counted
from leadscore.judging.wording import NONE, number
from leadscore.report.page import Shown, first_of, write_sections
from leadscore.report.parts import Section, Table

ROWS_SHOWN = 60
CHECKS_SHOWN = 500


def data(shown: Shown) -> str:
    """Return the page."""
    return write_sections(
        "Data",
        [
            _came_in(shown),
            _rejected(shown),
            _checks(shown),
            _not_counted(shown),
            _unknown_words(shown),
            _refused_links(shown),
            _pushed(shown),
            _run_times(shown),
        ],
        "What the scores were made from, and what was left out of them, and why.",
    )


def _came_in(shown: Shown) -> Section:
    by_day = _table(
        shown,
        "By source and day",
        ["source", "delivered", "files", "refused", "read", "loaded", "rejected"],
        """
        select
            source, extract_date, count(distinct file),
            count(distinct file) filter (where status = 'refused'),
            sum(rows_read)::bigint, sum(rows_loaded)::bigint, sum(rows_rejected)::bigint
        from batches where status != 'superseded'
        group by source, extract_date order by extract_date desc, source
        """,
    )
    refused = _table(
        shown,
        "Refused files, of which nothing is used",
        ["file", "why"],
        """
        select distinct file, reason from batches as refused
        where status = 'refused' and not exists (
            from batches as later
            where
                later.status = 'accepted' and later.loaded_at > refused.loaded_at
                and later.file = refused.file
        )
        order by file desc
        """,
    )
    return Section("What came in", tables=[*refused, *by_day])


def _rejected(shown: Shown) -> Section:
    tables = _table(
        shown,
        "By reason",
        ["source", "table", "column", "why", "rows", "newest delivery"],
        """
        select
            source, table_name, column_name, reason,
            sum(row_count)::bigint as row_count, max(extract_date)
        from rejected_rows group by all order by row_count desc, reason
        """,
    )
    nobody = _table(
        shown,
        "Rows that name no record ever delivered, and count for nobody",
        ["file", "table", "rows", "nobody's"],
        "select file, table_name, row_count, nobody_count from rows_of_nobody "
        "where nobody_count > 0 order by nobody_count desc, file",
        is_folded=True,
    )
    told = "Rows that could not be read lie in the quarantine, with file and line."
    return Section(
        "Rejected rows",
        [told if tables else "Every row could be read."],
        tables=[*tables, *nobody],
    )


NEWEST_CHECKS = """
    with newest as (
        from checks qualify judged_at = max(judged_at) over (partition by source)
    )
"""


def _checks(shown: Shown) -> Section:
    """Say what Great Expectations found, what does not hold first."""
    [total, failed] = shown.connection.execute(
        f"{NEWEST_CHECKS} select count(*), count(*) filter (where not success) "
        "from newest"
    ).fetchall()[0]
    tables = _table(
        shown,
        "What was checked last",
        ["of", "table", "what must be so", "is it so", "found", "day"],
        f"{NEWEST_CHECKS} select source, table_name, sentence, "
        "if(success, 'yes', 'no'), found, day from newest "
        "order by success, source = 'scores' desc, source, table_name, position",
        is_folded=not failed,
        most=CHECKS_SHOWN,
    )
    if not total:
        return Section("What was checked", ["Nothing was checked."])
    told = (
        f"Great Expectations asked {counted(total, 'question')}; "
        f"{'all hold' if not failed else f'{failed:,} do not hold'}."
    )
    return Section("What was checked", [told], tables=tables)


def _not_counted(shown: Shown) -> Section:
    tables = _table(
        shown,
        "Kept, but not counted",
        ["source", "activity", "why", "times"],
        "select source, activity, sentence, sum(event_count)::bigint as times "
        "from uncounted_events group by all order by times desc, activity",
    )
    told = "Crawlers, mail scanners and the like earn no points."
    return Section("What was not counted", [told], tables=tables)


def _unknown_words(shown: Shown) -> Section:
    tables = _table(
        shown,
        "Words to label",
        ["what", "word", "records", "in mappings/"],
        "select field, word, record_count, mapping || '.csv' from unknown_words "
        "order by record_count desc, field, word",
    )
    told = "No mapping knows them: they earn nothing and exclude nobody."
    return Section(
        "Unknown words",
        [told if tables else "Every word was known."],
        tables=tables,
    )


def _refused_links(shown: Shown) -> Section:
    tables = _table(
        shown,
        "By reason",
        ["what", "linked to", "why", "links"],
        "select identifier_type, linked_type, reason, count(*) as links "
        "from refused_links group by all order by links desc, reason",
    )
    told = "Two that seem to be one person, and are not taken for one."
    return Section(
        "Refused links",
        [told if tables else "No link was refused."],
        tables=tables,
    )


def _pushed(shown: Shown) -> Section:
    """Say what CRMs have not accepted, and then what they have."""
    tables = _table(
        shown,
        "By target and scored day",
        ["target", "status", "why", "scored day", "records"],
        "select target, status, cause, as_of_date, record_count from pushes "
        "order by status = 'accepted', as_of_date desc, target, cause",
    )
    told = "What was sent last of each record; what was not accepted is sent again."
    return Section(
        "Pushed into CRMs",
        [told if tables else "Nothing was pushed."],
        tables=tables,
    )


def _run_times(shown: Shown) -> Section:
    tables = _table(
        shown,
        "Seconds by task",
        ["task", "runs", "failed", "usual", "longest", "last"],
        """
        select
            task, count(*), count(*) filter (where not succeeded),
            round(median(seconds), 1), round(max(seconds), 1),
            round(max_by(seconds, started_at), 1)
        from task_runs group by task order by min(started_at)
        """,
    )
    told = "Of the last 30 days; usual is the median."
    return Section("How long it took", [told], tables=tables)


def _table(
    shown: Shown,
    caption: str,
    columns: list[str],
    query: str,
    *,
    is_folded: bool = False,
    most: int = ROWS_SHOWN,
) -> list[Table]:
    """Return the first rows of a query under other headings, if it has any."""
    rows = shown.connection.execute(query).fetchall()
    cells = [[_cell(value) for value in row] for row in rows[:most]]
    note = first_of(rows, most)
    return [Table(caption, columns, cells, note, is_folded)] if rows else []


def _cell(value: object) -> str:
    if value is None or value == "":
        return NONE
    return number(value) if isinstance(value, int | float) else str(value)
