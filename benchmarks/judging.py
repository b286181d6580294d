"""Measures how long `leadscore judge` takes, from a scored day to finished marts.

    .venv/bin/python benchmarks/judging.py --leads 100000

makes the world of `scoring.py` with thirty identifier-activity-days a person, scores
one day of it, and judges as of the last twelve month ends whose horizon has ended, in a
process of its own.
"""

from __future__ import annotations

import resource
import shutil
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from scoring import CASES, CONSOLE, DAY, apart, make, run, settings_of

from leadscore.judging.judge import build
from leadscore.judging.targets import find_targets

ACTIVITY_DAYS = 30
ONE_DAY = CASES["one day"]


def main(
    leads: Annotated[int, typer.Option(help="How many people.")] = 100_000,
    cut_offs: Annotated[int, typer.Option(help="How many month ends.")] = 12,
    world: Annotated[
        Path | None, typer.Option(help="Keep the warehouse here, and use it again.")
    ] = None,
) -> None:
    """Measure how long it takes to judge."""
    scratch = Path(tempfile.mkdtemp(prefix="leadscore_benchmark_"))
    folder = world or scratch / "world"
    try:
        if not (folder / "warehouse.duckdb").exists():
            made = apart(make, folder, leads, ACTIVITY_DAYS)
            CONSOLE.print(f"A world of {leads:,} people:", *made)
            apart(run, folder, ONE_DAY)
        seconds, cpu_seconds, peak_gb = apart(_judge, folder, cut_offs)
    finally:
        shutil.rmtree(scratch)
    CONSOLE.print(
        f"Judged as of {cut_offs} month ends in {seconds:.0f} s "
        f"({cpu_seconds:.0f} s CPU), {peak_gb:.2f} GB at most."
    )


def _judge(folder: Path, cut_offs: int) -> tuple[float, float, float]:
    settings = settings_of(folder, ONE_DAY)
    [won, *_] = find_targets(settings)
    days = []
    day = (DAY - timedelta(days=won.horizon_days)).replace(day=1)
    for _ in range(cut_offs):
        days.append(day - timedelta(days=1))
        day = days[-1].replace(day=1)
    started = time.monotonic()
    build(settings, [won], days, CONSOLE)
    used = resource.getrusage(resource.RUSAGE_SELF)
    return (
        time.monotonic() - started,
        used.ru_utime + used.ru_stime,
        used.ru_maxrss / 1024**2,
    )


if __name__ == "__main__":
    typer.run(main)
