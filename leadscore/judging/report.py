"""`leadscore judge`: what became of the leads, as text."""

from __future__ import annotations

import tempfile
from datetime import date, timedelta
from pathlib import Path

import duckdb
from rich.console import Console

from leadscore.errors import LeadscoreError
from leadscore.judging.cut_offs import (
    Target,
    find_target,
    month_ends,
    score_cut_offs,
)
from leadscore.judging.measures import BANDS, Estimate, Group, auc, bands, rules
from leadscore.publish import open_publication, shown_ruleset
from leadscore.runs import current_run
from leadscore.settings import Settings
from leadscore.terminal import as_table
from leadscore.warehouse import fetch_column


def judge(
    settings: Settings,
    target_name: str | None,
    ruleset: str | None,
    days: list[date],
    console: Console,
) -> None:
    """Score leads as of past days and print what became of them.

    Args:
        settings: The world.
        target_name: The target; None: the first of targets.csv.
        ruleset: The ruleset; None: the one that lead_scores shows.
        days: The cut-offs; none: every month's last day whose horizon has ended.
        console: Where to print.

    Raises:
        LeadscoreError: If nothing was scored here, there is no such target or ruleset,
            or no day of which anything can be said.
    """
    target = find_target(settings, target_name)
    finished, unfinished = month_ends(settings, target)
    _require_ended(settings, target, days)
    days = days or finished
    if not days:
        raise LeadscoreError(
            f"No month's end lies {target.horizon_days} days back (the horizon of the "
            f"target {target.name}): nothing can be judged yet. Wait, or shorten "
            f"horizon_days in mappings/targets.csv."
        )
    with open_publication(settings) as published:
        name = ruleset or shown_ruleset(published)
        _require_ruleset(published, name)
    with tempfile.TemporaryDirectory(prefix="leadscore-") as folder:
        judged = Path(folder, "judged.duckdb")
        with console.status("Scoring the leads of the first cut-off ...") as status:
            for done, day in enumerate(
                score_cut_offs(settings, target, days, judged), start=1
            ):
                status.update(f"Scored {done} of {len(days)} cut-offs, {day} ...")
        with duckdb.connect(str(judged), read_only=True) as connection:
            console.print(
                f"Ruleset [bold]{name}[/], target [bold]{target.name}[/]: "
                f"{target.description}, within {target.horizon_days} days after the "
                f"cut-off.\n",
                soft_wrap=True,
            )
            _show(connection, name, console)
    if unfinished:
        console.print(
            f"Not judged, as their {target.horizon_days} days have not ended: "
            f"{', '.join(map(str, unfinished))}."
        )


def _show(
    connection: duckdb.DuckDBPyConnection, ruleset: str, console: Console
) -> None:
    rows = connection.execute(
        "select cut_off, count(*), count_if(has_succeeded) from cut_off_leads "
        "where ruleset = ? group by cut_off order by cut_off",
        [ruleset],
    ).fetchall()
    console.print(as_table("Cut-offs", ["day", "leads", "succeeded"], rows), "")
    (backdated,) = connection.execute(
        "select avg(attributes_backdated::int) from cut_off_leads where ruleset = ?",
        [ruleset],
    ).fetchone() or (0,)
    if backdated:
        console.print(
            f"{backdated:.0%} of these leads stand here as a later delivery first told "
            f"of them: what the CRM learnt in between is taken for known. So do not "
            f"trust rules on what sales writes, such as budget or status.\n",
            soft_wrap=True,
        )
    area = auc(connection, ruleset)
    if area is None:
        console.print("Nobody succeeded, or everybody did: nothing can be judged.")
        return
    console.print(
        f"Of a lead that succeeded and one that did not, the first had more points in "
        f"[bold]{_percent(area)}[/] of all pairs (AUC; 50 % is chance).\n",
        soft_wrap=True,
    )
    for band in BANDS:
        groups = sorted(bands(connection, ruleset, band), key=lambda g: _order(g.name))
        columns = [band, "leads", "succeeded", "rate", "times the base rate"]
        told = [
            (str(g.name), g.leads, g.successes, _percent(g.rate), _lift(g))
            for g in groups
        ]
        console.print(as_table(f"By {band}", columns, told), "")
    _show_rules(connection, ruleset, console)


def _show_rules(
    connection: duckdb.DuckDBPyConnection, ruleset: str, console: Console
) -> None:
    points = dict(
        connection.execute(
            "select rule_id, avg(points) from cut_off_factors where ruleset = ? "
            "group by rule_id",
            [ruleset],
        ).fetchall()
    )
    groups = rules(connection, ruleset)
    told = sorted(
        ((verdict(g, points[g.name]), g) for g in groups),
        key=lambda item: (VERDICTS.index(item[0]), -item[1].rate.value, item[1].name),
    )
    base = groups[0].base_rate if groups else 0
    columns = ["rule", "points", "leads", "succeeded", "rate", "times", "verdict"]
    rows = [
        (
            *(g.name, f"{points[g.name]:+.1f}", g.leads, g.successes),
            *(_percent(g.rate), _lift(g)),
            said + (f" ({g.wanting:,} leads more)" if g.wanting else ""),
        )
        for said, g in told
    ]
    title = f"Rules: how many of the leads they held for succeeded ({base:.1%} of all)"
    console.print(as_table(title, columns, rows), "")


VERDICTS = ("inverted", "no sign that it earns", "earns its points", "too few to say")


def verdict(group: Group, points: float) -> str:
    """Return what the outcomes say of a rule that gives so many points on average."""
    if group.wanting or group.lift is None:
        return "too few to say"
    better, worse = group.lift.low > 1, group.lift.high < 1
    if points < 0:
        better, worse = worse, better
    if better:
        return "earns its points"
    return "inverted" if worse else "no sign that it earns"


def _require_ended(settings: Settings, target: Target, days: list[date]) -> None:
    """Refuse cut-offs of which only early successes are known."""
    newest = current_run(settings).as_of_date - timedelta(days=target.horizon_days)
    if late := [str(day) for day in days if day > newest]:
        raise LeadscoreError(
            f"The {target.horizon_days} days after {', '.join(late)} have not ended: "
            f"only who succeeded early would be known. Choose days up to {newest}."
        )


def _require_ruleset(published: duckdb.DuckDBPyConnection, ruleset: str) -> None:
    known = fetch_column(published, "select distinct ruleset from lead_scores_all")
    if ruleset not in known:
        raise LeadscoreError(
            f"There is no ruleset {ruleset!r} here: choose from "
            f"{', '.join(sorted(known))}."
        )


def _order(name: object) -> tuple[object, ...]:
    """Sort bands: A+ to F, `-` last; levels and tenths by their number."""
    if isinstance(name, int):
        return (name,)
    letter, sign = str(name)[:1], str(name)[1:]
    return (letter == "-", letter, ("+", "", "-").index(sign))


def _percent(estimate: Estimate) -> str:
    value, low, high = (
        f"{100 * share:.1f}" for share in (estimate.value, estimate.low, estimate.high)
    )
    return f"{value} % ({low} to {high})"


def _lift(group: Group) -> str:
    if group.lift is None:
        return ""
    return f"{group.lift.value:.1f} ({group.lift.low:.1f} to {group.lift.high:.1f})"
