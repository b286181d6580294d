"""Options and folders that several test modules share."""

import pytest
from pipeline_world import DAY, ingest, publish, score, world_of

from leadscore.sample import write_sample


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--cases", type=int, default=40, help="Generated leads to score.")
    parser.addoption("--case-seed", type=int, default=20261120, help="Which ones.")


@pytest.fixture(scope="session")
def scoring_folder(tmp_path_factory: pytest.TempPathFactory):
    """A folder for run_scoring: dbt parses the project once in it."""
    return tmp_path_factory.mktemp("scoring")


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory):
    """The sample world in small, ingested, scored with its history and published."""
    data = tmp_path_factory.mktemp("world")
    with world_of(data, history_days=8) as settings:
        write_sample(data, leads=300, until=DAY)
        ingest(settings)
        score(settings)
        publish(settings)
        yield settings
