"""Options and folders that several test modules share."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from unittest import mock

import pytest
from filelock import FileLock
from pipeline_world import DAY, world_of

from leadscore.settings import REPORTS
from sample import write_sample

# The files that take longest: one that is begun last would be waited for. While the
# first makes the world the second runs, which asks for none.
LONGEST_FIRST = (
    "test_pipeline.py",
    "test_postgres.py",
    "test_judging.py",
    "test_models.py",
    "test_act.py",
    "test_publish.py",
    "test_docs.py",
    "test_validate.py",
    "test_forget.py",
    "test_custom_fields.py",
    "test_backtest.py",
    "test_experiment.py",
    "test_events.py",
    "test_push.py",
    "test_accounts.py",
    "test_suggest.py",
    "test_tellings.py",
    "test_dags.py",
    "test_xeducation.py",
    "test_bi.py",
    "test_bad_files.py",
    "test_cli.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    ranks = {name: rank for rank, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: ranks.get(item.path.name, len(ranks)))


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("whole"):
        if not mark.args[0].exists():
            pytest.skip(f"{mark.args[0]} is not here")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--cases", type=int, default=40, help="Generated leads to score.")
    parser.addoption("--case-seed", type=int, default=20261120, help="Which ones.")


@pytest.fixture(autouse=True)
def environment():
    """What a test puts into the environment, as a command line does, leaves with it."""
    with mock.patch.dict(os.environ):
        yield


@pytest.fixture(scope="session")
def browser():
    """A real browser, for pages to be looked at."""
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed: no browser looks"
    )
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("chromium is not installed: no browser looks")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(
            executable_path=chromium, args=["--no-sandbox"]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def scoring_folder(tmp_path_factory: pytest.TempPathFactory):
    """A folder for run_scoring: dbt parses the project once in it."""
    return tmp_path_factory.mktemp("scoring")


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory):
    """The sample world in small, as `leadscore score` leaves it after a first run.

    What the command said is in `logs/score.txt`. The first process to need the world
    builds it, the others copy it.
    """
    data = tmp_path_factory.mktemp("world")
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    reports = ",".join(REPORTS)
    with world_of(data, history_days=8, reports=reports) as settings:
        with FileLock(shared / "world.lock"):
            if (shared / "world").exists():
                shutil.copytree(
                    shared / "world", data, symlinks=True, dirs_exist_ok=True
                )
            else:
                write_sample(data, leads=300, until=DAY)
                command = Path(sys.executable).with_name("leadscore")
                run = subprocess.run(
                    [command, "score"], capture_output=True, text=True, check=False
                )
                assert run.returncode == 0, run.stdout + run.stderr
                (data / "logs" / "score.txt").write_text(run.stdout)
                shutil.copytree(data, shared / "world", symlinks=True)
        yield settings
