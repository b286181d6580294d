"""The dbt project: its unit tests, dbt by hand, and what Python knows of its models."""

import contextlib
import os
import re
import shlex
import shutil
from pathlib import Path
from unittest import mock

import duckdb
import pytest
from dbt.adapters.base import BaseAdapter
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner
from pipeline_world import DAY, world_of

from leadscore import dbt_runner, models, runs
from leadscore.settings import DBT_PROJECT, PROJECT

SEEDS = DBT_PROJECT / "seeds"
KEPT = [
    *(models.LEAD_SCORE_HISTORY, models.LEAD_SCORE_CHANGES),
    *(models.KEPT_FACTORS, models.KEPT_RULES),
]


def test_the_unit_tests_of_the_models_hold(world, tmp_path):
    shutil.copyfile(world.warehouse, tmp_path / "warehouse.duckdb")
    with world_of(tmp_path) as settings:
        assert runs.current_run(settings).as_of_date == DAY
        command = ["test", "--select", "test_type:unit"]
        results = dbt_runner.run_dbt(settings, SEEDS, command)
    assert len(results) > 100


@pytest.mark.skipif(not os.access(DBT_PROJECT, os.W_OK), reason="nothing is kept")
def test_what_dbt_read_for_one_world_serves_the_next(tmp_path, monkeypatch):
    """Whatever world and time zone the variables of a process are of."""
    kept = DBT_PROJECT / "target" / "partial_parse.msgpack"
    read = []
    for name in ("one", "another"):
        monkeypatch.setattr(dbt_runner, "_manifests", {})
        monkeypatch.setenv("LEADSCORE_WAREHOUSE", str(tmp_path / name))
        monkeypatch.setenv("LEADSCORE_THREADS", str(len(name)))
        dbt_runner.runner_of(SEEDS, tmp_path / name)
        assert os.environ["LEADSCORE_WAREHOUSE"] == str(tmp_path / name)
        read.append(kept.stat().st_mtime_ns)  # dbt writes when it has read anew
    assert read[0] == read[1]


def test_seeds_are_found_wherever_dbt_was_read_and_is_called(tmp_path, monkeypatch):
    def seeds_of(folder):
        nodes = dbt_runner.runner_of(folder, tmp_path).manifest.nodes.values()
        return [node for node in nodes if node.resource_type == "seed"]

    for seed in seeds_of(SEEDS):
        seed.root_path = "dbt_project"  # as dbt has it, read in the project's folder
    monkeypatch.chdir(tmp_path)
    shutil.copytree(SEEDS, tmp_path / "mine")
    for folder in (tmp_path / "mine", SEEDS):
        seeds = seeds_of(folder)
        assert len(seeds) > 20
        for seed in seeds:
            path = Path(seed.root_path, seed.original_file_path)
            assert path.exists()
            assert path.resolve().is_relative_to(folder)


# ---- dbt by hand


@pytest.fixture(scope="module")
def copied(world, tmp_path_factory):
    """A copy of a warehouse, and dbt run on it as one does in the project's folder."""
    folder = tmp_path_factory.mktemp("by_hand")
    copy = folder / "copy.duckdb"
    kept = {k: v for k, v in os.environ.items() if not k.startswith("LEADSCORE_")}
    variables = {
        **kept,
        "LEADSCORE_WAREHOUSE": str(copy),
        "DBT_TARGET_PATH": str(folder / "dbt"),
        "DBT_LOG_PATH": str(folder / "dbt"),
    }
    read = {}

    def run(*words: str):
        try:
            with (
                mock.patch.dict(os.environ, variables, clear=True),
                contextlib.chdir(DBT_PROJECT),
            ):
                if not read:  # once for all commands
                    read["manifest"] = dbtRunner().invoke(["--quiet", "parse"]).result
                return dbtRunner(**read).invoke(["--quiet", *words])
        finally:
            DuckDBConnectionManager.close_all_connections()

    return copy, run


@pytest.fixture
def by_hand(world, copied):
    shutil.copyfile(world.warehouse, copied[0])
    return copied


def contents(warehouse: Path, tables: list[str] | None = None) -> dict[str, tuple]:
    """How many rows each mart and kept table has, and a hash of them.

    What was checked and which tasks ran goes on after the marts are built.
    """
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        found = connection.execute(
            "select table_schema || '.' || table_name from information_schema.tables "
            "where (table_schema = 'marts' and table_name not in "
            "('checks', 'task_runs')) or starts_with(table_name, 'kept_')"
        ).fetchall()
        return {
            table: connection.execute(
                f"select count(*), sum(hash(rows)) from {table} as rows"
            ).fetchone()
            for table in tables or [name for (name,) in found]
        }


@pytest.mark.proof
def test_dbt_by_hand_builds_the_day_that_was_scored_last(by_hand):
    """As CONTRIBUTING.md says, and nothing is another than before."""
    copy, run = by_hand
    before = contents(copy)
    page = (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"^```dbt\n(.*?)^```$", page, flags=re.M | re.S)
    commands = re.findall(r"dbt ((?:build|test|show|docs) [^&\n]+)", shown)
    assert len(commands) == 4
    for command in commands:
        outcome = run(*shlex.split(command))
        assert outcome.success, (command, outcome.exception, outcome.result)
    assert contents(copy) == before
    pages = (copy.parent / "dbt" / "manifest.json").read_text(encoding="utf-8")
    assert "What a lead's score is made of" in pages


def test_models_elsewhere_have_the_sql_that_dbt_compiles(by_hand, world):
    _, run = by_hand
    outcome = run("compile", "--select", "resource_type:model")
    found = [result.node for result in outcome.result.results]
    nodes = [node for node in found if node.resource_type == "model"]
    with world_of(world.data):
        today = runs.current_run(world)
    assert len(nodes) > 80
    for node in nodes:
        sql = models.sql_of(node.name, models.table_of, vars(today))
        compiled = node.compiled_code.replace('"', "")
        assert sql.replace('"', "").split() == compiled.split(), node.name
        assert models.is_view(node.name) == (node.config.materialized == "view")
        assert models.table_of(node.name) == f"{node.schema}.{node.alias}"


def test_history_is_not_doubled_by_a_run_that_has_only_begun(by_hand):
    copy, run = by_hand
    before = contents(copy, KEPT)
    with duckdb.connect(str(copy)) as connection:
        connection.execute(
            "update raw.run set as_of_date = as_of_date + 1, from_date = as_of_date + 1"
        )
    names = [table.rpartition(".")[2] for table in KEPT]
    assert run("run", "--select", *names).success
    assert contents(copy, KEPT) == before


def test_days_by_hand_are_cut_in_the_time_zone_of_the_run(by_hand):
    copy, run = by_hand
    with duckdb.connect(str(copy)) as connection:
        connection.execute("update raw.run set time_zone = 'Asia/Tokyo'")
    outcome = run("compile", "--select", "int_events_named")
    assert "timezone('Asia/Tokyo'" in outcome.result.results[0].node.compiled_code


def test_a_seed_by_hand_puts_no_other_rules_in_place_of_the_worlds(by_hand):
    copy, run = by_hand
    with duckdb.connect(str(copy)) as connection:
        connection.execute("update raw.run set seeds = '../data/mine/seeds'")
        connection.execute("delete from rules.signal_rules")
    outcome = run("seed", "--select", "signal_rules")
    assert not outcome.success
    assert "set LEADSCORE_SEEDS=../data/mine/seeds" in outcome.result.results[0].message
    with duckdb.connect(str(copy)) as connection:
        rows = "select count(*) from rules.signal_rules"
        assert connection.execute(rows).fetchone() == (0,)


def test_a_seed_has_the_columns_of_its_file_in_a_warehouse_that_knew_fewer(by_hand):
    copy, run = by_hand
    with duckdb.connect(str(copy)) as connection:
        connection.execute("alter table rules.caps drop column max_points")
    assert run("seed", "--select", "caps").success


def test_a_run_is_found_while_another_thread_still_asks_for_the_tables(
    by_hand, monkeypatch
):
    _, run = by_hand
    monkeypatch.setattr(BaseAdapter, "get_relation", lambda *_, **__: None)
    assert run("compile", "--select", "int_events_named").success


def test_without_a_run_dbt_stops_with_a_sentence(by_hand):
    copy, run = by_hand
    before = contents(copy, KEPT)
    for emptied in ("delete from raw.run", "drop table raw.run"):
        with duckdb.connect(str(copy)) as connection:
            connection.execute(emptied)
        outcome = run("run", "--select", "lead_score_history", "kept_factors")
        assert not outcome.success
        assert all(
            "No run has begun in the warehouse" in result.message
            and "copy.duckdb" in result.message
            for result in outcome.result.results
        )
    assert contents(copy, KEPT) == before


# ---- what Python knows of the models


def test_every_model_that_python_names_is_there():
    names = [name for name in vars(models) if re.fullmatch("[A-Z_]{4,}", name)]
    tables = [getattr(models, name) for name in names if name not in ("TYPE_CHECKING",)]
    tables = [table for table in tables if isinstance(table, str)]
    assert len(tables) > 20
    assert tables == [models.table_of(models.name_of(table)) for table in tables]


def test_models_are_named_in_one_place():
    layers = r"\b(?:staging|intermediate|scoring)\.[a-z]\w+|ref\('\w"
    found = {
        path.name: re.findall(layers, path.read_text(encoding="utf-8"))
        for path in (PROJECT / "leadscore").rglob("*.py")
        if path.name != "models.py"
    }
    assert {name: named for name, named in found.items() if named} == {}
