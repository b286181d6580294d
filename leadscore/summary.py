"""What people read in the terminal: the summary of a run, and the status."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from leadscore import postgres
from leadscore.action.loads import warnings
from leadscore.calls import CALL_LIST, ON_CALL_LIST
from leadscore.errors import LeadscoreError, counted
from leadscore.extracts import find_skipped
from leadscore.loading.row_sql import literal
from leadscore.models import (
    EVENT_KINDS,
    LEAD_RESULTS,
    LEAD_SCORE_HISTORY,
    LEAD_TRAITS,
    NOBODY_IDS,
    ROWS_OF_NOBODY,
    SITE_HOSTS,
    UNCOUNTED_EVENTS,
    UNKNOWN_WORDS,
    name_of,
)
from leadscore.publish import (
    CRM_IMPORT,
    DATABASE,
    PARQUET,
    archived,
    attached_before,
    open_publication,
    previous_build,
    read_build,
    report_page,
    require_publication,
    shown_ruleset,
)
from leadscore.runs import current_run
from leadscore.settings import SOURCES, Settings
from leadscore.terminal import as_table
from leadscore.warehouse import connect, fetch_column

CALLS_SHOWN = 20
NAMES_SHOWN = 10
WORDS_SHOWN = 20
HOSTS_SHOWN = 15
FILES_SHOWN = 15
MANY = 0.2  # of the rows of a table that are nobody's: the wrong column, rather


def summarize(settings: Settings, console: Console) -> None:
    """Print what was read and checked, how leads came out, and whom to call first."""
    publication = require_publication(settings)
    before = previous_build(settings)
    with connect(settings) as warehouse:
        console.print(_what_came_in(warehouse, read_build(before) if before else None))
        console.print(_checks(warehouse, publication))
        for section in (left_out, _rows_of_nobody):
            if told := section(warehouse):
                console.print(told, "")
        console.print(skipped(settings), end="", markup=False, soft_wrap=True)
        hints = list(_hints(warehouse))
    with open_publication(settings) as published:
        console.print(_ruleset(published, publication))
        console.print(_distributions(published))
        columns = ["", "lead", "name", "owner", "segment", "score", "due", "action"]
        rows = call_list(published, settings.time_zone)
        console.print(_first("The call list", CALLS_SHOWN, [*columns, "because"], rows))
        for sentence in warnings(published):
            console.print(sentence, markup=False)
        console.print(_held_back(published))
        for sentence in _moves(published, before) if before else ():
            console.print(sentence, markup=False)
        console.print(_refused_requests(published))
    for hint in hints:
        console.print(f"[bold]Hint:[/] {hint}")
    console.print(_how_to_open(settings, publication), soft_wrap=True)


def tell_past(settings: Settings, console: Console) -> None:
    """Print what a run of days older than the published one did to their scores."""
    run = current_run(settings)
    with connect(settings) as warehouse:
        published = literal(str(settings.published / DATABASE))
        warehouse.execute(f"attach {published} as published (read_only)")
        rows = warehouse.execute(
            f"""
            with now as (from {LEAD_SCORE_HISTORY}),
            before as (from published.{name_of(LEAD_SCORE_HISTORY)})
            select
                as_of_date::varchar, count(distinct now.lead_id),
                count(distinct before.lead_id),
                count(distinct lead_id) filter (
                    where (now.total_points, now.grade, now.stage)
                    is distinct from (before.total_points, before.grade, before.stage)
                )
            from now full join before using (as_of_date, lead_id, ruleset)
            where as_of_date between ? and ?
            group by as_of_date order by as_of_date
            """,
            [run.from_date, run.as_of_date],
        ).fetchall()
    columns = ["day", "leads", "leads before", "that came out otherwise"]
    console.print(as_table("Scored in the past", columns, rows))
    console.print(
        f"\nWhat is published stays; its next build has these days in "
        f"lead_score_history. The lead_scores of {run.as_of_date}:\n"
        f"  {archived(settings.published, run.as_of_date, run.build_id)}\n"
        f"One lead: leadscore explain LEAD --as-of {run.as_of_date}",
        soft_wrap=True,
    )


def show_status(settings: Settings, console: Console) -> None:
    """Print what was refused, what is published and how fresh, and the last batches."""
    if settings.warehouse.exists():
        with connect(settings) as warehouse:
            for line in _refused(settings, warehouse):
                console.print(line, soft_wrap=True)
    publication = require_publication(settings)
    published_at = datetime.fromisoformat(publication["published_at"])
    age = datetime.now(UTC) - published_at
    console.print(
        f"Published: build [bold]{publication['build_id']}[/] of "
        f"[bold]{publication['as_of_date']}[/], {_ago(age.total_seconds())} ago, "
        f"{counted(publication['row_counts']['lead_scores'], 'lead')}"
    )
    if told := postgres.lag(settings):
        console.print(told, markup=False, soft_wrap=True)
    for source, fresh in publication["data_as_of"].items():
        day = fresh["extract_date"]
        said = f"delivered up to {day}" if day else "never delivered"
        stale = ", so its news is missing" if fresh["is_stale"] else ""
        console.print(f"  {source}: {said}{stale}")
    for told in not_read(settings):
        console.print(told, markup=False, soft_wrap=True)
    with connect(settings) as warehouse:
        _print_whole(_last_batches(warehouse), console)
        console.print(skipped(settings), end="", markup=False, soft_wrap=True)
        console.print(_verdicts(warehouse, publication))
        for section in (
            _not_counted,
            _unnamed_events,
            _unknown_words,
            _hosts,
            _nobody_ids,
            left_out,
            _rows_of_nobody,
        ):
            try:
                console.print(section(warehouse))
            except duckdb.CatalogException:
                console.print()  # not built, as after somebody was forgotten


def _what_came_in(
    warehouse: duckdb.DuckDBPyConnection, before: dict[str, Any] | None
) -> Table:
    """Show the accepted files: all, or those loaded since a publication."""
    since = datetime.fromisoformat(before["published_at"]) if before else None
    rows = warehouse.execute(
        """
        select
            source, count(distinct file),
            count(distinct file) filter (
                where file in (
                    select file from raw.batches where status = 'superseded'
                )
            ),
            sum(rows_read), sum(rows_loaded), sum(rows_rejected), sum(rows_repeated),
            max(extract_date)
        from raw.batches
        where
            status = 'accepted'
            and loaded_at > coalesce(?::timestamptz::timestamp, '-infinity')
        group by source order by source
        """,
        [since],
    ).fetchall()
    title = "What came in"
    if before:
        title += f" since the publication of {before['as_of_date']}"
    columns = [
        *("source", "files", "replaced", "rows read", "loaded", "rejected"),
        *("repeated", "newest delivery"),
    ]
    return as_table(title, columns, rows)


def _checks(warehouse: duckdb.DuckDBPyConnection, publication: dict[str, Any]) -> Text:
    held = _held(warehouse, publication)
    parts = [f"{source} {checked}" for source, _, checked in held]
    parts.append(f"the scores {publication['checks']['expectations']}")
    return Text(f"Great Expectations held: {', '.join(parts)} expectations.\n")


def _ruleset(published: duckdb.DuckDBPyConnection, publication: dict[str, Any]) -> str:
    """Return which ruleset is shown, and why; older publications do not say why."""
    ruleset = shown_ruleset(published)
    because = publication.get("ruleset_because")
    told = f"Ruleset [bold]{ruleset}[/]" + (f", because {because}." if because else ".")
    if experiment := publication.get("experiment"):
        told += (
            f" An experiment until {experiment['until']} shows "
            f"{100 * experiment['share']:.0f} % of the leads under "
            f"[bold]{experiment['challenger']}[/]."
        )
    return f"{told}\n"


def _distributions(published: duckdb.DuckDBPyConnection) -> Table:
    grid = Table.grid(padding=(0, 4))
    tables = [
        as_table(
            title,
            [column, "leads"],
            published.execute(
                f"select {column}, count(*) from lead_scores group by {column} "
                f"order by {order}"
            ).fetchall(),
        )
        for title, column, order in (
            ("Grades (fit)", "grade", "min(grade_rank)"),
            ("Levels (engagement)", "engagement_level", "engagement_level"),
            ("Stages", "stage", "min(stage_order)"),
        )
    ]
    grid.add_row(*tables)
    return grid


def call_list(
    published: duckdb.DuckDBPyConnection, time_zone: str
) -> list[tuple[Any, ...]]:
    """Return the call list, first call first; leads of one account stand together.

    Args:
        published: The publication.
        time_zone: The company's, in which it says until when to act.

    Returns:
        Place, lead id, name, owner, segment, score, due, action and reasons of each.
    """
    return published.execute(
        f"""
        select
            line, lead_id, name, owner_id, segment, cast(score as varchar),
            if(is_overdue, 'overdue, ', '') || strftime(due, '%m-%d %H:%M'),
            action, top_reasons
        from ({CALL_LIST}) order by line
        """,
        [time_zone],
    ).fetchall()


def _held_back(published: duckdb.DuckDBPyConnection) -> RenderableType:
    """Return who qualifies and is on no call list, and why; the untouched first."""
    rows = published.execute(
        """
        select
            lead_id, concat_ws(' ', first_name, last_name), owner_id, segment,
            cast(score as varchar), strftime(last_touched_at, '%m-%d'),
            exclusion_reason, top_reasons
        from lead_scores inner join lead_contacts using (lead_id)
        where is_mql and queue is null
        order by last_touched_at is not null, total_points desc, lead_id
        """
    ).fetchall()
    if not rows:
        return ""
    columns = ["lead", "name", "owner", "segment", "score", "touched", "held back"]
    columns.append("because")
    return _first("Qualified, but held back", NAMES_SHOWN, columns, rows)


def _first(
    title: str, shown: int, columns: list[str], rows: list[tuple[Any, ...]]
) -> Table:
    """Return the first rows as a table whose title says of how many they are."""
    if len(rows) > shown:
        title += f": the first {shown} of {len(rows):,}"
    return as_table(title, columns, rows[:shown])


def _moves(published: duckdb.DuckDBPyConnection, before: Path) -> Iterator[str]:
    """Say who is new on the call list since an earlier build, and who is off it."""
    day = read_build(before)["as_of_date"]
    now = f"select lead_id from lead_scores where {ON_CALL_LIST}"
    then = f"select lead_id from before.lead_scores where {ON_CALL_LIST}"
    for title, leads in (
        ("New on it", f"{now} except {then}"),
        ("Off it", f"{then} except {now}"),
    ):
        with attached_before(published, before):
            names = fetch_column(
                published,
                f"select concat_ws(' ', first_name, last_name, lead_id) from ({leads}) "
                f"left join lead_contacts using (lead_id) order by lead_id",
            )
        shown = ", ".join(names[:NAMES_SHOWN]) or "nobody"
        more = f" and {len(names) - NAMES_SHOWN} more" * (len(names) > NAMES_SHOWN)
        yield f"{title} since the publication of {day}: {shown}{more}."


def _refused_requests(published: duckdb.DuckDBPyConnection) -> RenderableType:
    rows = published.execute(
        """
        select record_ids, activity, cast(last_at as date), reason
        from refused_requests order by last_at desc, identifier, activity limit ?
        """,
        [CALLS_SHOWN],
    ).fetchall()
    if not rows:
        return ""
    return as_table(
        "Asked for by somebody: one of these records, or nobody's",
        ["records", "activity", "on", "why it is not known whose"],
        rows,
    )


def _hints(warehouse: duckdb.DuckDBPyConnection) -> Iterator[str]:
    competitors = fetch_column(
        warehouse,
        "select domain from mappings.relationship_domains "
        "where relationship = 'competitor'",
    )
    domains = fetch_column(
        warehouse,
        f"""
        select traits.email_domain
        from {LEAD_TRAITS} as traits
        inner join {LEAD_RESULTS} as results using (lead_id, valid_from)
        where
            traits.valid_to = (select as_of_date from raw.run)
            and traits.email_domain_type = 'business' and traits.account_id is null
            and traits.relationship is null
            and results.behavioral_points > 0
        group by traits.email_domain
        order by max(results.behavioral_points) desc, traits.email_domain limit 10
        """,
    )
    if domains:
        yield (
            f"{len(competitors)} competitor domains known; of the engaged companies "
            f"these are in no CRM account: {', '.join(domains)}. Label what they are "
            f"in mappings/relationship_domains.csv."
        )
    unknown = fetch_column(
        warehouse,
        f"select word from {UNKNOWN_WORDS} "
        "where mapping = 'job_titles' and word not like '(%' "
        "order by record_count desc, word limit 5",
    )
    if unknown:
        yield (
            f"Job titles that no keyword knows: {', '.join(unknown)}. Add one in "
            f"mappings/job_titles.csv."
        )
    yield from _many_of_nobody(warehouse)


def _many_of_nobody(warehouse: duckdb.DuckDBPyConnection) -> Iterator[str]:
    found = warehouse.execute(
        f"select table_name, sum(nobody_count)::bigint, sum(row_count)::bigint "
        f"from {ROWS_OF_NOBODY} group by table_name "
        f"having sum(nobody_count) > {MANY} * sum(row_count) order by table_name"
    ).fetchall()
    for table, count, rows in found:
        yield (
            f"{count:,} of {rows:,} rows of {table} name no record that was ever "
            f"delivered, and count for nobody: does the source map take the right "
            f"columns for the ids, and do the leads come from the same system?"
        )


def _how_to_open(settings: Settings, publication: dict[str, Any]) -> str:
    published = settings.published
    report = report_page(settings)
    pages = f"  {report}   (the pages: make report)\n" if report else ""
    return (
        f"\nScores of [bold]{publication['as_of_date']}[/], build "
        f"{publication['build_id']}:\n"
        f"  {published / DATABASE}   (DuckDB, table lead_scores)\n"
        f"  {published / PARQUET}/   (the same tables)\n"
        f"  {published / CRM_IMPORT}   (to import in a CRM)\n"
        f"One lead: leadscore explain <lead id, email or visitor id>\n{pages}"
    )


def _refused(
    settings: Settings, warehouse: duckdb.DuckDBPyConnection
) -> Iterator[Text]:
    """Say which files are refused and still lie there, and why."""
    rows = warehouse.execute(
        """
        select file, any_value(reason)
        from raw.batches as refused
        where
            status = 'refused'
            and not exists (
                from raw.batches as later
                where
                    later.status in ('pending', 'accepted')
                    and (
                        (
                            later.file = refused.file
                            and later.loaded_at > refused.loaded_at
                        )
                        or (
                            refused.delivery = 'snapshot'
                            and later.map_name = refused.map_name
                            and later.table_name = refused.table_name
                            and later.extract_date > refused.extract_date
                        )
                    )
            )
        group by file order by file
        """
    ).fetchall()
    files: dict[str, list[str]] = {}
    for file, reason in rows:
        if (settings.extracts / file).exists():
            files.setdefault(reason, []).append(file)
    for reason, names in files.items():
        text = Text("Refused: ", style="bold red")
        gap = "\n" if reason.startswith("- ") else " "
        text.append(f"{', '.join(names)}:{gap}{reason}", style="not bold default")
        yield text
    if files:
        yield Text(
            "Nothing of these files is used, and what is published stays: deliver them "
            "again mended, or take them away.\n"
        )


def _last_batches(warehouse: duckdb.DuckDBPyConnection) -> Table:
    rows = warehouse.execute(
        """
        select file, table_name, status, rows_read, rows_loaded, rows_rejected,
            rows_repeated, strftime(loaded_at, '%Y-%m-%d %H:%M')
        from raw.batches order by extract_date desc, file desc limit 15
        """
    ).fetchall()
    columns = [
        *("file", "table", "verdict", "read", "loaded", "rejected", "repeated", "at"),
    ]
    return as_table("Last batches", columns, rows)


def _verdicts(
    warehouse: duckdb.DuckDBPyConnection, publication: dict[str, Any]
) -> Table:
    rows = [
        *_held(warehouse, publication),
        (
            "the scores",
            publication["as_of_date"],
            publication["checks"]["expectations"],
        ),
    ]
    columns = ["what", "day", "expectations"]
    return as_table("What Great Expectations found to hold", columns, rows)


def _held(
    warehouse: duckdb.DuckDBPyConnection, publication: dict[str, Any]
) -> list[tuple[Any, ...]]:
    """Return by source the last check that anything was published after."""
    return warehouse.execute(
        """
        select source, max_by(day, judged_at), max_by(checked, judged_at)
        from raw.verdicts
        where success and checked > 0 and judged_at <= ?::timestamptz::timestamp
        group by source order by source
        """,
        [publication["published_at"]],
    ).fetchall()


def _not_counted(warehouse: duckdb.DuckDBPyConnection) -> RenderableType:
    rows = warehouse.execute(
        f"select sentence, activity, event_count from {UNCOUNTED_EVENTS} "
        "where activity is not null order by all"
    ).fetchall()
    return as_table("Kept, but not counted", ["reason", "activity", "times"], rows)


def _unknown_words(warehouse: duckdb.DuckDBPyConnection) -> RenderableType:
    rows = warehouse.execute(
        f"select field, word, record_count, mapping from {UNKNOWN_WORDS} "
        "order by record_count desc, field, word"
    ).fetchall()
    shown, more = rows[:WORDS_SHOWN], len(rows[WORDS_SHOWN:])
    if more:
        shown.append(("...", f"{more:,} more words", None, None))
    title = "Words that no mapping knows: they earn nothing and exclude nobody"
    columns = ["what", "word", "records", "mapping"]
    return as_table(title, columns, shown) if shown else ""


def _unnamed_events(warehouse: duckdb.DuckDBPyConnection) -> str:
    rows = warehouse.execute(
        f"""
        select
            source, sum(event_count)::bigint,
            coalesce(sum(event_count) filter (where activity is null), 0)::bigint
        from {EVENT_KINDS} group by source order by source
        """
    ).fetchall()
    unnamed = ", ".join(f"{source} {count:,}" for source, _, count in rows if count)
    if not unnamed:
        return ""
    return (
        f"Events that no row of mappings/activities.csv names, and that earn nothing: "
        f"{sum(row[2] for row in rows):,} of {sum(row[1] for row in rows):,} "
        f"({unnamed})."
    )


def _hosts(warehouse: duckdb.DuckDBPyConnection) -> RenderableType:
    """Return on which hosts pages were opened, and which of them count."""
    rows = warehouse.execute(
        "select url_host, coalesce(kind, 'unknown'), event_count, "
        f"if(is_counted, 'yes', 'no') from {SITE_HOSTS} "
        f"order by event_count desc, url_host limit {HOSTS_SHOWN}"
    ).fetchall()
    named = fetch_column(
        warehouse, "select pattern from mappings.site_hosts where kind = 'own'"
    )
    if not rows:
        return ""
    table = as_table("Hosts of web events", ["host", "kind", "events", "counted"], rows)
    if named:
        return table
    return Group(
        table,
        "None is named as yours, so all count but local and test ones: name yours in "
        "mappings/site_hosts.csv, and no other will count.",
    )


def _nobody_ids(warehouse: duckdb.DuckDBPyConnection) -> RenderableType:
    rows = warehouse.execute(
        f"select table_name, column_name, value, row_count from {NOBODY_IDS} "
        "order by all"
    ).fetchall()
    if not rows:
        return ""
    columns = ["table", "column", "value", "rows"]
    return as_table("Ids that are nobody's: they join no two rows", columns, rows)


def not_read(settings: Settings) -> Iterator[str]:
    """Say which folders of extracts are of sources that are not in use."""
    for source in SOURCES:
        folder = settings.extracts / source
        if source not in settings.sources_in_use and folder.is_dir():
            yield (
                f"  {source}: not read, though {folder} is there: in use are "
                f"{settings.sources}"
            )


def skipped(settings: Settings) -> str:
    """Say which files were not read because their source maps skip them, if any."""
    try:
        extracts = find_skipped(settings)
    except LeadscoreError as error:
        return f"Which files are skipped is not known: {error}\n\n"
    if not extracts:
        return ""
    newest = max(extract.day for extract in extracts)
    places = [extract.place for extract in extracts if extract.day == newest]
    more = ", ..." if len(places) > FILES_SHOWN else ""
    return (
        f"Skipped, as the source maps say: {counted(len(extracts), 'file')}, the "
        f"newest {', '.join(places[:FILES_SHOWN])}{more}\n\n"
    )


# Of a file in several folders a row may be taken once in each: so at least the rest of
# its rows is left out everywhere. It has no more rows than its tables together.
UNREAD_ROWS = """
    with files as (
        select
            sha256, extract_date, source, sum(rows_left_out) as left_out,
            sum(rows_read + rows_left_out) as row_count
        from raw.batches where status = 'accepted'
        group by sha256, extract_date, source
    ),
    contents as (
        select sum(left_out) - (count(*) - 1) * max(row_count) as unread
        from files group by sha256, extract_date
    )
    select coalesce(sum(greatest(unread, 0)), 0)::bigint from contents
"""


def left_out(warehouse: duckdb.DuckDBPyConnection) -> RenderableType:
    """Return by file how many rows were left out, if any, of the newest files."""
    rows = warehouse.execute(
        "select file, rows_read, rows_left_out from raw.batches "
        "where status = 'accepted' and rows_left_out > 0 "
        "order by extract_date desc, file limit ?",
        [FILES_SHOWN],
    ).fetchall()
    if not rows:
        return ""
    columns = ["file", "read", "left out"]
    title = "Rows that no `where` of their source map takes"
    [unread] = fetch_column(warehouse, UNREAD_ROWS)
    return Group(
        as_table(title, columns, rows),
        f"Read by no map of any folder: at least {counted(unread, 'row')}.",
    )


def _rows_of_nobody(warehouse: duckdb.DuckDBPyConnection) -> RenderableType:
    rows = warehouse.execute(
        f"select file, table_name, row_count, nobody_count from {ROWS_OF_NOBODY} "
        "where nobody_count > 0 order by nobody_count desc, file, table_name limit ?",
        [FILES_SHOWN],
    ).fetchall()
    if not rows:
        return ""
    columns = ["file", "table", "rows", "nobody's"]
    return as_table("Rows that name no record ever delivered", columns, rows)


def _print_whole(table: Table, console: Console) -> None:
    """Print a table as wide as it is: in a narrow terminal its lines go on below."""
    unlimited = console.options.update(max_width=1000)
    table.width = console.measure(table, options=unlimited).maximum
    console.print(table, crop=False)


def _ago(seconds: float) -> str:
    hours = int(seconds // 3600)
    if hours >= 48:
        return counted(hours // 24, "day")
    return counted(hours, "hour") if hours else counted(int(seconds // 60), "minute")
