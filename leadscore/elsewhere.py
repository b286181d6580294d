"""Builds models elsewhere: over copies in a scratch warehouse, as they are asked for.

The SQL is the models' own, so there is no second implementation of anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from leadscore import models
from leadscore.errors import LeadscoreError
from leadscore.loading.row_sql import literal
from leadscore.settings import Settings
from leadscore.warehouse import connect

# Of the leads in the table `concerned`: all that they were ever known by.
THEIR_IDENTIFIERS = f"""
    create temp table their_identifiers as
    select distinct identifier_type, identifier from world.{models.LEAD_MEMBERS}
    where lead_id in (from concerned)
"""
# What scoring reads of them, where it does not read it as it is.
OF_CONCERNED = {
    models.LEAD_MEMBERS: "lead_id in (from concerned)",
    models.LEAD_VERSIONS: "lead_id in (select identifier from their_identifiers)",
    models.ACCOUNT_VERSIONS: "true",
    models.OPPORTUNITY_LEADS: "true",
    models.OPPORTUNITY_STATES: "true",
    models.ACTIVITY_DAYS: "(identifier_type, identifier) in (from their_identifiers)",
}


def given_of_concerned(table: str) -> str | None:
    """Return what stands for a table when the leads in `concerned` are scored."""
    if table.startswith(("rules.", "mappings.")) or table == models.STATUSES:
        return f"from world.{table}"
    if table in OF_CONCERNED:
        return f"from world.{table} where {OF_CONCERNED[table]}"
    return None


@contextmanager
def scratch_beside(
    settings: Settings, folder: Path
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a new warehouse in a folder, with that of a world attached as `world`."""
    scratch = settings.model_copy(update={"data": folder})
    with connect(scratch) as connection:
        connection.execute("set preserve_insertion_order = false")
        world = literal(str(settings.warehouse))
        connection.execute(f"attach {world} as world (read_only)")
        yield connection


@contextmanager
def refusing_older(settings: Settings) -> Iterator[None]:
    """Refuse a world whose tables lack what the models of today read.

    Raises:
        LeadscoreError: If a table or a column is missing.
    """
    try:
        yield
    except (duckdb.BinderException, duckdb.CatalogException) as error:
        raise LeadscoreError(
            f"{settings.warehouse} was scored by an older version of leadscore, or "
            f"not to the end: run `make score` first."
        ) from error


class Elsewhere:
    """The models of the dbt project over the tables of a connection.

    `given` says what stands there for a model or seed: a query, which may name others;
    None for a model that is to be built.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        given: Callable[[str], str | None],
        run: models.Run = None,
    ) -> None:
        """Take what models ask of the run, if any does."""
        self.connection = connection
        self.given = given
        self.run = run
        self._there: set[str] = set()

    def build(self, name: str) -> str:
        """Return the table of a model or seed, built with what it reads if need be."""
        table = models.table_of(name)
        if table not in self._there:
            given = self.given(table)
            if given == f"from world.{table}":
                kind, sql = "view", given  # as it is there, and not copied
            elif given is not None:
                kind, sql = "table", self.compiled(given)
            else:
                kind = "view" if models.is_view(name) else "table"
                sql = models.sql_of(name, self.build, self.run)
            schema = table.partition(".")[0]
            self.connection.execute(f"create schema if not exists {schema}")
            self.connection.execute(f"create {kind} {table} as {sql}")
            self._there.add(table)
        return table

    def compiled(self, sql: str) -> str:
        """Return a query that names models, once these are there."""
        return models.compiled(sql, self.build, self.run)
