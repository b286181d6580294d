"""The unit tests that stand beside the dbt models."""

import shutil

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
