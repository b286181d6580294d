"""Scores whole worlds with the functions that the tasks of the DAGs call."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from unittest import mock

import duckdb

from leadscore import dbt_runner, pipeline, runs
from leadscore.judging.marts import MODELS as JUDGED
from leadscore.publish import open_publication
from leadscore.settings import Settings
from leadscore.transform import EVENT_MODELS, LAYERS

DAY = date(2026, 6, 30)


@contextmanager
def world_of(data: Path, **settings: object) -> Iterator[Settings]:
    """Settings of a world, also in the environment, where the tasks find them."""
    given = {"data": data, "id_key": "test", "memory_limit": "2GB", "threads": 1}
    given["reports"] = "none"  # they take seconds: who looks at them asks for them
    names = {
        f"LEADSCORE_{name.upper()}": str(value)
        for name, value in (given | settings).items()
    }
    with mock.patch.dict(os.environ, names):
        yield Settings()


def ingest(settings: Settings, day: date = DAY) -> None:
    for source in settings.sources_in_use:
        pipeline.load(source, day.isoformat())
        pipeline.validate(source, day.isoformat())


def score(settings: Settings, day: date = DAY) -> None:
    for name in LAYERS:
        pipeline.layer(name, day.isoformat())


def score_again(settings: Settings, day: date = DAY, *models: str) -> None:
    """Score a day as `score` does, in one dbt run and without the data tests.

    Of some models alone, and what they are made of, if they are named: a test that asks
    for no other takes half as long. What is the same on every day is made once.
    """
    seeds = dbt_runner.lay_out_seeds(settings)
    run = runs.begin(settings, day, seeds)
    command = ["run"]
    if models:
        command += ["--select", *(f"+{model}" for model in models)]
    if run.events_built:
        command += ["--exclude", "path:models/staging", *EVENT_MODELS, *JUDGED]
    several = run.from_date < run.as_of_date
    dbt_runner.run_dbt(settings, seeds, command, one_by_one=several)


def publish(settings: Settings, day: date = DAY) -> None:
    pipeline.audit(day.isoformat())
    pipeline.publish(day.isoformat())


def published(settings: Settings, query: str) -> list[tuple]:
    with open_publication(settings) as connection:
        return connection.execute(query).fetchall()


def warehouse(settings: Settings, query: str) -> list[tuple]:
    with duckdb.connect(str(settings.warehouse)) as connection:
        return connection.execute(query).fetchall()


def checksums(folder: Path) -> dict[str, str]:
    """What every file of a folder holds."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(
            path.read_bytes()
        ).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
