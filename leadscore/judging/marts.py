"""The marts of judged leads: built by dbt, judged by Great Expectations."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from leadscore.checks import where_shown
from leadscore.dbt_runner import hash_of, hash_of_files, lay_out_seeds, run_dbt
from leadscore.errors import LeadscoreError
from leadscore.loading.row_sql import literal
from leadscore.settings import DBT_PROJECT, Settings
from leadscore.warehouse import JUDGED, connect, create_judged, fetch_column

logger = logging.getLogger(__name__)

FOLDERS = ("judging", "marts/judging")
MODELS = tuple(f"path:models/{folder}" for folder in FOLDERS)


def build(settings: Settings, judged: Path) -> None:
    """Take the judged leads of a file into the warehouse, and build the marts of them.

    Raises:
        LeadscoreError: If dbt or Great Expectations find something wrong with them;
            those before are there again.
    """
    with tempfile.TemporaryDirectory(prefix="leadscore-") as folder:
        before = Path(folder, "before.duckdb")
        with connect(settings) as connection:
            _save(connection, before)
            _replace(connection, judged)
        try:
            _run(settings)
            _audit(settings)
        except LeadscoreError:
            with connect(settings) as connection:
                _replace(connection, before)
                forget_built(connection)
            _run(settings)
            with connect(settings) as connection:
                note_built(connection)
            raise
    with connect(settings) as connection:
        note_built(connection)


def renew(settings: Settings) -> None:
    """Build the marts anew if they are not as the models and targets of today have it.

    A publication does not wait for them: what does not pass is left out, and logged.
    """
    with connect(settings) as connection:
        there = fetch_column(connection, "select models from judged.marts_built")
        if there == [_fingerprint(connection)]:
            return
        (is_empty,) = fetch_column(
            connection, "select count(*) = 0 from judged.cut_offs"
        )
    try:
        _run(settings)
        if not is_empty:
            _audit(settings)
    except LeadscoreError as error:
        if is_empty:
            raise
        logger.warning("What was judged is left out: %s", error)
        with connect(settings) as connection:
            for table in JUDGED:
                connection.execute(f"delete from judged.{table}")
        _run(settings)
    with connect(settings) as connection:
        note_built(connection)


def forget_built(connection: duckdb.DuckDBPyConnection) -> None:
    """Note that the marts must be built."""
    connection.execute("delete from judged.marts_built")


def note_built(connection: duckdb.DuckDBPyConnection) -> None:
    """Note that the marts are as the models and targets of today have it."""
    forget_built(connection)
    connection.execute(
        "insert into judged.marts_built values (?)", [_fingerprint(connection)]
    )


def _fingerprint(connection: duckdb.DuckDBPyConnection) -> str:
    models = (DBT_PROJECT / "models" / folder for folder in FOLDERS)
    targets = connection.execute("from mappings.targets order by all").fetchall()
    return hash_of(hash_of_files(*models, DBT_PROJECT / "macros"), targets)


def _run(settings: Settings) -> None:
    select = ["--select", *MODELS, "--exclude", "resource_type:unit_test"]
    run_dbt(settings, lay_out_seeds(settings), ["build", *select], silently=True)


def _audit(settings: Settings) -> None:
    from leadscore.validate import audit_judged

    verdict = audit_judged(settings)
    if not verdict.success:
        reason = "\n".join(f"- {failure}" for failure in verdict.failures)
        raise LeadscoreError(
            f"What was judged did not pass the audit; that of before stays:\n{reason}\n"
            f"{where_shown(settings)}"
        )


def _save(connection: duckdb.DuckDBPyConnection, file: Path) -> None:
    """Copy the tables of the schema judged into a file that is not there yet."""
    with _attached(connection, file):
        create_judged(connection, "other.main")
        for table, columns in JUDGED.items():
            connection.execute(  # an older warehouse may have more of them
                f"insert into other.main.{table} by name "
                f"select {', '.join(columns)} from judged.{table}"
            )


def _replace(connection: duckdb.DuckDBPyConnection, file: Path) -> None:
    """Replace the tables of the schema judged by those of a file."""
    with _attached(connection, file):
        connection.begin()
        for table in JUDGED:
            connection.execute(f"delete from judged.{table}")
            connection.execute(
                f"insert into judged.{table} by name from other.main.{table}"
            )
        connection.commit()


@contextmanager
def _attached(connection: duckdb.DuckDBPyConnection, file: Path) -> Iterator[None]:
    connection.execute(f"attach {literal(str(file))} as other")
    yield
    connection.execute("detach other")
