"""`leadscore judge`: what became of the leads, as marts, as a page and as text."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path

import duckdb
from rich.console import Console

from leadscore.errors import LeadscoreError, TooEarlyError
from leadscore.judging import marts
from leadscore.judging.auc import auc
from leadscore.judging.calibration import calibrate
from leadscore.judging.cut_offs import CutOffs, Judged
from leadscore.judging.leaks import find_leaks
from leadscore.judging.probability import train
from leadscore.judging.report import Report, print_report, read_reports, write_page
from leadscore.judging.targets import FILE, Target, find_targets
from leadscore.publish import JUDGED_PAGE, open_publication, shown_ruleset
from leadscore.settings import Settings
from leadscore.warehouse import connect, fetch_column

# The report, beside what is published.


def judge(
    settings: Settings,
    target_name: str | None,
    rulesets: list[str],
    days: list[date],
    console: Console,
) -> None:
    """Score leads as of past days, build the marts of it, and print what they say.

    All targets are judged, of all rulesets that are scored.

    Args:
        settings: The world.
        target_name: The target to print; None: the first of targets.csv.
        rulesets: The rulesets to print; none: the one that lead_scores shows.
        days: The cut-offs; none: every month's last day whose horizon has ended.
        console: Where to print.

    Raises:
        LeadscoreError: If nothing was scored here, there is no such target or ruleset,
            or no day of which anything can be said.
    """
    [target, *_] = find_targets(settings, target_name)
    with open_publication(settings) as published:
        names = rulesets or [shown_ruleset(published)]
        for name in names:
            _require_ruleset(published, name)
    targets = [target] if days else find_targets(settings)
    reports = build(settings, targets, days, console)
    of_target = {r.ruleset: r for r in reports if r.target == target.name}
    for name in names:
        if name in of_target:
            print_report(of_target[name], console)
        else:
            console.print(
                f"Nothing was judged of ruleset {name}: {target.name} is no target of "
                f"its scorecard, or no cut-off's horizon has ended."
            )
    console.print(
        f"All of it, with charts: {settings.data / JUDGED_PAGE}\nThe tables "
        f"*_performance and score_drift come with the next `make score`.",
        soft_wrap=True,
    )


def build(
    settings: Settings, targets: list[Target], days: list[date], console: Console
) -> list[Report]:
    """Score leads as of past days, build the marts of it, and write the page.

    From all months' ends, models of how probable success is are trained too.

    Args:
        settings: The world.
        targets: What counts as success.
        days: The cut-offs; none: every month's last day whose horizon has ended.
        console: Where to show how far it is.

    Returns:
        What the marts say of each target and ruleset.

    Raises:
        TooEarlyError: If there is no day of which anything can be said.
        LeadscoreError: If the marts do not pass the audit.
    """
    with tempfile.TemporaryDirectory(prefix="leadscore-") as folder:
        judged = Judged(settings, Path(folder, "judged.duckdb"))
        with console.status("Looking for who succeeded when ...") as status:
            planned = judged.plan(targets, days)
            _require_days(planned)
            total = len({day for cut_offs in planned for day in cut_offs.days})
            status.update(f"Scoring the leads of the first of {total} cut-offs ...")
            for done, day in enumerate(judged.score(planned), start=1):
                status.update(f"Scored {done} of {total} cut-offs, {day} ...")
            status.update("Scoring the days before successes and verdicts ...")
            judged.score_days_before()
            judged.score_feedback()
            status.update("Measuring ...")
            with judged.connect() as connection:
                calibrate(connection)
                _measure_aucs(connection)
                _note_leaks(connection)
            marts.build(settings, judged.file)
        with connect(settings) as connection:
            # Of days that somebody chose nothing is fitted.
            trained = [] if days else train(connection, targets)
            connection.execute("use marts")
            reports = read_reports(connection, trained)
    write_page(reports, settings.data / JUDGED_PAGE)
    return reports


def _measure_aucs(connection: duckdb.DuckDBPyConnection) -> None:
    pairs = connection.execute(
        "select distinct target, ruleset from calibrations"
    ).fetchall()
    for target, ruleset in pairs:
        if area := auc(connection, target, ruleset):
            connection.execute(
                "insert into aucs values (?, ?, ?, ?, ?)",
                [target, ruleset, area.value, area.low, area.high],
            )


def _note_leaks(connection: duckdb.DuckDBPyConnection) -> None:
    for target in fetch_column(connection, "select distinct target from cut_offs"):
        for leak in find_leaks(connection, target):
            connection.execute(
                "insert into leaks values (?, ?, ?)",
                [target, leak.signal, leak.sentence],
            )


def _require_days(planned: list[CutOffs]) -> None:
    if not any(cut_offs.days for cut_offs in planned):
        shortest = min(cut_offs.target.horizon_days for cut_offs in planned)
        raise TooEarlyError(
            f"No month's end lies {shortest} days back, the shortest horizon in "
            f"{FILE}, and not before from_date there: nothing can be judged yet. Wait, "
            f"or shorten horizon_days."
        )


def _require_ruleset(published: duckdb.DuckDBPyConnection, ruleset: str) -> None:
    known = fetch_column(published, "select distinct ruleset from lead_scores_all")
    if ruleset not in known:
        raise LeadscoreError(
            f"There is no ruleset {ruleset!r} here: choose from "
            f"{', '.join(sorted(known))}."
        )
