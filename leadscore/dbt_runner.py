"""Runs dbt in this process, over a world's warehouse and the seeds laid out for it."""

from __future__ import annotations

import csv
import gc
import hashlib
import io
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from leadscore.errors import LeadscoreError
from leadscore.settings import DBT_PROJECT, MAPPINGS, Settings

# Commands name all that they build and test. To look for tests elsewhere, to write the
# manifest again and to log what dbt thinks takes it longer than to build a small layer.
QUICKLY = (
    *("--indirect-selection", "empty"),
    "--no-write-json",
    *("--log-level-file", "info"),
)

KINDS = ("rules", "mappings", "action")  # of seeds, each a folder

SIGNALS = "signals.csv"

# Columns that came when people had copied the file: without them a copy is read as
# before, as if they were empty.
LATER_COLUMNS = {
    "activities.csv": ("min_duration_seconds",),
    "caps.csv": ("max_percent",),
    "rulesets.csv": ("reasons_first",),
    SIGNALS: ("published",),
    "targets.csv": (
        *("scorecard", "attribute", "value", "min_amount", "from_date"),
        *("wanted_rate", "calls_per_week"),
    ),
}


def run_dbt(
    settings: Settings,
    seeds: Path,
    arguments: list[str],
    *,
    one_by_one: bool = False,
    silently: bool = False,
) -> list[Any]:
    """Run one dbt command in a world and return its results.

    Args:
        settings: The world.
        seeds: The folder that lay_out_seeds returned.
        arguments: The command and what it selects.
        one_by_one: Whether to build one model at a time: of several days a single one
            may need most of the memory.
        silently: Whether dbt says nothing on the terminal; its log has all.

    Raises:
        LeadscoreError: If a model cannot be built or a test fails; the message names
            each with what dbt said.
    """
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    target = settings.data / "dbt"
    flags = [
        *QUICKLY,
        *folders(target),
        *(("--threads", "1") if one_by_one else ()),
        *(("--quiet",) if silently else ()),
    ]
    runner = runner_of(seeds, target)
    try:
        with _environment(_variables(settings, seeds)):
            outcome = runner.invoke([*arguments, *flags])
    finally:
        DuckDBConnectionManager.close_all_connections()
    if outcome.exception is not None:
        raise LeadscoreError(f"dbt stopped: {outcome.exception}") from outcome.exception
    results = list(outcome.result.results) if outcome.result else []
    if outcome.success and not results:
        raise LeadscoreError(f"dbt found nothing to build: {' '.join(arguments)}")
    failures = [r for r in results if str(r.status) in ("error", "fail")]
    if failures or not outcome.success:
        raise LeadscoreError(
            "dbt failed:\n"
            + "\n".join(f"- {r.node.unique_id}: {r.message}" for r in failures)
            + f"\nThe log is {target / 'dbt.log'}."
        )
    return results


def folders(target: Path) -> list[str]:
    """Return the flags for where dbt reads, and where it writes what is not a table."""
    named = {
        "--project-dir": DBT_PROJECT,
        "--profiles-dir": DBT_PROJECT,
        "--target-path": target,
        "--log-path": target,
    }
    return [str(part) for pair in named.items() for part in pair]


# What dbt made of the project, by its content: reading it takes seconds.
_manifests: dict[str, Any] = {}


def runner_of(seeds: Path, target: Path) -> Any:
    """Return dbt with the project read, once per process, and the seeds of a folder.

    Seeds have the same names and columns in every folder: so dbt reads the project with
    ours, keeps that in its usual folder for every world and process that comes after
    (in `target` where that folder cannot be written to), and is told where else the
    files lie.
    """
    from dbt.cli.main import dbtRunner

    ours = DBT_PROJECT / "seeds"
    sources = (DBT_PROJECT / folder for folder in ("models", "macros", "tests"))
    key = hash_of_files(*sources, ours)
    if key not in _manifests:
        if os.access(DBT_PROJECT, os.W_OK):
            target = DBT_PROJECT / "target"
        # dbt reads everything anew when a variable has changed: so it sees none of a
        # world while it reads. They count when a model is built.
        with _environment({}):
            parse = ["--quiet", "parse", "--no-write-json", *folders(target)]
            outcome = dbtRunner().invoke(parse)
        if outcome.exception is not None:
            raise LeadscoreError(f"dbt cannot read its project: {outcome.exception}")
        _manifests[key] = outcome.result
        # It stays for good: searched for garbage again and again, a run takes a tenth
        # longer.
        gc.freeze()
    manifest = _manifests[key]
    for node in manifest.nodes.values():
        if node.resource_type == "seed":
            node.root_path = str(DBT_PROJECT)  # dbt's is seen from where it was read
            node.original_file_path = str(Path(relative(seeds), node.path))
    return dbtRunner(manifest=manifest)


def lay_out_seeds(settings: Settings) -> Path:
    """Return the seeds folder: ours, with the user's rules and mappings laid over.

    A user's `rules/` replaces ours as a whole (a file it lacks has no rows); a file in
    `mappings/` or `action/` replaces ours of the same name, but for signals that it
    lacks.
    """
    ours = DBT_PROJECT / "seeds"
    config = settings.config
    if config is None or not any((config / kind).is_dir() for kind in KINDS):
        return ours
    seeds = settings.data / "seeds"
    shutil.rmtree(seeds, ignore_errors=True)
    shutil.copytree(ours, seeds)
    rules = config / "rules"
    if rules.is_dir():
        for path in (seeds / "rules").glob("*.csv"):
            header = path.read_text(encoding="utf-8").splitlines()[0]
            path.write_text(header + "\n", encoding="utf-8")
    for kind in KINDS:
        for path in sorted((config / kind).glob("*.csv")):
            target = seeds / kind / path.name
            if not target.exists():
                known = ", ".join(sorted(p.name for p in target.parent.glob("*.csv")))
                raise LeadscoreError(
                    f"{path}: no such file in {kind}/; the files there are {known}."
                )
            copy_seed(path, target)
    return seeds


def copy_seed(path: Path, target: Path) -> None:
    """Copy a seed file so that DuckDB, which guesses, reads it as every other reader.

    All lines end alike, for it refuses a file in which two programs have written; and
    the name of the first column is quoted, lest it take an apostrophe for the quote.
    Columns of LATER_COLUMNS that it lacks are added, empty; to SIGNALS the rows of
    ours whose signal it lacks, for our rules ask them.
    """
    text = path.read_bytes().replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    text = _brought_up_to_date(text, path.name)
    target.write_bytes(re.sub(rb"\A(?:\xef\xbb\xbf)?(\w+)(?=[,\n])", rb'"\1"', text))


def _brought_up_to_date(text: bytes, file: str) -> bytes:
    if file not in LATER_COLUMNS:
        return text
    rows = list(csv.reader(io.StringIO(text.decode("utf-8-sig", "surrogateescape"))))
    header = rows[0] if rows else []
    later = [name for name in LATER_COLUMNS[file] if name not in header]
    missing = _missing_signals(rows) if "signal" in header and file == SIGNALS else []
    if not header or not (later or missing):
        return text
    padded = io.StringIO()
    writer = csv.writer(padded, lineterminator="\n")
    writer.writerow(header + later)
    writer.writerows(row and row + [""] * len(later) for row in rows[1:])
    writer.writerows([row.get(name, "") for name in header + later] for row in missing)
    return padded.getvalue().encode("utf-8", "surrogateescape")


def _missing_signals(rows: list[list[str]]) -> list[dict[str, str]]:
    """Return the rows of our signals.csv for signals that a copy has no row for."""
    at = rows[0].index("signal")
    there = {row[at] for row in rows if row[at:]}
    with (MAPPINGS / SIGNALS).open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["signal"] not in there]


def hash_of_files(*folders: Path) -> str:
    """Return a hash of the files that decide what dbt builds."""
    return hash_of(
        [
            (path.relative_to(folder).as_posix(), path.read_bytes().hex())
            for folder in folders
            for path in sorted(folder.rglob("*"))
            if path.suffix in {".sql", ".csv", ".yml"}
        ]
    )


def hash_of(*parts: object) -> str:
    """Return a hash of what can be written as JSON, or else as text."""
    text = json.dumps(parts, default=str, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _variables(settings: Settings, seeds: Path) -> dict[str, str]:
    return {
        "LEADSCORE_WAREHOUSE": str(settings.warehouse),
        "LEADSCORE_MEMORY_LIMIT": settings.memory_limit,
        "LEADSCORE_THREADS": str(settings.threads),
        "LEADSCORE_SEEDS": relative(seeds),
    }


@contextmanager
def _environment(variables: dict[str, str]) -> Iterator[None]:
    """Let the process see these of our variables, and no others, for a while."""
    seen = {k: v for k, v in os.environ.items() if k.startswith("LEADSCORE_")}
    _exchange(seen, variables)
    try:
        yield
    finally:
        _exchange(variables, seen)


def _exchange(old: dict[str, str], new: dict[str, str]) -> None:
    for name in old:
        os.environ.pop(name, None)
    os.environ.update(new)


def relative(seeds: Path) -> str:
    """Return the path of a seeds folder as dbt wants it, seen from its project."""
    return os.path.relpath(seeds, DBT_PROJECT)
