"""Options and folders that several test modules share."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--cases", type=int, default=40, help="Generated leads to score.")
    parser.addoption("--case-seed", type=int, default=20261120, help="Which ones.")


@pytest.fixture(scope="session")
def scoring_folder(tmp_path_factory: pytest.TempPathFactory):
    """A folder for run_scoring: dbt parses the project once in it."""
    return tmp_path_factory.mktemp("scoring")
