"""Measures how long it takes from intermediate tables to finished marts.

    .venv/bin/python benchmarks/scoring.py --leads 1000000

makes a warehouse with so many leads and eight times as many identifier-activity-days
(`scoring_deliver.sql`, `scoring_activity_days.sql`), then runs the layers rules,
intermediate, scoring and marts as `leadscore score` does, each case in a process of its
own. Events are not read again: `int_activity_days` and who is who are there already, as
on every day without a new delivery. The seconds of the layer rules are dbt's start-up:
importing it, reading the project, loading the seeds; they count in the total. In the
case `nightly` one lead in fifty was a level better on each earlier day: so there are
events.
"""

from __future__ import annotations

import csv
import multiprocessing
import os
import resource
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from leadscore.settings import PROJECT, Settings
from leadscore.transform import LAYERS, run_layer
from leadscore.warehouse import connect

HERE = Path(__file__).parent
ACTIVITY_DAYS = 8  # of each person, on average
DAY = date(2026, 6, 30)
MEASURED = [layer for layer in LAYERS if layer != "staging"]
# What earlier runs leave behind, the only tables that are not built anew.
REMEMBERED = (
    "marts.lead_score_history",
    "marts.lead_score_events",
    "scoring.kept_rules",
    "scoring.kept_counts",
    "scoring.kept_factors",
)
# What the marts of action are made of.
ACTION = {
    "events": ("parts/alerts/*.sql", "action/lead_score_events.sql"),
    "assignments": (
        *("parts/routing/*.sql", "action/lead_assignments.sql"),
        "action/team_loads.sql",
    ),
}
CONSOLE = Console(highlight=False)
os.environ |= {"DBT_LOG_LEVEL": "error", "DBT_LOG_LEVEL_FILE": "info"}


@dataclass(frozen=True)
class Case:
    """One run: how many rulesets and days, and what is there before it.

    Every further ruleset is as large as the first; of its rules every n-th, `differs`,
    has another price. With `asks` each asks otherwise too, though of nearly the same
    leads: nothing is found for one ruleset that another could share.
    """

    name: str
    rulesets: int = 1
    differs: int = 1
    asks: bool = False
    days: int = 1
    outlook: bool = False
    earlier_days: int = 0


CASES = {
    case.name: case
    for case in (
        Case("one day"),
        Case("challenger", rulesets=2, differs=5),
        Case("two rulesets", rulesets=2),
        Case("nothing shared", rulesets=2, asks=True),
        Case("three rulesets", rulesets=3),
        Case("ten days", days=10),
        Case("outlook", outlook=True),
        Case("nightly", outlook=True, earlier_days=35),
    )
}


@dataclass
class Measure:
    """What a run took."""

    seconds: dict[str, float] = field(default_factory=dict)
    models: dict[str, float] = field(default_factory=dict)
    cpu_seconds: float = 0
    peak_gb: float = 0

    @property
    def total(self) -> float:
        """The seconds of all layers."""
        return sum(self.seconds.values())


def main(
    leads: Annotated[int, typer.Option(help="How many people.")] = 1_000_000,
    cases: Annotated[str, typer.Option(help="Some of the cases.")] = ",".join(CASES),
    repeats: Annotated[int, typer.Option(help="How often each case runs.")] = 1,
    world: Annotated[
        Path | None, typer.Option(help="Keep the warehouse here, and use it again.")
    ] = None,
) -> None:
    """Measure how long it takes from intermediate tables to finished marts."""
    scratch = Path(tempfile.mkdtemp(prefix="leadscore_benchmark_"))
    folder = world or scratch / "world"
    try:
        if not (folder / "warehouse.duckdb").exists():
            CONSOLE.print(f"A world of {leads:,} people:", *apart(make, folder, leads))
        measured = {
            name: [apart(run, folder, CASES[name]) for _ in range(repeats)]
            for name in (part.strip() for part in cases.split(","))
        }
    finally:
        shutil.rmtree(scratch)
    best = {name: min(runs, key=lambda m: m.total) for name, runs in measured.items()}
    _show(best)


def apart(function: Callable[..., Any], *arguments: object) -> Any:
    """Call a function in a new process, so that memory and start-up are its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(function, arguments)


def make(folder: Path, leads: int, activity_days: int = ACTIVITY_DAYS) -> list[str]:
    """Fill a new warehouse; return what is in it."""
    started = time.monotonic()
    settings = settings_of(folder, Case("new"))
    with connect(settings) as connection:
        for name, value in (("leads", leads), ("accounts", max(1, leads // 12))):
            connection.execute(f"set variable {name} = {value}")
        connection.execute(f"set variable day = date '{DAY}'")
        connection.execute("set variable first = getvariable('day') - 60")
        connection.execute((HERE / "scoring_deliver.sql").read_text())
    for layer in ("rules", "staging", "intermediate"):
        run_layer(settings, layer, DAY)
    with connect(settings) as connection:
        connection.execute(f"set variable rows = {activity_days * leads}")
        connection.execute(f"set variable day = date '{DAY}'")
        connection.execute((HERE / "scoring_activity_days.sql").read_text())
        rows = [
            f"{connection.table(table).count('*').fetchall()[0][0]:,} {what},"
            for table, what in (
                ("raw.crm_leads", "CRM rows"),
                ("intermediate.int_lead_members", "identifiers"),
                ("intermediate.int_activity_days", "identifier-activity-days"),
            )
        ]
    return [*rows, f"made in {time.monotonic() - started:.0f} s"]


def run(folder: Path, case: Case) -> Measure:
    """Score as the case says and return what it took."""
    settings = settings_of(folder, case)
    with connect(settings) as connection:
        for table in REMEMBERED:
            connection.execute(f"drop table if exists {table}")
    if case.earlier_days:
        _score(settings.model_copy(update={"history_days": 1, "outlook_days": 0}))
        with connect(settings) as connection:
            connection.execute(
                "insert into marts.lead_score_history "
                "select lead_score_history.* replace ("
                "as_of_date - cast(n as integer) as as_of_date, "
                "if(hash(lead_id, n) % 50 = 0, greatest(engagement_level - 1, 1), "
                "engagement_level) as engagement_level) "
                "from marts.lead_score_history, range(1, ? + 1) as earlier (n) "
                "order by as_of_date",
                [case.earlier_days],
            )
    before = resource.getrusage(resource.RUSAGE_SELF)
    measure = _score(settings)
    after = resource.getrusage(resource.RUSAGE_SELF)
    measure.cpu_seconds = (
        after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    )
    measure.peak_gb = after.ru_maxrss / 1024**2
    return measure


def _score(settings: Settings) -> Measure:
    measure = Measure()
    for layer in MEASURED:
        result = run_layer(settings, layer, DAY)
        measure.seconds[layer] = result.seconds
        if layer == "rules":
            with connect(settings) as connection:
                connection.execute("update raw.run set events_built = true")
        else:
            measure.models |= result.node_seconds
    return measure


def settings_of(folder: Path, case: Case) -> Settings:
    """Return the settings of a case, its rules laid out in a folder."""
    config = folder / f"rules of {case.name}"
    (config / "rules").mkdir(parents=True, exist_ok=True)
    for path in (PROJECT / "dbt_project" / "seeds" / "rules").glob("*.csv"):
        with path.open(newline="", encoding="utf-8") as file:
            header, *rows = csv.reader(file)
        with (config / "rules" / path.name).open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(header)
            of_default = [row for row in rows if row[0] == "default"]
            writer.writerows(of_default)
            for number in range(1, case.rulesets):
                for place, row in enumerate(of_default):
                    copy = dict(zip(header, _copy(row, number), strict=True))
                    if path.stem.endswith("_rules") and place % case.differs == 0:
                        copy["points"] = str(Decimal(copy["points"]) + number)
                    if path.stem.endswith("_rules") and case.asks:
                        _ask_otherwise(copy, number)
                    writer.writerow(copy.values())
    return Settings(
        data=folder,
        config=config,
        history_days=case.days,
        outlook_days=120 if case.outlook else 0,
    )


def _copy(row: list[str], number: int) -> list[str]:
    challenger = ["challenger" if cell == "champion" else cell for cell in row[1:]]
    return [f"default_{number}", *challenger]


def _ask_otherwise(row: dict[str, str], number: int) -> None:
    if "window_days" in row:
        row["window_days"] = str(int(row["window_days"] or 9999) + number)
    elif row["value_text"]:
        known = "!(missing)" if row["value_text"] == "*" else row["value_text"]
        row["value_text"] = f"{known}|other_{number}"
    else:
        bound = "min_value" if row["min_value"] else "max_value"
        row[bound] = str(Decimal(row[bound]) + number * Decimal("0.0001"))


def _show(measured: dict[str, Measure]) -> None:
    layers = Table("case", *MEASURED, "total s", "CPU s", "peak GB", title="Seconds")
    for name, measure in measured.items():
        seconds = [f"{measure.seconds[layer]:.1f}" for layer in MEASURED]
        layers.add_row(
            name,
            *seconds,
            f"{measure.total:.1f}",
            f"{measure.cpu_seconds:.0f}",
            f"{measure.peak_gb:.2f}",
        )
    CONSOLE.print(layers)
    models = Table("model or test", *measured, title="Slowest of each case, seconds")
    slowest = {
        model
        for measure in measured.values()
        for model in sorted(measure.models, key=measure.models.__getitem__)[-10:]
    }
    first = next(iter(measured.values()))
    for model in sorted(slowest, key=lambda name: -first.models.get(name, 0)):
        cells = [f"{measure.models.get(model, 0):.1f}" for measure in measured.values()]
        models.add_row(model, *cells)
    CONSOLE.print(models)
    for name, measure in measured.items():
        parts = " and ".join(f"{_seconds(measure, of)} s of {of}" for of in ACTION)
        CONSOLE.print(f"In it ({name}): {parts}")
    _show_ratios(measured)


def _seconds(measure: Measure, part: str) -> str:
    """Return how long the models of a part of the marts took, one after another."""
    marts = PROJECT / "dbt_project" / "models" / "marts"
    names = [path.stem for files in ACTION[part] for path in marts.glob(files)]
    return f"{sum(measure.models[name] for name in names):.1f}"


def _show_ratios(measured: dict[str, Measure]) -> None:
    """Print what the goals are about: from intermediate tables to finished marts."""
    one = measured.get("one day")
    if one is None:
        return
    work = {
        name: m.seconds["scoring"] + m.seconds["marts"] for name, m in measured.items()
    }
    CONSOLE.print(f"Scoring and marts, one day, one ruleset: {work['one day']:.1f} s")
    for name, case in CASES.items():
        if name in work and case.rulesets > 1:
            further = (work[name] - work["one day"]) / (case.rulesets - 1)
            share = further / work["one day"]
            CONSOLE.print(f"Each further ruleset ({name}): {share:.2f} of the first")
    if "ten days" in work:
        CONSOLE.print(
            f"Ten days in one pass: {work['ten days'] / work['one day']:.1f} times one"
        )


if __name__ == "__main__":
    typer.run(main)
