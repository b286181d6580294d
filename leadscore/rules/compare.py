"""`leadscore rules try | diff`: what other rules would do to the leads of today."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb
from rich.console import Console
from rich.table import Table

from leadscore.errors import LeadscoreError
from leadscore.explain import factor_table, find_lead
from leadscore.loading.row_sql import literal
from leadscore.publish import DATABASE, open_publication
from leadscore.rules.coverage import require_scored
from leadscore.rules.draft import score_draft
from leadscore.settings import Settings
from leadscore.terminal import as_table
from leadscore.warehouse import fetch_column, fetch_one

MOVERS_SHOWN = 20
IDS_SHOWN = 20


def try_rules(settings: Settings, lead: str, ruleset: str, console: Console) -> None:
    """Print one lead's score under a ruleset of the settings' rules, draft or not.

    Args:
        settings: The world, with the draft in its `config`.
        lead: A lead id, the id of one of its CRM records, an email or a visitor id.
        ruleset: A ruleset of the draft.
        console: Where to print.

    Raises:
        LeadscoreError: If there is no such lead or ruleset, or the rules have mistakes.
    """
    with open_publication(settings) as published:
        lead_id = find_lead(published, lead)
        before = fetch_one(published, "from lead_scores where lead_id = ?", [lead_id])
    with score_draft(settings, lead_id) as draft:
        require_scored(draft, ruleset)
        score = fetch_one(
            draft,
            "from lead_scores_all where lead_id = ? and ruleset = ?",
            [lead_id, ruleset],
        )
        if score is None:
            raise LeadscoreError(f"{lead} is no lead on the day that was scored last.")
        console.print(f"[bold]{lead_id}[/]")
        if before:
            console.print(f"now      {_result(before)}")
        console.print(f"tried    {_result(score)}\n")
        console.print(factor_table(draft, score))


def show_diff(settings: Settings, before: str, after: str, console: Console) -> None:
    """Print what changing from a ruleset to another does to the leads of today.

    Without a `config` both are read as published. With one, `after` is scored anew
    under the rules there, and `before` only if it is not published: so a changed
    ruleset can be compared with itself.

    Raises:
        LeadscoreError: If a ruleset is not there, or the rules have mistakes.
    """
    with _both(settings, before, after) as connection:
        console.print(_grades(connection, before, after))
        _print_mqls(connection, console)
        console.print(_movers(connection))


def _result(score: dict[str, Any]) -> str:
    return (
        f"{score['as_of_date']}, {score['ruleset']}: "
        f"{score['total_points']:.2f} points, score "
        f"[bold]{score['score']}[/] of 100, grade [bold]{score['grade']}[/], level "
        f"{score['engagement_level']}, stage [bold]{score['stage']}[/]"
    )


@contextmanager
def _both(
    settings: Settings, before: str, after: str
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection with the tables scores and factors, each with a `side`."""
    path = literal(str(settings.published / DATABASE))
    with open_publication(settings) as published:
        known = fetch_column(published, "select distinct ruleset from lead_scores_all")
        if settings.config is None:
            require_scored(published, before)
            require_scored(published, after)
    if settings.config is None:
        with duckdb.connect() as connection:
            connection.execute(f"attach {path} as published (read_only)")
            _create_sides(connection, "published.main", before, "published.main", after)
            yield connection
        return
    with score_draft(settings) as draft:
        require_scored(draft, after)
        if before not in known:
            require_scored(draft, before)
        draft.execute(f"attach {path} as published (read_only)")
        source = "published.main" if before in known else "marts"
        _create_sides(draft, source, before, "marts", after)
        yield draft


def _create_sides(
    connection: duckdb.DuckDBPyConnection,
    before_schema: str,
    before: str,
    after_schema: str,
    after: str,
) -> None:
    for table, source in (
        ("scores", "lead_scores_all"),
        ("factors", "lead_score_factors"),
    ):
        connection.execute(
            f"""
            create temp table {table} as
            select 'before' as side, * from (
                from {before_schema}.{source} where ruleset = ?
            )
            union all by name
            select 'after' as side, * from (
                from {after_schema}.{source} where ruleset = ?
            )
            """,
            [before, after],
        )


# A lead that only one side knows (the draft's world is newer) is no change of rules.
PAIRED = """
    select
        lead_id,
        a.grade as grade_before, b.grade as grade_after,
        a.total_points as points_before, b.total_points as points_after,
        a.stage as stage_before, b.stage as stage_after,
        a.is_mql as mql_before, b.is_mql as mql_after
    from (from scores where side = 'before') as a
    inner join (from scores where side = 'after') as b using (lead_id)
"""


def _grades(connection: duckdb.DuckDBPyConnection, before: str, after: str) -> Table:
    found = connection.execute(
        f"select grade_before, grade_after, count(*) from ({PAIRED}) group by all"
    ).fetchall()
    counts = {(row[0], row[1]): row[2] for row in found}
    grades = sorted({grade for pair in counts for grade in pair}, key=grade_key)
    rows = [
        (
            grade,
            *(counts.get((grade, other)) for other in grades),
            sum(n for pair, n in counts.items() if pair[0] == grade),
        )
        for grade in grades
    ]
    (day,) = fetch_column(connection, "select distinct as_of_date from scores")
    title = f"Leads by grade on {day}: down {before}, across {after}"
    return as_table(title, ["", *grades, "all"], rows)


def grade_key(grade: str) -> tuple[bool, str, int]:
    """Best first; no grade last."""
    return grade == "-", grade[:1], {"+": -1, "-": 1}.get(grade[1:], 0)


def _print_mqls(connection: duckdb.DuckDBPyConnection, console: Console) -> None:
    for word, condition in (
        ("gained", "mql_after and not mql_before"),
        ("lost", "mql_before and not mql_after"),
    ):
        leads = fetch_column(
            connection,
            f"select lead_id from ({PAIRED}) where {condition} "
            f"order by greatest(points_before, points_after) desc, lead_id",
        )
        shown = ", ".join(leads[:IDS_SHOWN]) + (" ..." if leads[IDS_SHOWN:] else "")
        console.print(f"MQLs {word}: [bold]{len(leads):,}[/]  {shown}")
    console.print()


def _movers(connection: duckdb.DuckDBPyConnection) -> Table:
    rows = connection.execute(
        f"""
        with paired as ({PAIRED}),
        by_rule as (
            select
                lead_id, rule_id,
                sum(case side when 'after' then points else -points end) as change
            from factors group by lead_id, rule_id
        ),
        responsible as (
            select
                lead_id,
                max_by(rule_id, row(abs(change), rule_id)) as rule_id,
                max_by(change, row(abs(change), rule_id)) as change
            from by_rule group by lead_id
        )
        select
            lead_id, printf('%.2f', points_before), printf('%.2f', points_after),
            printf('%+.2f', points_after - points_before),
            grade_before || ' > ' || grade_after,
            stage_before || ' > ' || stage_after,
            rule_id || printf(' (%+.2f)', change)
        from paired left join responsible using (lead_id)
        where points_before != points_after
        order by abs(points_after - points_before) desc, lead_id
        limit {MOVERS_SHOWN}
        """
    ).fetchall()
    columns = [
        "lead",
        "before",
        "after",
        "change",
        "grade",
        "stage",
        "rule responsible",
    ]
    return as_table("The leads that move most", columns, rows)
