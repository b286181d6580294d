"""The report of `leadscore judge`: read from the marts, printed, written as a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import compress
from pathlib import Path

import duckdb
from rich.console import Console

from leadscore.judging import sections
from leadscore.judging.probability import Trained
from leadscore.judging.wording import estimate_of, number
from leadscore.publish import shown_ruleset
from leadscore.report import page
from leadscore.report.parts import Row, Section
from leadscore.terminal import as_table
from leadscore.warehouse import fetch_rows

# The shown ruleset first, then in the order of targets.csv.
REPORTS = """
    select performance.*, targets.description, targets.horizon_days
    from ruleset_performance as performance
    left join mappings.targets as targets using (target)
    order by performance.ruleset != ?, targets.rowid, target, ruleset
"""
REASONS = """
    select rule_id, reason from rules.signal_rules where ruleset = $1
    union all
    select rule_id, reason from rules.activity_rules where ruleset = $1
"""
STEPS = """
    select min_points, rate from judged.calibrations
    where target = ? and ruleset = ? order by min_points
"""

LEAKS = "select sentence from judged.leaks where target = ? order by signal"

NOT_PRINTED = ("reason",)  # columns that are too wide for a terminal


@dataclass(frozen=True)
class Report:
    """What is said of a target and ruleset.

    Attributes:
        target: The target.
        ruleset: The ruleset.
        is_shown: It is the ruleset that lead_scores shows.
        judged_on: The newest day when it was judged.
        numbers: Leads, people, successes, their rate and the AUC.
        sections: Its parts.
    """

    target: str
    ruleset: str
    is_shown: bool
    judged_on: date
    numbers: list[str]
    sections: list[Section]


def read_reports(
    connection: duckdb.DuckDBPyConnection, trained: Sequence[Trained] = ()
) -> list[Report]:
    """Return what is said of every target and ruleset, the shown ruleset first.

    Args:
        connection: A warehouse whose current schema has the marts.
        trained: What was found of each model; nothing for cut-offs that were chosen.
    """
    shown = shown_ruleset(connection)
    found = fetch_rows(connection, REPORTS, [shown])
    models = {(one.row["target"], one.row["ruleset"]): one for one in trained}
    return [_report(connection, whole, shown, models) for whole in found]


def write_page(reports: list[Report], path: Path) -> None:
    """Write reports as one HTML page that needs nothing beside it, nor any script."""
    html = page.write(
        "judged",
        reports=reports,
        judged_on=max((report.judged_on for report in reports), default=None),
    )
    page.save(path, html)


def print_report(report: Report, console: Console) -> None:
    """Print a report without what only a chart or a wide table shows."""
    console.print(
        f"[bold]Target {report.target}, ruleset {report.ruleset}[/]\n", soft_wrap=True
    )
    for section in report.sections:
        tables = [table for table in section.tables if table.is_printed]
        if section.tables and not tables:
            continue
        console.print(section.title, style="bold")
        for sentence in section.sentences:
            console.print(sentence, markup=False, soft_wrap=True)
        for table in tables:
            shown = [name not in NOT_PRINTED for name in table.columns]
            rows = [compress(row, shown) for row in table.rows]
            columns = list(compress(table.columns, shown))
            console.print(as_table(table.caption, columns, rows))
        console.print()


def _report(
    connection: duckdb.DuckDBPyConnection,
    whole: Row,
    shown: str,
    models: Mapping[tuple[str, str], Trained],
) -> Report:
    names = [whole["target"], whole["ruleset"]]

    def mart(table: str, more: str) -> list[Row]:
        query = f"from {table} where target = ? and ruleset = ? and {more}"
        return fetch_rows(connection, query, names)

    bands = mart("score_performance", "true order by cut_off, band_order, band")
    rules = mart("rule_performance", "true order by lift desc, item, value")
    thresholds = mart(
        "qualification_performance", "grade_letter = 'all' order by min_points"
    )
    sources = mart(
        "source_performance",
        "month is null and source_kind != 'all' "
        "order by source_kind desc, rate desc, source",
    )
    drift = fetch_rows(
        connection,
        "from score_drift where target in ('', ?) and ruleset in ('', ?) "
        "order by cut_off desc, kind, item",
        names,
    )
    feedback = fetch_rows(
        connection,
        "from feedback_performance where ruleset = ? "
        "order by item_kind, share_good desc, item",
        names[1:],
    )
    steps = connection.execute(STEPS, names).fetchall()
    leaks = connection.execute(LEAKS, names[:1]).fetchall()
    reasons = dict(connection.execute(REASONS, names[1:]).fetchall())
    return Report(
        target=whole["target"],
        ruleset=whole["ruleset"],
        is_shown=whole["ruleset"] == shown,
        judged_on=whole["judged_on"],
        numbers=[
            *(number(whole[name]) for name in ("leads", "people", "successes")),
            *(estimate_of(whole, name) for name in ("base_rate", "auc")),
        ],
        sections=[
            sections.summary(whole, bands, rules),
            sections.order(bands),
            sections.calibration(bands, steps),
            sections.probability(models.get((whole["target"], whole["ruleset"]))),
            sections.grades(bands),
            sections.rules(rules, reasons),
            sections.unpriced(rules),
            sections.feedback(feedback, reasons),
            sections.thresholds(thresholds),
            sections.sources(sources),
            sections.drift(drift, bands),
            sections.leaks([sentence for (sentence,) in leaks]),
            sections.not_judged(whole),
        ],
    )
