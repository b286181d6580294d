"""Runs the DAGs in a process of its own, without a scheduler or a server.

The only module of leadscore that imports Airflow, and it does so in the child process:
the caller's environment, logging and output stay as they are. The child's chatter
(Airflow, dbt, Great Expectations) goes to a log file; what happens step by step comes
back as lines of JSON.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any, TextIO

from leadscore.errors import LeadscoreError, unexpected
from leadscore.settings import PROJECT, Settings


@dataclass(frozen=True)
class Step:
    """One task of one day's run, as it starts or ends.

    `day` is YYYY-MM-DD; `state` is running, success or failed; `seconds` is how long
    the task took, 0 while it runs; `message` says why it failed.
    """

    day: str
    dag_id: str
    task_id: str
    state: str
    seconds: float = 0.0
    message: str = ""


class StepFailedError(LeadscoreError):
    """Tasks failed; its message is theirs.

    `steps` are the tasks, `log` the file with everything that was said on the way.
    """

    def __init__(self, steps: list[Step], log: Path) -> None:
        """Take the messages over from the steps."""
        super().__init__("\n".join(step.message for step in steps))
        self.steps = steps
        self.log = log


def run_days(
    settings: Settings,
    days: Sequence[date],
    on_step: Callable[[Step], None],
    dag_ids: Sequence[str] = (),
) -> Path:
    """Run the ingest DAGs of the sources in use, then score_leads, day after day.

    What a source delivered is loaded and judged even if another's is refused, so that
    all that is wrong is told at once; nothing is scored then.

    Args:
        settings: The world.
        days: The days to run, in this order.
        on_step: Called twice for each task: as it starts and as it ends.
        dag_ids: Run these instead, one after the other.

    Returns:
        The log file.

    Raises:
        StepFailedError: If tasks fail; nothing is scored then, and no later day run.
        LeadscoreError: If Airflow itself does not get that far.
    """
    log = settings.data / "logs" / "airflow.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="leadscore-airflow-") as scratch,
        log.open("w", encoding="utf-8") as chatter,
        subprocess.Popen(
            [
                *(sys.executable, "-m", __name__, ",".join(dag_ids)),
                *(day.isoformat() for day in days),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=chatter,
            env=_environment(settings, Path(scratch) / "airflow.db"),
            encoding="utf-8",
        ) as child,
    ):
        assert child.stdout is not None
        failed = []
        try:
            for line in child.stdout:
                step = Step(**json.loads(line))
                on_step(step)
                failed += [step] if step.state == "failed" else []
        except BaseException:
            child.terminate()
            raise
    if failed:
        raise StepFailedError(failed, log)
    if child.returncode:
        raise LeadscoreError(
            f"Airflow stopped before its tasks were done (exit code "
            f"{child.returncode}): the end of {log} says why."
        )
    return log


def _environment(settings: Settings, database: Path) -> dict[str, str]:
    """Return the child's environment: this world, and an Airflow of its own."""
    # A company's own Airflow settings must not reach this one, nor its database.
    kept = {k: v for k, v in os.environ.items() if not k.startswith("AIRFLOW__")}
    paths = [str(PROJECT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        "AIRFLOW_HOME": str(PROJECT / ".airflow"),
        **kept,
        **settings.as_environment(),
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONUNBUFFERED": "1",
        "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{database}",
    }


def _main(given: str, days: Sequence[str]) -> int:
    """Run the days in this process; write steps to what was its standard output."""
    threading.Thread(target=_end_with_the_caller, daemon=True).start()
    events = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    _make_database()

    from airflow.dag_processing.dagbag import BundleDagBag

    folder = Path(os.environ["AIRFLOW__CORE__DAGS_FOLDER"])
    bag = BundleDagBag(folder, bundle_path=folder, bundle_name="dags-folder")
    if bag.import_errors:  # each is in the log
        return 1
    then = given.split(",") if given else ["score_leads"]
    sources = [] if given else Settings().sources_in_use
    for day in days:
        ingested = [
            _run(bag.dags[f"ingest_{source}"], day, events) for source in sources
        ]
        if not all(ingested):
            return 1
        if not all(_run(bag.dags[dag_id], day, events) for dag_id in then):
            return 1
    return 0


def _end_with_the_caller() -> None:
    """Wait for the caller's end of our standard input to close, however it ended.

    What is half done stays hidden: a transaction, or a candidate build.
    """
    sys.stdin.buffer.read()
    os._exit(1)


def _make_database() -> None:
    """Put a migrated metadata database in place, made once per Airflow version."""
    home = Path(os.environ["AIRFLOW_HOME"])
    url = os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"]
    database = Path(url.removeprefix("sqlite:///"))
    template = home / f"template-{version('apache-airflow')}.db"
    if template.exists():
        shutil.copyfile(template, database)
        return
    home.mkdir(parents=True, exist_ok=True)

    from airflow.utils.db import initdb

    initdb()
    part = template.with_suffix(f".{os.getpid()}.part")
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("vacuum into ?", [str(part)])  # its log included
    part.replace(template)


def _run(dag: Any, day: str, events: TextIO) -> bool:
    """Run one DAG for one day; tell whether it succeeded."""
    started = time.monotonic()

    def tell(context: Any, state: str) -> None:
        nonlocal started
        seconds = time.monotonic() - started if state != "running" else 0.0
        started = time.monotonic()
        step = Step(
            day=day,
            dag_id=dag.dag_id,
            task_id=context["task"].task_id,
            state=state,
            seconds=round(seconds, 3),
            message=_message(context.get("exception")) if state == "failed" else "",
        )
        events.write(json.dumps(asdict(step)) + "\n")
        events.flush()

    for task in dag.tasks:
        task.retries = 0  # whoever is waiting wants to know at once
        task.on_execute_callback = [lambda context: tell(context, "running")]
        task.on_success_callback = [lambda context: tell(context, "success")]
        task.on_failure_callback = [lambda context: tell(context, "failed")]
    run = dag.test(run_conf={"day": day})
    return str(run.state) == "success"


def _message(error: BaseException | None) -> str:
    from airflow.sdk.exceptions import AirflowFailException

    if isinstance(error, AirflowFailException):  # from what the task raised
        error = error.__cause__
    return str(error) if isinstance(error, LeadscoreError) else unexpected(error)


if __name__ == "__main__":
    code = _main(sys.argv[1], sys.argv[2:])
    sys.stdout.flush()
    os._exit(code)  # spares Airflow's two seconds of tidying up a process
