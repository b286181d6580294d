"""Measures a large delivery, from its files to who did what on which day.

    .venv/bin/python benchmarks/ingest.py --leads 1000000 --events 50000000

writes one delivery (`ingest_deliver.sql`): the leads of a CRM as CSV, as CRMs export
them, and web events as Parquet, as a company with so many exports them from where it
keeps them (`--format` for CSV, also packed). Then the product loads and validates it
and builds staging and the models of identity and activity, as its tasks do, tests
included; beside it `ingest_by_hand.sql` does that work in plain DuckDB SQL, with the
same threads. Each step runs in a process of its own: the product's seconds hold the
start of Great Expectations, and three times that of dbt.
"""

from __future__ import annotations

import multiprocessing
import os
import re
import resource
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import duckdb
import typer
from rich.console import Console
from rich.table import Table

from leadscore import dbt_runner, pipeline, transform
from leadscore.settings import DBT_PROJECT, PROJECT, Settings
from leadscore.warehouse import connect

HERE = Path(__file__).parent
DAY = date(2026, 6, 30)
CONSOLE = Console(highlight=False)
FORMATS = {
    "parquet": "format parquet",
    "csv": "format csv, header",
    "csv.gz": "format csv, header, compression gzip",
}
# What the product does, and the steps by hand that do the same.
STEPS = {
    "load": ("load",),
    "validate": ("validate",),
    "rules, staging, intermediate": ("aggregate", "resolve"),
}
TYPES = {"duration_seconds": "double"} | dict.fromkeys(
    ("created_at", "updated_at", "occurred_at"), "timestamp"
)
os.environ |= {"DBT_LOG_LEVEL": "error", "DBT_LOG_LEVEL_FILE": "info"}


@dataclass
class Measure:
    """What a step took, and by dbt model where it was dbt."""

    seconds: float
    cpu_seconds: float
    peak_gb: float
    models: dict[str, float] = field(default_factory=dict)

    def __add__(self, other: Measure) -> Measure:
        """Return what both took, one after the other."""
        return Measure(
            self.seconds + other.seconds,
            self.cpu_seconds + other.cpu_seconds,
            max(self.peak_gb, other.peak_gb),
            self.models | other.models,
        )


def main(
    leads: Annotated[int, typer.Option(help="Records in the CRM.")] = 100_000,
    events: Annotated[int, typer.Option(help="Events of the site.")] = 5_000_000,
    format: Annotated[
        str, typer.Option(help=f"Of events: {list(FORMATS)}")
    ] = "parquet",
    world: Annotated[
        Path | None, typer.Option(help="Keep the delivery here, and use it again.")
    ] = None,
    by_hand: Annotated[bool, typer.Option(help="Also the steps by hand.")] = True,
    by_hand_memory: Annotated[
        str, typer.Option(help="Their memory limit; at 50 million events 4GB fail.")
    ] = Settings().memory_limit,
) -> None:
    """Measure a large delivery, from its files to who did what on which day."""
    scratch = Path(tempfile.mkdtemp(prefix="leadscore_benchmark_"))
    folder = world or scratch / "world"
    try:
        if not (folder / "extracts").exists():
            _apart(_deliver, folder, leads, events, format)
        for path in (folder / "extracts").rglob("*.*"):
            CONSOLE.print(f"{path.name}: {path.stat().st_size / 1e9:.2f} GB")
        product = {
            name: _run(_PRODUCT[name], folder)
            for name in ("load", "validate", "rules", "staging", "intermediate")
        }
        _show_size("The product's warehouse", folder / "warehouse.duckdb")
        CONSOLE.print("Found by the product:", _apart(_found_by_product, folder))
        hand: dict[str, Measure] = {}
        if by_hand:
            (folder / "by_hand.duckdb").unlink(missing_ok=True)
            hand = {
                name: _run(_step_by_hand, folder, name, by_hand_memory)
                for name in ("load", "validate", "aggregate", "resolve")
            }
            _show_size("The one by hand", folder / "by_hand.duckdb")
            CONSOLE.print(
                "Found by hand:", _apart(_found_by_hand, folder, by_hand_memory)
            )
    finally:
        shutil.rmtree(scratch)
    _show(product, hand)


def _apart(function: Callable[..., Any], *arguments: object) -> Any:
    """Call a function in a new process, so that memory and start-up are its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(function, arguments)


def _run(function: Callable[..., Any], *arguments: object) -> Measure:
    measure: Measure = _apart(_measured, function, *arguments)
    return measure


def _measured(function: Callable[..., Any], *arguments: object) -> Measure:
    before, started = resource.getrusage(resource.RUSAGE_SELF), time.monotonic()
    models = function(*arguments) or {}
    after = resource.getrusage(resource.RUSAGE_SELF)
    return Measure(
        seconds=time.monotonic() - started,
        cpu_seconds=after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        peak_gb=after.ru_maxrss / 1024**2,
        models=models,
    )


def _deliver(folder: Path, leads: int, events: int, format: str) -> None:
    """Write the two files of the delivery."""
    started = time.monotonic()
    files = {
        "leads": (_extracts(folder, "crm") / "leads.csv", FORMATS["csv"]),
        "events": (_extracts(folder, "web") / f"events.{format}", FORMATS[format]),
    }
    with duckdb.connect() as connection:
        connection.execute(f"set temp_directory = '{folder / '.duckdb_tmp'}'")
        connection.execute("set enable_progress_bar = false")
        for name, value in (("leads", leads), ("events", events)):
            connection.execute(f"set variable {name} = {value}")
        connection.execute(f"set variable day = date '{DAY}'")
        connection.execute((HERE / "ingest_deliver.sql").read_text())
        for name, (path, options) in files.items():
            path.parent.mkdir(parents=True)
            connection.execute(f"copy (from delivered_{name}) to '{path}' ({options})")
    CONSOLE.print(
        f"{leads:,} leads and {events:,} events, delivered in "
        f"{time.monotonic() - started:.0f} s"
    )


def _extracts(folder: Path, source: str) -> Path:
    return folder / "extracts" / source / DAY.isoformat()


def _settings(folder: Path) -> Settings:
    return Settings(data=folder, sources="crm,web", maps="generic", id_key="benchmark")


def _load(folder: Path) -> None:
    for path in ("warehouse.duckdb", "quarantine", "docs"):
        found = folder / path
        shutil.rmtree(found) if found.is_dir() else found.unlink(missing_ok=True)
    _in_world(folder)
    for source in ("crm", "web"):
        pipeline.load(source, DAY.isoformat())


def _validate(folder: Path) -> None:
    _in_world(folder)
    for source in ("crm", "web"):
        pipeline.validate(source, DAY.isoformat())


def _rules(folder: Path) -> None:
    transform.run_layer(_settings(folder), "rules", DAY)


def _staging(folder: Path) -> None:
    transform.run_layer(_settings(folder), "staging", DAY)


def _intermediate(folder: Path) -> dict[str, float]:
    """Build the part of the layer that a delivery changes; return seconds a model."""
    settings = _settings(folder)
    seeds = DBT_PROJECT / "seeds"
    command = ["build", "--select", *transform.EVENT_MODELS]
    command += ["--exclude", "resource_type:unit_test"]
    results = dbt_runner.run_dbt(settings, seeds, command)
    return {
        ".".join(result.node.unique_id.split(".")[:3:2]): result.execution_time
        for result in results
    }


_PRODUCT = {
    "load": _load,
    "validate": _validate,
    "rules": _rules,
    "staging": _staging,
    "intermediate": _intermediate,
}


def _in_world(folder: Path) -> None:
    """Make the world the one that tasks read from the environment."""
    settings = _settings(folder)
    for name in ("data", "sources", "maps", "id_key"):
        os.environ[f"LEADSCORE_{name.upper()}"] = str(getattr(settings, name))


def _step_by_hand(folder: Path, step: str, memory_limit: str) -> None:
    sql = (HERE / "ingest_by_hand.sql").read_text()
    parts = re.split(r"^-{60,} (\w+)$", sql, flags=re.MULTILINE)
    with _by_hand(folder, memory_limit) as connection:
        for name, path in _delivered(folder).items():
            connection.execute(
                f"create temp view delivered_{name} as from {_reader(path)}"
            )
        for seed in ("activities", "page_categories", "crawlers"):
            path = PROJECT / "dbt_project" / "seeds" / "mappings" / f"{seed}.csv"
            connection.execute(f"create temp view {seed} as from read_csv('{path}')")
        connection.execute(parts[parts.index(step) + 1])
        if step == "resolve":
            _spread_names(connection)


def _by_hand(folder: Path, memory_limit: str) -> duckdb.DuckDBPyConnection:
    settings = _settings(folder)
    connection = duckdb.connect(
        str(folder / "by_hand.duckdb"),
        config={
            "memory_limit": memory_limit,
            "threads": str(settings.threads),
            "temp_directory": str(folder / ".duckdb_tmp"),
            "preserve_insertion_order": "false",
        },
    )
    connection.execute("set enable_progress_bar = false")
    connection.execute(f"set variable day = date '{DAY}'")
    return connection


def _delivered(folder: Path) -> dict[str, Path]:
    (leads,) = _extracts(folder, "crm").iterdir()
    (events,) = _extracts(folder, "web").iterdir()
    return {"leads": leads, "events": events}


def _reader(path: Path) -> str:
    """Return SQL that reads a file with types; rows that do not fit are left out."""
    if path.suffix == ".parquet":
        return f"read_parquet('{path}')"
    with duckdb.connect() as connection:
        names = connection.execute(
            f"select column_name from (describe from read_csv('{path}'))"
        ).fetchall()
    columns = {name: TYPES.get(name, "varchar") for (name,) in names}
    return (
        f"read_csv('{path}', header = true, columns = {columns}, ignore_errors = true)"
    )


def _spread_names(connection: duckdb.DuckDBPyConnection) -> None:
    """Give every node the smallest name it is connected to: who is one person."""
    connection.execute("create table names as select node, node as name from edges")
    moved = 1
    while moved:
        connection.execute(
            "create or replace temp table better as "
            "select edges.node, min(theirs.name) as name from edges "
            "inner join names as theirs on edges.neighbour = theirs.node "
            "inner join names as own on edges.node = own.node "
            "where theirs.name < own.name group by edges.node"
        )
        row = connection.execute(
            "update names set name = better.name from better "
            "where names.node = better.node"
        ).fetchone()
        moved = row[0] if row else 0
    connection.execute(
        "create table lead_members as "
        "select coalesce(min(node) filter (where node like 'crm:%') "
        "over (partition by name), name) as lead_id, node from names"
    )


def _found_by_product(folder: Path) -> str:
    with connect(_settings(folder), read_only=True) as connection:
        return _counted(
            connection,
            "(select sum(rows_loaded) from raw.batches)",
            "intermediate.int_activity_days",
            "intermediate.int_lead_members",
        )


def _found_by_hand(folder: Path, memory_limit: str) -> str:
    with _by_hand(folder, memory_limit) as connection:
        rows = "(select count(*) from leads) + (select count(*) from events)"
        return _counted(connection, rows, "activity_days", "lead_members")


def _counted(
    connection: duckdb.DuckDBPyConnection, rows: str, days: str, members: str
) -> str:
    found = connection.execute(
        f"select {rows}, (select count(*) from {days}), "
        f"(select sum(event_count) from {days}), "
        f"(select count(distinct lead_id) from {members})"
    ).fetchall()[0]
    words = ("rows,", "activity days of", "events,", "people")
    return " ".join(
        f"{count:,} {word}" for count, word in zip(found, words, strict=True)
    )


def _show_size(what: str, path: Path) -> None:
    CONSOLE.print(f"{what}: {path.stat().st_size / 1e9:.2f} GB")


def _show(product: dict[str, Measure], hand: dict[str, Measure]) -> None:
    table = Table(title="A delivery, from its files to who did what on which day")
    for heading in ("step", "seconds", "CPU s", "peak GB", "ratio", "of CPU"):
        table.add_column(heading, justify="left" if heading == "step" else "right")
    for prefix, measured in (("", product), ("by hand: ", hand)):
        for name, measure in measured.items():
            table.add_row(prefix + name, *_cells(measure))
        table.add_section()
    for steps, by_hand in STEPS.items() if hand else ():
        ours = _sum(product[name] for name in steps.split(", "))
        theirs = _sum(hand[name] for name in by_hand)
        table.add_row(f"{steps} / {', '.join(by_hand)}", *_cells(ours, theirs))
    table.add_row(
        "all", *_cells(_sum(product.values()), _sum(hand.values()) if hand else None)
    )
    CONSOLE.print(table)
    models = Table("model or test", "seconds", title="Slowest")
    took = product["intermediate"].models
    for name in sorted(took, key=took.__getitem__, reverse=True)[:15]:
        models.add_row(name, f"{took[name]:.1f}")
    CONSOLE.print(models)


def _sum(measures: Any) -> Measure:
    return sum(measures, start=Measure(0, 0, 0))


def _cells(ours: Measure, theirs: Measure | None = None) -> list[str]:
    cells = [
        f"{ours.seconds:.1f}",
        f"{ours.cpu_seconds:.1f}",
        f"{ours.peak_gb:.2f}",
    ]
    if theirs:
        cells.append(f"{ours.seconds / theirs.seconds:.2f}")
        cells.append(f"{ours.cpu_seconds / theirs.cpu_seconds:.2f}")
    return cells


if __name__ == "__main__":
    typer.run(main)
