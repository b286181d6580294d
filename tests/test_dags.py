"""The shape of the DAGs, and running them without a scheduler."""

import ast
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import psutil
import pytest

from leadscore.errors import LeadscoreError
from leadscore.local_airflow import Step, StepFailedError, run_days
from leadscore.settings import PROJECT, SOURCES, Settings

DAGS = PROJECT / "dags"
LAYERS = ["rules", "staging", "intermediate", "scoring", "marts"]

# Describes the DAGs of a folder as Airflow sees them, once for each environment.
DESCRIBE = """
import json, os, sys
from airflow.dag_processing.dagbag import BundleDagBag

def names(condition):
    return sorted(asset.name for asset in getattr(condition, "objects", [condition]))

def describe(dag):
    timetable = dag.timetable
    condition = getattr(timetable, "asset_condition", None)
    cron = ("expression", "run_offset", "key_format", "run_immediately")
    return {
        "file": dag.fileloc,
        "doc": dag.doc_md,
        "tags": sorted(dag.tags),
        "catchup": dag.catchup,
        "max_active_runs": dag.max_active_runs,
        "timetable": type(timetable).__name__,
        "cron": [getattr(timetable, name, None) for name in cron],
        "time_zone": str(getattr(timetable, "timezone", None)),
        "waits_for": names(condition) if condition else [],
        "waits_for_all": type(condition).__name__ == "AssetAll",
        "order": [task.task_id for task in dag.topological_sort()],
        "tasks": {
            task.task_id: {
                "downstream": sorted(task.downstream_task_ids),
                "pool": task.pool,
                "retries": task.retries,
                "retry_minutes": task.retry_delay.total_seconds() / 60,
                "hours": task.execution_timeout.total_seconds() / 3600,
                "outlets": [asset.name for asset in task.outlets],
            }
            for task in dag.tasks
        },
    }

folder, environments = sys.argv[1], json.loads(sys.argv[2])
found = []
for environment in environments:
    for name in [name for name in os.environ if name.startswith("LEADSCORE_")]:
        os.environ.pop(name, None)
    os.environ.update(environment)
    bag = BundleDagBag(folder, bundle_path=folder, bundle_name="dags-folder")
    dags = {dag.dag_id: describe(dag) for dag in bag.dags.values()}
    found.append({"errors": bag.import_errors, "dags": dags})
print("FOUND" + json.dumps(found))
"""
ENVIRONMENTS: dict[str, dict[str, str]] = {
    "default": {},
    "two sources": {
        "LEADSCORE_SOURCES": "crm,web",
        "LEADSCORE_TIME_ZONE": "Europe/Berlin",
        "LEADSCORE_PUSH_TO": "csv, hubspot",
    },
    "stale sources": {"LEADSCORE_STALE_SOURCES": "email,web"},
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("airflow")


@pytest.fixture(scope="module")
def described(home: Path) -> dict[str, dict]:
    """Parse the DAG files in a process of their own, once for each environment."""
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AIRFLOW", "LEADSCORE"))
    }
    own = {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "PYTHONPATH": str(PROJECT),
    }
    environments = json.dumps(list(ENVIRONMENTS.values()))
    result = subprocess.run(
        [sys.executable, "-c", DESCRIBE, str(DAGS), environments],
        env={**clean, **own},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line for line in result.stdout.splitlines() if line.startswith("FOUND")]
    assert lines, result.stderr
    found = json.loads(lines[0].removeprefix("FOUND"))
    return dict(zip(ENVIRONMENTS, found, strict=True))


@pytest.fixture(scope="module")
def dags(described: dict[str, dict]) -> dict:
    return described["default"]["dags"]


def chained(dag: dict) -> list[str]:
    """Return the task ids in their order, after checking that they form a chain."""
    order = dag["order"]
    for task, following in zip(order, [*order[1:], None], strict=True):
        downstream = dag["tasks"][task]["downstream"]
        assert downstream == ([following] if following else [])
    return order


def test_there_are_exactly_these_dags_and_they_import(described: dict) -> None:
    ingest = {f"ingest_{source}" for source in SOURCES}
    for found in described.values():
        assert found["errors"] == {}
        others = {"score_leads", "judge_scores", "act_on_scores"}
        assert set(found["dags"]) == ingest | others


def test_each_dag_is_found_in_the_file_of_its_name(dags: dict) -> None:
    for dag_id, dag in dags.items():
        assert Path(dag["file"]) == DAGS / f"{dag_id}.py"


@pytest.mark.parametrize("source", SOURCES)
def test_an_ingest_dag_loads_then_validates_then_emits_its_asset(
    dags: dict, source: str
) -> None:
    dag = dags[f"ingest_{source}"]
    assert chained(dag) == ["load", "validate"]
    assert dag["tasks"]["load"]["outlets"] == []
    assert dag["tasks"]["validate"]["outlets"] == [f"{source}_extracts"]


@pytest.mark.parametrize("source", SOURCES)
def test_an_ingest_dag_runs_every_night_for_the_day_before(
    dags: dict, source: str
) -> None:
    dag = dags[f"ingest_{source}"]
    assert dag["timetable"] == "CronPartitionTimetable"
    assert dag["cron"] == ["0 3 * * *", -1, "%Y-%m-%d", True]


def test_a_late_delivery_is_awaited_for_hours_and_not_into_the_next_night(
    dags: dict,
) -> None:
    for source in SOURCES:
        load = dags[f"ingest_{source}"]["tasks"]["load"]
        assert 6 * 60 <= load["retries"] * load["retry_minutes"] <= 20 * 60


def test_scoring_goes_through_the_layers_then_audits_then_publishes(
    dags: dict,
) -> None:
    dag = dags["score_leads"]
    assert chained(dag) == [*LAYERS, "audit", "publish"]
    emitted = {name: task["outlets"] for name, task in dag["tasks"].items()}
    assert emitted.pop("publish") == ["lead_scores"]
    assert set(map(tuple, emitted.values())) == {()}


def test_scoring_waits_for_all_sources(dags: dict) -> None:
    dag = dags["score_leads"]
    assert dag["timetable"] == "PartitionedAssetTimetable"
    assert dag["waits_for_all"]
    assert dag["waits_for"] == sorted(f"{source}_extracts" for source in SOURCES)


def test_scoring_waits_for_the_sources_in_use_and_ingests_only_those(
    described: dict,
) -> None:
    found = described["two sources"]["dags"]
    assert found["score_leads"]["waits_for"] == ["crm_extracts", "web_extracts"]
    assert found["ingest_crm"]["timetable"] == "CronPartitionTimetable"
    assert found["ingest_crm"]["time_zone"] == "Europe/Berlin"
    assert found["ingest_email"]["timetable"] == "NullTimetable"


def test_scoring_does_not_wait_for_a_source_that_may_be_stale(
    described: dict,
) -> None:
    found = described["stale sources"]["dags"]
    assert found["score_leads"]["waits_for"] == ["crm_extracts", "feedback_extracts"]
    assert found["ingest_email"]["timetable"] == "CronPartitionTimetable"


def test_judging_follows_each_publication_and_sees_whether_it_is_time(
    dags: dict,
) -> None:
    dag = dags["judge_scores"]
    assert dag["timetable"] == "PartitionedAssetTimetable"
    assert dag["waits_for"] == ["lead_scores"]
    assert chained(dag) == ["is_due", "judge"]


def test_acting_follows_each_publication_and_waits_for_servers_and_quiet_hours(
    dags: dict, described: dict
) -> None:
    dag = dags["act_on_scores"]
    assert dag["timetable"] == "PartitionedAssetTimetable"
    assert dag["waits_for"] == ["lead_scores"]
    assert set(dag["tasks"]) == {"notify"}
    pushing = described["two sources"]["dags"]["act_on_scores"]
    assert set(pushing["tasks"]) == {"notify", "push_hubspot", "push_csv"}
    for task in pushing["tasks"].values():
        assert task["downstream"] == []
        assert 6 * 60 <= task["retries"] * task["retry_minutes"] <= 20 * 60
    notify = pushing["tasks"]["notify"]
    assert notify["retries"] * notify["retry_minutes"] == 20 * 60


def test_every_task_runs_alone_on_the_warehouse_and_tries_again(dags: dict) -> None:
    for dag in dags.values():
        for task in dag["tasks"].values():
            assert task["pool"] == "duckdb"
            assert task["retries"] >= 2
            assert 1 <= task["hours"] <= 6


# What Airflow is given for what a step raises.
RAISE = """
import sys, types
sys.path.insert(0, {dags!r})
import wiring
from leadscore.errors import LeadscoreError, NotYetError

pipeline = types.ModuleType("leadscore.pipeline")
sys.modules["leadscore.pipeline"] = pipeline
wiring._day = lambda: "2026-11-20"
for error in (NotYetError("later"), LeadscoreError("refused"), KeyError("a fault")):
    def load(source, day):
        raise error
    pipeline.load = load
    try:
        wiring.run("load", "crm")
    except Exception as raised:
        print("RAISED", type(raised).__name__, raised, repr(raised.__cause__))
"""


def test_only_what_is_not_there_yet_is_tried_again(home: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-c", RAISE.format(dags=str(DAGS))],
        env={**os.environ, "AIRFLOW_HOME": str(home), "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=False,
    )
    told = [line for line in result.stdout.splitlines() if line.startswith("RAISED")]
    assert told == [
        "RAISED NotYetError later None",
        "RAISED AirflowFailException refused LeadscoreError('refused')",
        "RAISED AirflowFailException 'a fault' KeyError('a fault')",
    ]


def test_every_dag_says_what_it_does_and_what_to_do_when_it_fails(dags: dict) -> None:
    for dag_id, dag in dags.items():
        docstring = ast.get_docstring(ast.parse((DAGS / f"{dag_id}.py").read_text()))
        assert docstring
        assert dag["doc"].replace("\n", " ").startswith(docstring.splitlines()[0])
        tasks = {"score_leads": ["audit"], "judge_scores": ["judge"]}
        tasks["act_on_scores"] = ["notify"]
        for task in tasks.get(dag_id, ["load", "validate"]):
            assert f"**When `{task}` fails" in dag["doc"]
        assert "leadscore" in dag["tags"]
        assert dag["catchup"] is False
        assert dag["max_active_runs"] == 1


def test_dag_files_are_short_and_do_not_import_each_other() -> None:
    files = {path.stem: path.read_text() for path in DAGS.glob("*.py")}
    for name, text in files.items():
        limit = 80 if name != "wiring" else 150
        assert len(text.splitlines()) <= limit, name
        imported = {
            node.module if isinstance(node, ast.ImportFrom) else alias.name
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.Import | ast.ImportFrom)
            for alias in node.names
        }
        assert not imported & (set(files) - {"wiring", "connections"}), name


# Stands in for leadscore.pipeline: writes down what it is asked to do, fails twice.
STUB = """
import sys, types
from leadscore.errors import LeadscoreError

REFUSED = {{
    ("load", "crm", "2026-11-20"): "leads.csv has no id: name it",
    ("validate", "web", "2026-11-20"): "half the events have no time",
}}

pipeline = types.ModuleType("leadscore.pipeline")

def do(*call):
    print("noise on standard output")
    with open({calls!r}, "a") as file:
        print(*call, file=file)
    if call in REFUSED:
        raise LeadscoreError(REFUSED[call])

for name in ("load", "validate", "layer", "audit", "publish"):
    setattr(pipeline, name, lambda *rest, name=name: do(name, *rest))
sys.modules["leadscore.pipeline"] = pipeline
"""


@dataclass
class Ran:
    steps: list[Step]
    calls: list[str]
    error: LeadscoreError | None
    log: Path
    seconds: float


@pytest.fixture(scope="module")
def ran(home: Path) -> Ran:
    """Run three days of a world with three sources; on the second two are refused."""
    calls, steps, error = home / "calls", list[Step](), None
    started = time.monotonic()
    (home / "sitecustomize.py").write_text(STUB.format(calls=str(calls)))
    settings = Settings(data=home / "world", sources=",".join(SOURCES))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(home))
        patch.setenv("AIRFLOW_HOME", str(home))
        patch.setenv("AIRFLOW__SECRETS__BACKEND", "a.company.secrets")
        try:
            run_days(
                settings, [date(2026, 11, day) for day in (19, 20, 21)], steps.append
            )
        except LeadscoreError as raised:
            error = raised
    log = settings.data / "logs" / "airflow.log"
    seconds = time.monotonic() - started
    return Ran(steps, calls.read_text().splitlines(), error, log, seconds)


def test_a_day_runs_the_sources_in_use_and_then_the_scores(ran: Ran) -> None:
    whole_day = [
        *(f"{step} {source}" for source in SOURCES for step in ("load", "validate")),
        *(f"layer {layer}" for layer in LAYERS),
        *("audit", "publish"),
    ]
    assert ran.calls[: len(whole_day)] == [f"{call} 2026-11-19" for call in whole_day]


def test_each_task_is_told_twice_as_it_starts_and_as_it_ends(ran: Ran) -> None:
    told = [(step.task_id, step.state) for step in ran.steps[-14:]]
    assert told == [
        *(("load", "running"), ("load", "failed")),
        *(("load", "running"), ("load", "success")),
        *(("validate", "running"), ("validate", "success")),
        *(("load", "running"), ("load", "success")),
        *(("validate", "running"), ("validate", "failed")),
        *(("load", "running"), ("load", "success")),
        *(("validate", "running"), ("validate", "success")),
    ]
    first = ran.steps[1]
    assert (first.day, first.dag_id, first.task_id) == (
        "2026-11-19",
        "ingest_crm",
        "load",
    )
    assert first.seconds > 0
    assert sum(step.seconds for step in ran.steps) < ran.seconds


def test_a_refused_delivery_ends_its_dag_and_all_that_is_refused_is_told(
    ran: Ran,
) -> None:
    assert ran.calls[15:] == [
        f"{call} 2026-11-20"
        for call in (
            "load crm",
            *("load email", "validate email"),
            *("load web", "validate web"),
            *("load feedback", "validate feedback"),
        )
    ]
    assert isinstance(ran.error, StepFailedError)
    assert str(ran.error) == (
        "leads.csv has no id: name it\nhalf the events have no time"
    )
    failed = [(step.dag_id, step.task_id) for step in ran.error.steps]
    assert failed == [("ingest_crm", "load"), ("ingest_web", "validate")]


def test_what_tasks_print_goes_to_the_log_file(ran: Ran) -> None:
    assert isinstance(ran.error, StepFailedError)
    assert ran.error.log == ran.log
    assert "noise on standard output" in ran.log.read_text()


def test_an_airflow_that_does_not_start_points_to_its_log(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text("import os; os._exit(3)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(LeadscoreError, match=r"exit code 3.*airflow\.log"):
        run_days(Settings(data=tmp_path), [date(2026, 11, 20)], print)


# ---- stopping

# Stands in for leadscore.pipeline: says who it is, and takes for ever.
STUCK = """
import os, sys, time, types

def load(*call):
    with open({pid!r} + ".part", "w") as file:
        file.write(str(os.getpid()))
    os.rename({pid!r} + ".part", {pid!r})
    time.sleep(3600)

pipeline = types.ModuleType("leadscore.pipeline")
pipeline.load = load
sys.modules["leadscore.pipeline"] = pipeline
"""
CALL = """
from datetime import date
from leadscore.local_airflow import run_days
from leadscore.settings import Settings
run_days(Settings(data={data!r}, sources="crm"), [date(2026, 11, 20)], print)
"""


def wait_for(what: Callable[[], object]) -> None:
    """Wait until something is so; a minute is enough for the slowest machine."""
    deadline = time.monotonic() + 60
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def is_running(pid: int) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False


def test_a_run_ends_with_its_caller(home: Path, tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    (tmp_path / "sitecustomize.py").write_text(STUCK.format(pid=str(pid)))
    call = CALL.format(data=str(tmp_path / "world"))
    paths = os.pathsep.join([str(tmp_path), str(PROJECT)])
    environment = {**os.environ, "AIRFLOW_HOME": str(home), "PYTHONPATH": paths}
    with subprocess.Popen([sys.executable, "-c", call], env=environment) as caller:
        wait_for(pid.exists)
        child = int(pid.read_text())
        assert is_running(child)
        caller.kill()  # the caller can say nothing any more
    wait_for(lambda: not is_running(child))


# Starts a child that will not end by itself, and waits for it.
STUBBORN = """
import signal, subprocess, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
ready = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
child = subprocess.Popen([sys.executable, "-c", ready + "; time.sleep(3600)"])
print(child.pid, flush=True)
child.wait()
"""


def test_what_make_up_runs_stops_with_all_that_it_started() -> None:
    command = [sys.executable, "-m", "leadscore.stoppable", sys.executable, "-c"]
    ways = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    with contextlib.ExitStack() as stack:
        started = [
            stack.enter_context(
                subprocess.Popen(
                    [*command, STUBBORN], stdout=subprocess.PIPE, text=True
                )
            )
            for _ in ways
        ]
        children = [int(up.stdout.readline()) for up in started if up.stdout]
        assert all(map(is_running, children))
        for up, how in zip(started, ways, strict=True):
            up.send_signal(how)
        assert [up.wait() for up in started] == [128 + how for how in ways]
    wait_for(lambda: not any(map(is_running, children)))


def test_what_make_up_runs_may_end_by_itself() -> None:
    command = [sys.executable, "-m", "leadscore.stoppable", sys.executable, "-c"]
    ended = subprocess.run(
        [*command, "raise SystemExit(3)"], capture_output=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (3, b"")
