"""One lead: every factor of its score on a day, and why it is another one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import duckdb
from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from leadscore.errors import LeadscoreError
from leadscore.models import dimensions
from leadscore.publish import open_publication, shown_ruleset
from leadscore.rewind import score_past
from leadscore.settings import Settings
from leadscore.terminal import as_table
from leadscore.warehouse import fetch_column, fetch_one

DIMENSIONS = (*dimensions(), "adjustment")

EVENTS_SHOWN = 10

# What is known of the published day alone: it looks at other leads, or at other days.
LOOKED_UP = (
    *("score_rank", "stage_since", "due_at", "due_words", "qualifies_until"),
    "probabilities",
)


def explain(
    settings: Settings,
    lead: str,
    console: Console,
    *,
    ruleset: str | None = None,
    day: date | None = None,
    since: date | None = None,
) -> None:
    """Print every factor of a lead's score, their sum, and what changed.

    Args:
        settings: The world.
        lead: A lead id, the id of one of its CRM records, an email or a visitor id.
        console: Where to print.
        ruleset: The ruleset; None: the one that lead_scores shows the lead under.
        day: The day to explain, scored again under the rules of today; None: the
            published one.
        since: The day to compare it with, scored again too; None: what was published
            of the changes since the day scored before, if the published day is
            explained.

    Raises:
        LeadscoreError: If there is no such lead or ruleset, or no such day to explain.
    """
    with open_publication(settings) as published:
        lead_id = find_lead(published, lead)
        ruleset = ruleset or _shown_ruleset(published, lead_id)
        score = _score(published, lead_id, ruleset)
        score["probabilities"] = _probabilities(published, lead_id, ruleset)
        score["owner_id"] = _owner(published, score)
        today = score["as_of_date"]
        day = day or today
        _require_past(today, day, since)
        name = _name(published, lead_id)
        if day == today and not since:
            _print(settings, console, name, score, published, since)
            console.print(_events(published, lead_id))
            console.print(_feedback(published, lead_id))
            return
    with score_past(settings, lead_id, day, since) as past:
        then = _score(past, lead_id, ruleset)
        looked_up = dict.fromkeys(LOOKED_UP)
        if day == today:
            looked_up = {column: score[column] for column in (*LOOKED_UP, "owner_id")}
        _print(settings, console, name, then | looked_up, past, since)
        for sentence in _told_otherwise(past, then, since):
            console.print(sentence, markup=False)


def _shown_ruleset(published: duckdb.DuckDBPyConnection, lead_id: str) -> str:
    found = fetch_column(
        published, "select ruleset from lead_scores where lead_id = ?", [lead_id]
    )
    return str(found[0]) if found else shown_ruleset(published)


def _print(
    settings: Settings,
    console: Console,
    name: Text,
    score: dict[str, Any],
    marts: duckdb.DuckDBPyConnection,
    since: date | None,
) -> None:
    console.print(name)
    console.print(_result(score))
    console.print(factor_table(marts, score))
    console.print(_changes(marts, score, since))


def _require_past(today: date, day: date, since: date | None) -> None:
    if day > today:
        raise LeadscoreError(
            f"{day} is not published: {today} is the newest day to explain."
        )
    if since and since >= day:
        raise LeadscoreError(
            f"{since} is no day to compare {day} with: give an earlier one."
        )


def _score(
    marts: duckdb.DuckDBPyConnection, lead_id: str, ruleset: str
) -> dict[str, Any]:
    score = fetch_one(
        marts,
        "select *, if(is_overdue, 'overdue since', 'due') as due_words "
        "from lead_scores_all where lead_id = ? and ruleset = ?",
        [lead_id, ruleset],
    )
    if score is None:
        known = fetch_column(marts, "select distinct ruleset from lead_scores_all")
        raise LeadscoreError(
            f"{lead_id} has no score under {ruleset}; the rulesets scored are "
            f"{', '.join(sorted(known))}."
        )
    return score


def _probabilities(
    published: duckdb.DuckDBPyConnection, lead_id: str, ruleset: str
) -> str | None:
    """Return how probable success is, of each target, with an interval of 95 %."""
    rows = published.execute(
        "select target, horizon_days, probability, low, high "
        "from lead_score_probabilities where lead_id = ? and ruleset = ? "
        "order by is_first_target desc, target",
        [lead_id, ruleset],
    ).fetchall()
    told = (
        f"{100 * probability:.0f} % ({100 * low:.0f} to {100 * high:.0f}) "
        f"{target} within {days} days"
        for target, days, probability, low, high in rows
    )
    return ", ".join(told) or None


def _told_otherwise(
    past: duckdb.DuckDBPyConnection, score: dict[str, Any], since: date | None
) -> Iterator[str]:
    """Say where the history tells something else of the days than is shown."""
    rows = past.execute(
        """
        select now.as_of_date, told.total_points, told.grade, told.stage
        from lead_score_history as now
        left join world.marts.lead_score_history as told
            using (lead_id, ruleset, as_of_date)
        where
            now.lead_id = ? and now.ruleset = ? and now.as_of_date in (?, ?)
            and (now.total_points, now.grade, now.stage)
            is distinct from (told.total_points, told.grade, told.stage)
        order by now.as_of_date
        """,
        [score["lead_id"], score["ruleset"], since, score["as_of_date"]],
    ).fetchall()
    for day, points, grade, stage in rows:
        if points is None:
            yield f"{day} was not scored: so it would have come out."
        else:
            yield (
                f"When {day} was scored it came out at {points:.2f} points, grade "
                f"{grade}, stage {stage}: here are the rules and data of today."
            )


def find_lead(published: duckdb.DuckDBPyConnection, lead: str) -> str:
    """Return the lead that a lead id, a CRM record's, an email or a visitor id means.

    Raises:
        LeadscoreError: If nobody is known by it.
    """
    found = fetch_column(
        published,
        """
        with known as (
            select lead_id, 1 as place from lead_scores where lead_id = $1
            union all
            select lead_id, if(identifier_type = 'crm', 2, 4) from lead_identities
            where
                identifier_type in ('crm', 'visitor') and identifier = $1
                and until is null
            union all
            select lead_id, 3 from lead_contacts where email = lower($1)
        )
        select lead_id from known order by place, lead_id
        """,
        [lead],
    )
    if not found:
        raise LeadscoreError(
            f"No lead is known as {lead!r}: give a lead id, the id of a CRM record, "
            f"an email or a visitor id."
        )
    return str(found[0])


def _owner(published: duckdb.DuckDBPyConnection, score: dict[str, Any]) -> str | None:
    """Return whose lead it is: as it was assigned, or else as the CRM says."""
    assigned = fetch_column(
        published,
        "select owner_id from lead_assignments where lead_id = ?",
        [score["lead_id"]],
    )
    owner: str | None = assigned[0] if assigned else score["owner_id"]
    return owner


def _name(published: duckdb.DuckDBPyConnection, lead_id: str) -> Text:
    contact = fetch_one(published, "from lead_contacts where lead_id = ?", [lead_id])
    name = ""
    if contact:
        parts = (contact["first_name"], contact["last_name"])
        title = (contact["job_title"], contact["company_name"])
        name = " - ".join(
            filter(
                None, [" ".join(filter(None, parts)), ", ".join(filter(None, title))]
            )
        )
    return Text.assemble((lead_id, "bold"), "  ", name)


def _result(score: dict[str, Any]) -> RenderableType:
    rank = f"rank {score['score_rank']}, " if score["score_rank"] else ""
    known = ""
    if score["grade"] == "-":
        known = f" ({score['completeness_pct']:.0f} % of what rules ask is known)"
    lines = [
        f"{score['as_of_date']}, ruleset {score['ruleset']}: score "
        f"[bold]{score['score']}[/] of 100, grade [bold]{score['grade']}[/]{known}, "
        f"level {score['engagement_level']}, {rank}stage [bold]{score['stage']}[/]"
        + (f", {escape(foretold)}" if (foretold := score["probabilities"]) else ""),
    ]
    if score["action"]:
        lines.append(f"{escape(score['action'])} (queue {score['queue']})")
    if score["exclusion_reason"]:
        lines.append(f"Not in a queue: {escape(score['exclusion_reason'])}")
    facts = [
        f"{words} {value:%Y-%m-%d %H:%M}"
        if isinstance(value, datetime)
        else f"{words} {escape(str(value))}"
        for words, value in (
            (score["due_words"], score["due_at"]),
            ("in this stage since", score["stage_since"]),
            ("qualified until", score["qualifies_until"]),
            ("owner", score["owner_id"]),
            ("last active", score["last_activity_at"]),
            ("last touched", score["last_touched_at"]),
            ("topic", score["top_topic"]),
        )
        if value is not None
    ]
    if facts:
        told = ", ".join(facts)
        lines.append(told[0].upper() + told[1:])
    return Group(*(Text.from_markup(line) for line in lines), "")


def factor_table(published: duckdb.DuckDBPyConnection, score: dict[str, Any]) -> Table:
    """Return every factor of a score (a row of lead_scores_all) with the sums."""
    of_dimension = {
        dimension: published.execute(
            """
            select
                points, reason, cast(first_at as date), cast(last_at as date), rule_id
            from lead_score_factors
            where lead_id = ? and ruleset = ? and dimension = ?
            order by starts_with(rule_id, 'cap:'), abs(points) desc, rule_id
            """,
            [score["lead_id"], score["ruleset"], dimension],
        ).fetchall()
        for dimension in DIMENSIONS
    }
    totals = {dimension: score[f"{dimension}_points"] for dimension in DIMENSIONS}
    digits = _digits(
        ([row[0] for row in of_dimension[name]], totals[name]) for name in DIMENSIONS
    )
    digits = max(digits, _digits([(list(totals.values()), score["total_points"])]))
    total = f"{score['total_points']:.{digits}f}"
    table = Table(box=None, pad_edge=False, show_footer=True)
    table.add_column("dimension", footer="total")
    table.add_column("points", justify="right", footer=total)
    table.add_column("reason")
    table.add_column("first")
    table.add_column("last")
    table.add_column("rule")
    for dimension, rows in of_dimension.items():
        for points, reason, first, last, rule in rows:
            dates = (str(first or ""), str(last or ""))
            table.add_row("", f"{points:.{digits}f}", reason, *dates, rule)
        table.add_row(
            f"[bold]{dimension}[/]",
            f"[bold]{totals[dimension]:.{digits}f}[/]",
            end_section=True,
        )
    return table


def _digits(sums: Iterable[tuple[list[Decimal], Decimal]]) -> int:
    """Return 2 decimals if what they show still adds up, or else all 4 there are."""
    cent = Decimal("0.01")
    return (
        2
        if all(
            sum(part.quantize(cent) for part in parts) == total.quantize(cent)
            for parts, total in sums
        )
        else 4
    )


def _changes(
    published: duckdb.DuckDBPyConnection, score: dict[str, Any], since: date | None
) -> RenderableType:
    """Return why the lead's points are others than on the day compared with."""
    rows = published.execute(
        "select points_change, previous_date, cause, reason, rule_id "
        "from lead_score_changes where lead_id = ? and ruleset = ? and as_of_date = ? "
        "order by abs(points_change) desc, rule_id, cause",
        [score["lead_id"], score["ruleset"], score["as_of_date"]],
    ).fetchall()
    if not rows:
        return f"\nSince {since}: no points came or went" if since else ""
    changes = [row[0] for row in rows]
    digits = _digits([(changes, sum(changes, Decimal(0)))])
    title = f"\nSince {rows[0][1]}: {sum(changes):+.{digits}f} points"
    return as_table(
        title,
        ["cause", "points", "reason", "rule"],
        [
            (cause, f"{change:+.{digits}f}", reason, rule)
            for change, _, cause, reason, rule in rows
        ],
    )


def _events(published: duckdb.DuckDBPyConnection, lead_id: str) -> RenderableType:
    """Return what the lead crossed lately, and why nobody was told, if so."""
    rows = published.execute(
        "select event_date, alert, direction, message, untold_because "
        "from lead_score_events where lead_id = ? "
        "order by event_date desc, alert, direction limit ?",
        [lead_id, EVENTS_SHOWN],
    ).fetchall()
    if not rows:
        return ""
    columns = ["day", "alert", "", "what", "not told"]
    return as_table("\nCrossed lately (alerts.csv)", columns, rows)


def _feedback(published: duckdb.DuckDBPyConnection, lead_id: str) -> RenderableType:
    """Return what those who worked with the lead say of it, a line each."""
    rows = published.execute(
        """
        select
            cast(feedback.given_at as date), replace(feedback.verdict, '_', ' '),
            coalesce(owners.name, feedback.given_by)
        from lead_feedback as feedback
        left join owners on feedback.given_by = owners.owner_id
        where feedback.lead_id = ?
        order by feedback.given_at desc, feedback.given_by
        """,
        [lead_id],
    ).fetchall()
    if not rows:
        return ""
    columns = ["day", "verdict", "given by"]
    return as_table("\nFeedback (no points)", columns, rows)
