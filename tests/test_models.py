"""The unit tests that stand beside the dbt models."""

import os
import shutil

import pytest
from pipeline_world import DAY, DBT_PROJECT, world_of

from leadscore import transform


def test_the_unit_tests_of_the_models_hold(world, tmp_path):
    shutil.copyfile(world.warehouse, tmp_path / "warehouse.duckdb")
    with world_of(tmp_path) as settings:
        run = transform.current_run(settings)
        assert run.as_of_date == DAY
        command = ["test", "--select", "test_type:unit"]
        results = transform._dbt(DBT_PROJECT / "seeds", settings, run, command)
    assert len(results) > 100


@pytest.mark.skipif(not os.access(DBT_PROJECT, os.W_OK), reason="nothing is kept")
def test_what_dbt_read_for_one_world_serves_the_next(tmp_path, monkeypatch):
    """Whatever world and day the variables of a process are of."""
    kept = DBT_PROJECT / "target" / "partial_parse.msgpack"
    read = []
    for name in ("one", "another"):
        monkeypatch.setattr(transform, "_manifests", {})
        monkeypatch.setenv("LEADSCORE_WAREHOUSE", str(tmp_path / name))
        monkeypatch.setenv("LEADSCORE_AS_OF_TO", f"2026-01-0{len(name)}")
        transform._runner(DBT_PROJECT / "seeds", tmp_path / name)
        assert os.environ["LEADSCORE_WAREHOUSE"] == str(tmp_path / name)
        read.append(kept.stat().st_mtime_ns)  # dbt writes when it has read anew
    assert read[0] == read[1]
