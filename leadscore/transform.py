"""Runs dbt layer by layer, in this process, for one day and the history before it."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

from leadscore.errors import LeadscoreError
from leadscore.outlook import look_ahead
from leadscore.rules import require_valid
from leadscore.settings import PROJECT, Settings
from leadscore.warehouse import connect

logger = logging.getLogger(__name__)

DBT_PROJECT = PROJECT / "dbt_project"
LAYERS = ("rules", "staging", "intermediate", "scoring", "marts")

# Events and identities do not depend on the scored day: they are built again only
# when batches, mappings or models have changed.
EVENT_MODELS = (
    "path:models/intermediate/identity",
    "path:models/intermediate/activity",
)

# For a command that names all that it builds and tests: to look for tests elsewhere
# and to write the manifest again takes dbt longer than to build a small layer.
QUICKLY = ("--indirect-selection", "empty", "--no-write-json")


@dataclass(frozen=True)
class Run:
    """What one run of score_leads scores, frozen when it begins.

    Attributes:
        as_of_date: The day that is published.
        from_date: The first day scored in the same pass.
        build_id: Hash of everything the build depends on.
        scorecard: The scorecard that lead_scores shows.
        inputs: Hash of batches, people forgotten, mappings and models.
        events_built: Whether events and identities are as these inputs say.
    """

    as_of_date: date
    from_date: date
    build_id: str
    scorecard: str
    inputs: str
    events_built: bool


@dataclass(frozen=True)
class LayerResult:
    """How a layer's build went.

    Attributes:
        layer: Which.
        built: How many seeds, tables and views were built.
        tests: How many tests passed.
        seconds: How long all of it took.
        node_seconds: How long each took, by name.
    """

    layer: str
    built: int
    tests: int
    seconds: float
    node_seconds: dict[str, float]


def run_layer(settings: Settings, layer: str, day: date) -> LayerResult:
    """Build one layer of the dbt project and run its tests.

    Raises:
        LeadscoreError: If a model cannot be built or a test fails; the message names
            each with what dbt said.
    """
    started = time.monotonic()
    seeds = _lay_out_seeds(settings)
    if layer == "rules":
        require_valid(settings, seeds)
    run = _begin(settings, day, seeds) if layer == "rules" else current_run(settings)
    if run.as_of_date != day:
        raise LeadscoreError(
            f"The warehouse was left at {run.as_of_date}, not at {day}: run the task "
            f"`rules` of {day} first."
        )
    select = [f"path:models/{layer}", f"path:tests/{layer}"]
    if layer == "rules":
        select = ["resource_type:seed"]
    exclude = ["resource_type:unit_test"]
    if layer == "intermediate" and run.events_built:
        exclude += EVENT_MODELS
    command = ["build", "--select", *select, "--exclude", *exclude]
    # Tests of seeds lie elsewhere: dbt has to look for them.
    quickly = layer != LAYERS[0]
    results = _dbt(seeds, settings, run, command, quickly)
    if layer == "intermediate":
        with connect(settings) as connection:
            connection.execute("update raw.run set events_built = true")
    if layer == "scoring":
        look_ahead(settings, run, partial(_dbt, seeds))
    tests = sum(1 for result in results if result.node.resource_type == "test")
    return LayerResult(
        layer=layer,
        built=len(results) - tests,
        tests=tests,
        seconds=time.monotonic() - started,
        node_seconds={result.node.name: result.execution_time for result in results},
    )


def current_run(settings: Settings) -> Run:
    """Return the run that the warehouse is in.

    Raises:
        LeadscoreError: If none has begun.
    """
    with connect(settings) as connection:
        row = connection.execute("from raw.run").fetchone()
    if row is None:
        raise LeadscoreError(
            "Nothing has been scored here yet, or somebody was forgotten since: run "
            "the task `rules` and those after it."
        )
    return Run(*row)


def plan(settings: Settings, day: date) -> Run:
    """Return the run that scoring the day now would be, without beginning it."""
    return _plan(settings, day, _lay_out_seeds(settings))


def _begin(settings: Settings, day: date, seeds: Path) -> Run:
    run = _plan(settings, day, seeds)
    with connect(settings) as connection:
        connection.begin()
        connection.execute("delete from raw.run")
        connection.execute("delete from raw.run_batches")
        connection.execute(
            "insert into raw.run values (?, ?, ?, ?, ?, ?)", list(vars(run).values())
        )
        connection.execute(
            "insert into raw.run_batches "
            "select batch_id from raw.batches where status = 'accepted'"
        )
        connection.commit()
    return run


def _plan(settings: Settings, day: date, seeds: Path) -> Run:
    with connect(settings) as connection:
        batches = connection.execute(
            "select file, table_name, sha256 from raw.batches "
            "where status = 'accepted' order by all"
        ).fetchall()
        known = connection.execute(
            "select inputs, events_built from raw.run"
        ).fetchone()
        key = connection.execute("select id_key from raw.world").fetchone()
        forgotten = connection.execute(
            "select kind, hash from raw.forgotten order by all"
        ).fetchall()
        scored = _scored_days(connection)
        first = _first_day(connection)
    if not batches:
        raise LeadscoreError(
            f"No extract has been accepted yet in {settings.data}: put files under "
            f"{settings.extracts}/<source>/<day>/ and run the ingest DAGs first."
        )
    start = max(first or day, day - timedelta(days=settings.history_days - 1))
    missing = [d for d in _days(min(start, day), day) if d not in scored]
    from_date = min([day, *missing, settings.score_from or day])
    scorecard = settings.scorecard or _default_scorecard(settings, seeds)
    models = _tree(DBT_PROJECT / "models", DBT_PROJECT / "macros", seeds / "mappings")
    inputs = _hash(batches, key, forgotten, settings.time_zone, models)
    history = sorted(d for d in {*scored, *_days(from_date, day)} if d <= day)
    return Run(
        as_of_date=day,
        from_date=from_date,
        build_id=_hash(day, inputs, _tree(seeds), scorecard, history),
        scorecard=scorecard,
        inputs=inputs,
        events_built=known == (inputs, True),
    )


def _scored_days(connection: duckdb.DuckDBPyConnection) -> set[date]:
    """Return the days that the history holds."""
    try:
        rows = connection.execute(
            "select distinct as_of_date from marts.lead_score_history"
        ).fetchall()
    except duckdb.CatalogException:  # nothing was ever scored
        return set()
    return {row[0] for row in rows}


def _first_day(connection: duckdb.DuckDBPyConnection) -> date | None:
    """Return the first day on which there can be a lead."""
    row = connection.execute(
        """
        select min(day) from (
            select least(extract_date, cast(created_at as date)) as day
            from raw.crm_leads
            union all
            select cast(occurred_at as date) from raw.email_events
        )
        """
    ).fetchone()
    return row[0] if row else None


def _days(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


def _default_scorecard(settings: Settings, seeds: Path) -> str:
    """Return the first champion's scorecard; fit_only's for a CRM alone."""
    path = seeds / "rules" / "rulesets.csv"
    with duckdb.connect() as connection:
        champions = [
            row[0]
            for row in connection.execute(
                "select scorecard from read_csv(?, header=true, all_varchar=true) "
                "where status = 'champion'",
                [str(path)],
            ).fetchall()
        ]
    if not champions:
        raise LeadscoreError(f"{path}: no ruleset is a champion: give one that status.")
    if settings.sources_in_use == ["crm"] and "fit_only" in champions:
        return "fit_only"
    return str(champions[0])


def _lay_out_seeds(settings: Settings) -> Path:
    """Return the seeds folder: ours, with the user's rules and mappings laid over.

    A user's `rules/` replaces ours as a whole (a file it lacks has no rows); a file in
    `mappings/` replaces ours of the same name.
    """
    ours = DBT_PROJECT / "seeds"
    if settings.config is None:
        return ours
    seeds = settings.data / "seeds"
    shutil.rmtree(seeds, ignore_errors=True)
    shutil.copytree(ours, seeds)
    rules = settings.config / "rules"
    if rules.is_dir():
        for path in (seeds / "rules").glob("*.csv"):
            header = path.read_text(encoding="utf-8").splitlines()[0]
            path.write_text(header + "\n", encoding="utf-8")
    for kind in ("rules", "mappings"):
        for path in sorted((settings.config / kind).glob("*.csv")):
            target = seeds / kind / path.name
            if not target.exists():
                known = ", ".join(sorted(p.name for p in target.parent.glob("*.csv")))
                raise LeadscoreError(
                    f"{path}: no such file in {kind}/; the files there are {known}."
                )
            shutil.copyfile(path, target)
    return seeds


def _tree(*folders: Path) -> str:
    """Return a hash of the files that decide what dbt builds."""
    return _hash(
        [
            (path.relative_to(folder).as_posix(), path.read_bytes().hex())
            for folder in folders
            for path in sorted(folder.rglob("*"))
            if path.suffix in {".sql", ".csv", ".yml"}
        ]
    )


def _hash(*parts: object) -> str:
    text = json.dumps(parts, default=str, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _dbt(
    seeds: Path,
    settings: Settings,
    run: Run,
    arguments: list[str],
    quickly: bool = True,
) -> list[Any]:
    """Run one dbt command and return its results; `quickly` as in QUICKLY."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    target = settings.data / "dbt"
    runner = _runner(seeds, target)
    os.environ |= {
        "LEADSCORE_WAREHOUSE": str(settings.warehouse),
        "LEADSCORE_MEMORY_LIMIT": settings.memory_limit,
        "LEADSCORE_THREADS": str(settings.threads),
        "LEADSCORE_TIME_ZONE": settings.time_zone,
        "LEADSCORE_SEEDS": os.path.relpath(seeds, DBT_PROJECT),
        "LEADSCORE_AS_OF_FROM": run.from_date.isoformat(),
        "LEADSCORE_AS_OF_TO": run.as_of_date.isoformat(),
        "LEADSCORE_BUILD_ID": run.build_id,
        "LEADSCORE_SHOWN_SCORECARD": run.scorecard,
    }
    try:
        flags = [*(QUICKLY if quickly else ()), *_folders(target)]
        if run.from_date < run.as_of_date:
            # Of several days a single model may need most of the memory.
            flags += ["--threads", "1"]
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


def _folders(target: Path) -> list[str]:
    folders = {
        "--project-dir": DBT_PROJECT,
        "--profiles-dir": DBT_PROJECT,
        "--target-path": target,
        "--log-path": target,
    }
    return [str(part) for pair in folders.items() for part in pair]


# What dbt made of the project, by seeds folder and content: reading it takes seconds.
_manifests: dict[tuple[str, str], Any] = {}


def _runner(seeds: Path, target: Path) -> Any:
    """Return dbt with the project read, once per process.

    dbt keeps what it read of our own seeds in its usual folder, for every world and
    process that comes after; of other seeds, or where that folder cannot be written
    to, in the world's `target`.
    """
    from dbt.cli.main import dbtRunner

    sources = (DBT_PROJECT / folder for folder in ("models", "macros", "tests"))
    key = (str(seeds), _tree(*sources, seeds))
    if key not in _manifests:
        ours = seeds == DBT_PROJECT / "seeds"
        if ours and os.access(DBT_PROJECT, os.W_OK):
            target = DBT_PROJECT / "target"
        # dbt reads everything anew when a variable has changed: so it sees none of a
        # world or of a day while it reads. They count when a model is built.
        seen = {k: v for k, v in os.environ.items() if k.startswith("LEADSCORE_")}
        for name in seen:
            del os.environ[name]
        if not ours:
            os.environ["LEADSCORE_SEEDS"] = os.path.relpath(seeds, DBT_PROJECT)
        try:
            parse = ["parse", "--no-write-json", *_folders(target)]
            outcome = dbtRunner().invoke(parse)
        finally:
            os.environ |= seen
        if outcome.exception is not None:
            raise LeadscoreError(f"dbt cannot read its project: {outcome.exception}")
        _manifests[key] = outcome.result
    return dbtRunner(manifest=_manifests[key])
