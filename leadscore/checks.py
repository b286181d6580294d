"""What Great Expectations found, kept without any row: as a table and as a page."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from pathlib import Path

from leadscore.report.page import save, write
from leadscore.settings import Settings
from leadscore.warehouse import connect

PAGE = "index.html"

# How long checks and runs of tasks are remembered.
KEPT = timedelta(days=90)

# So many runs of each source are on the page.
RUNS_SHOWN = 30

# What Great Expectations' own pages consisted of: they quoted rows.
OLD_RESULTS = ".results"
OLD_PAGES = (OLD_RESULTS, "expectations", "static", "validations")

COLUMNS = (
    *("source", "day", "judged_at", "table_name", "position", "expectation"),
    *("column_name", "sentence", "success", "found"),
)


@dataclass(frozen=True)
class Check:
    """An expectation that was judged; a row of raw.checks.

    Attributes:
        source: crm, email or web; scores is a build, judged are its marts of outcomes.
        day: The newest delivery, the scored day, or the day of judging.
        judged_at: When (UTC); one time for all that was judged together.
        table_name: What was judged.
        position: Of the expectation in the table's suite, from 1.
        expectation: Its type, as Great Expectations calls it.
        column_name: The column that it is about, if it is about one.
        sentence: What should hold.
        success: Whether it does.
        found: What broke it, without values of rows.
    """

    source: str
    day: date | None
    judged_at: datetime
    table_name: str
    position: int
    expectation: str
    column_name: str | None
    sentence: str
    success: bool
    found: str | None


@dataclass(frozen=True)
class Run:
    """What was judged together: its checks, those that do not hold first."""

    source: str
    day: date | None
    judged_at: datetime
    checks: list[Check]

    @property
    def failed(self) -> int:
        """How many do not hold."""
        return sum(not check.success for check in self.checks)

    @property
    def title(self) -> str:
        """What was judged."""
        if self.source == "scores":
            return f"The scores of {self.day}"
        if self.source == "judged":
            return f"What was judged by outcomes on {self.day}"
        return f"The {self.source} delivery of {self.day}"


def where_shown(settings: Settings) -> str:
    """Say where people read what was checked."""
    return f"What was checked: {settings.docs / PAGE}"


def insert_sql(table: str) -> str:
    """Return a statement that inserts a check into a table that has its columns."""
    return (
        f"insert into {table} ({', '.join(COLUMNS)}) "
        f"values ({', '.join('?' * len(COLUMNS))})"
    )


def record(settings: Settings, checks: Sequence[Check]) -> None:
    """Remember checks for a while, and write the page of all that are remembered."""
    if not checks:
        return
    with connect(settings) as connection:
        connection.begin()
        connection.executemany(
            insert_sql("raw.checks"), [astuple(check) for check in checks]
        )
        connection.execute("delete from raw.checks where judged_at < ?", [_oldest()])
        connection.commit()
        rows = connection.execute(
            f"select {', '.join(COLUMNS)} from raw.checks "
            "order by judged_at desc, source, success, table_name, position"
        ).fetchall()
    _write_page(settings, [Check(*row) for row in rows])


def remove_old_pages(docs: Path) -> list[Path]:
    """Remove Great Expectations' own pages, of which none is made any more.

    Returns:
        The files that were removed.
    """
    if not (docs / OLD_RESULTS).exists():
        return []
    folders = [docs / name for name in OLD_PAGES]
    removed = [path for folder in folders for path in folder.rglob("*.*")]
    # The mark of old pages goes last, so that a call that is killed can be repeated.
    for folder in reversed(folders):
        shutil.rmtree(folder, ignore_errors=True)
    return sorted(path for path in removed if not path.exists())


def _oldest() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None) - KEPT


def _write_page(settings: Settings, checks: list[Check]) -> None:
    runs: list[Run] = []
    for (_, source), found in groupby(checks, lambda c: (c.judged_at, c.source)):
        together = list(found)
        of_source = sum(run.source == source for run in runs)
        if of_source < RUNS_SHOWN:
            first = together[0]
            runs.append(Run(source, first.day, first.judged_at, together))
    newest: dict[str, Run] = {}
    for run in runs:
        newest.setdefault(run.source, run)
    save(
        settings.docs / PAGE,
        write("checks", runs=runs, newest=[newest[name] for name in sorted(newest)]),
    )
    remove_old_pages(settings.docs)
