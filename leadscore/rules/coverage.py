"""`leadscore rules coverage`: how many leads each rule touches, and which none."""

from __future__ import annotations

import duckdb
from rich.console import Console

from leadscore.errors import LeadscoreError
from leadscore.explain import DIMENSIONS
from leadscore.publish import open_publication, shown_ruleset
from leadscore.settings import Settings
from leadscore.terminal import as_table
from leadscore.warehouse import connect, fetch_column


def show_coverage(settings: Settings, ruleset: str | None, console: Console) -> None:
    """Print how many leads each rule touches, and the rules that never fire.

    Args:
        settings: The world.
        ruleset: The ruleset; None: the one that lead_scores shows.
        console: Where to print.

    Raises:
        LeadscoreError: If nothing is published, or the ruleset is not scored.
    """
    with open_publication(settings) as published:
        name = ruleset or shown_ruleset(published)
        require_scored(published, name)
        rows = published.execute(
            """
            with leads as (
                select count(*) as all_leads from lead_scores_all where ruleset = $1
            )
            select
                dimension, rule_id, count(*) as leads,
                printf('%.1f %%', 100.0 * count(*) / any_value(all_leads)),
                printf('%.2f', avg(points)), printf('%.2f', min(points)),
                printf('%.2f', max(points)), min(reason)
            from lead_score_factors cross join leads
            where ruleset = $1
            group by dimension, rule_id
            order by
                list_position($2, dimension), starts_with(rule_id, 'cap:'), leads desc,
                rule_id
            """,
            [name, list(DIMENSIONS)],
        ).fetchall()
    columns = ["dimension", "rule", "leads", "share", "average", "least", "most"]
    title = f"Rules of {name}, points of the leads they touch"
    console.print(as_table(title, [*columns, "for example"], rows))
    silent = _never_fired(settings, name, {row[1] for row in rows})
    console.print(
        f"\nNever fired: {', '.join(silent)}" if silent else "\nEvery rule fired."
    )


def require_scored(connection: duckdb.DuckDBPyConnection, ruleset: str) -> None:
    """Refuse a ruleset that has no scores in lead_scores_all.

    Raises:
        LeadscoreError: If so; it names those that have.
    """
    known = fetch_column(connection, "select distinct ruleset from lead_scores_all")
    if ruleset not in known:
        raise LeadscoreError(
            f"There is no ruleset {ruleset!r} among those scored: they are "
            f"{', '.join(sorted(known))}. If it is a draft in a folder of your own, "
            f"name the folder with --config (and to have it scored every day, run "
            f"`make score CONFIG=<folder>`)."
        )


def _never_fired(settings: Settings, ruleset: str, fired: set[str]) -> list[str]:
    """Return the rules of the last run that gave no lead points."""
    with connect(settings, read_only=True) as warehouse:
        rules = fetch_column(
            warehouse,
            """
            select rule_id from rules.signal_rules where ruleset = $1
            union all
            select rule_id from rules.activity_rules where ruleset = $1
            union all
            select 'cap:' || name from rules.caps where ruleset = $1
            """,
            [ruleset],
        )
    return [rule for rule in rules if rule not in fired]
