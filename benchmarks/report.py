"""Measures how long the pages take to write, and how large they are.

    .venv/bin/python benchmarks/report.py --leads 1000000

makes the world of `scoring.py`, scores one day of it, writes its candidate build and
both reports, and asks `leadscore serve` for leads and a search; each part in a process
of its own.
"""

from __future__ import annotations

import resource
import shutil
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Annotated

import typer
from fastapi.testclient import TestClient
from scoring import CASES, CONSOLE, DAY, apart, make, run, settings_of

from leadscore import publish, runs
from leadscore.candidate import write_candidate
from leadscore.report.write import FILES, page, shown, write_reports
from leadscore.serve.app import create_app
from leadscore.settings import REPORT

ONE_DAY = CASES["one day"]
ASKED = 20


def main(
    leads: Annotated[int, typer.Option(help="How many people.")] = 1_000_000,
    world: Annotated[
        Path | None, typer.Option(help="Keep the warehouse here, and use it again.")
    ] = None,
) -> None:
    """Measure the pages of a publication."""
    scratch = Path(tempfile.mkdtemp(prefix="leadscore_benchmark_"))
    folder = world or scratch / "world"
    try:
        if not (folder / "warehouse.duckdb").exists():
            CONSOLE.print(f"A world of {leads:,} people:", *apart(make, folder, leads))
            apart(run, folder, ONE_DAY)
        for part in (_candidate, _pages, _reports, _leads):
            for line in apart(part, folder):
                CONSOLE.print(line)
    finally:
        shutil.rmtree(scratch)


def _candidate(folder: Path) -> list[str]:
    settings = settings_of(folder, ONE_DAY)
    started = time.monotonic()
    build = write_candidate(settings, DAY, runs.current_run(settings).build_id)
    took = time.monotonic() - started
    publish.note_checks(build, checked=1, failed=0)  # here nobody reads it
    return [f"The candidate build: {took:.1f} s"]


def _pages(folder: Path) -> list[str]:
    settings = settings_of(folder, ONE_DAY)
    build = publish.candidate_path(settings, runs.current_run(settings).build_id)
    told = []
    with shown(settings, build, with_names=True) as opened:
        for title in FILES:
            started = time.monotonic()
            size = len(page(title, opened, FILES).encode())
            took = time.monotonic() - started
            told.append(f"{title:<7} {took:5.2f} s {size / 1e6:5.2f} MB")
    return told


def _reports(folder: Path) -> list[str]:
    settings = settings_of(folder, ONE_DAY)
    build = publish.candidate_path(settings, runs.current_run(settings).build_id)
    started = time.monotonic()
    write_reports(settings, build, settings.reports_in_use)
    took = time.monotonic() - started
    size = sum(path.stat().st_size for path in (build / REPORT).iterdir())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    publish.publish(settings, build)
    return [f"Both reports: {took:.1f} s, {peak:.2f} GB; one has {size / 1e6:.2f} MB"]


def _leads(folder: Path) -> list[str]:
    settings = settings_of(folder, ONE_DAY)
    client = TestClient(create_app(settings), base_url="http://localhost")
    with publish.open_publication(settings) as connection:
        ids = connection.execute(
            "select lead_id from lead_scores order by score_rank, lead_id limit ?",
            [ASKED],
        ).fetchall()
    told = []
    for name, addresses in (
        ("a lead's page", [f"/leads/{lead}" for (lead,) in ids]),
        ("a lead as JSON", [f"/api/leads/{lead}" for (lead,) in ids]),
        ("a search", ["/search?q=smith", "/search?q=nobody.like.this"]),
    ):
        seconds, sizes = [], []
        for address in addresses:
            started = time.monotonic()
            answer = client.get(address)
            seconds.append(time.monotonic() - started)
            assert answer.status_code == 200, address
            sizes.append(len(answer.content))
        told.append(
            f"{name}: {median(seconds):.2f} s, at most {max(seconds):.2f} s"
            f" and {max(sizes) / 1e6:.2f} MB"
        )
    return told


if __name__ == "__main__":
    typer.run(main)
