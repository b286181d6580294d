"""Scores today's leads under draft rules, in a copy that is thrown away afterwards."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb

from leadscore.dbt_runner import copy_seed
from leadscore.elsewhere import Elsewhere, refusing_older, scratch_beside
from leadscore.errors import LeadscoreError
from leadscore.loading.row_sql import escaped, literal
from leadscore.models import (
    LEAD_MEMBERS,
    LEAD_SCORE_FACTORS,
    LEAD_SCORES_ALL,
    LEADS,
    name_of,
    reads,
)
from leadscore.publish import read_publication
from leadscore.rules.check import require_valid, rules_folder
from leadscore.rules.schema import columns_of
from leadscore.runs import Run
from leadscore.settings import Settings


@contextmanager
def score_draft(
    settings: Settings, lead_id: str | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Score the newest scored day under the rules of the settings; yield the marts.

    What scoring reads is copied into a scratch warehouse, and the models that depend on
    a rule are built there over the draft's rule files: nothing in the world is changed.

    Args:
        settings: The world, with the draft in its `config`.
        lead_id: Score this lead and the other leads of its account, on whom account
            signals depend; None: every lead.

    Raises:
        LeadscoreError: If the rules have mistakes, nothing has been scored yet, or by
            an older version, or another day than what is published.
    """
    require_valid(settings)
    if not settings.warehouse.exists():
        raise LeadscoreError(NOT_SCORED.format(data=settings.data))
    with (
        tempfile.TemporaryDirectory(prefix="leadscore-") as folder,
        scratch_beside(settings, Path(folder)) as connection,
    ):
        run = _last_run(connection, settings)
        _require_published(settings, run.as_of_date)
        rules = Path(folder, "rules")
        rules.mkdir()
        for path in rules_folder(settings).glob("*.csv"):
            copy_seed(path, rules / path.name)
        with refusing_older(settings):
            given = _Given(connection, rules, run.as_of_date, lead_id)
            draft = Elsewhere(connection, given.of, vars(run))
            for table in (LEAD_SCORES_ALL, LEAD_SCORE_FACTORS):
                draft.build(name_of(table))
        connection.execute("detach world")
        connection.execute("use marts")
        yield connection


NOT_SCORED = "Nothing has been scored in {data} yet: run `make score` first."


def _last_run(connection: duckdb.DuckDBPyConnection, settings: Settings) -> Run:
    """Return the world's run, as if it had scored its newest scored day alone."""
    try:
        row = connection.execute("from world.raw.run").fetchone()
        days = f"select max(as_of_date) from world.{LEAD_SCORES_ALL}"
        (day,) = connection.execute(days).fetchone() or (None,)
    except duckdb.CatalogException:
        row = day = None
    if row is None or day is None:
        raise LeadscoreError(NOT_SCORED.format(data=settings.data))
    return replace(Run(*row), from_date=day, as_of_date=day, compared_date=day)


def _require_published(settings: Settings, scored: date) -> None:
    """Refuse a day that is not published: what is published is compared with it."""
    publication = read_publication(settings)
    if publication and publication["as_of_date"] != scored.isoformat():
        raise LeadscoreError(
            f"{publication['as_of_date']} is published, but {scored} was scored last: "
            f"run `make score` first, or two days would be compared."
        )


class _Given:
    """What stands for the tables that scoring reads when a draft is scored."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        rules: Path,
        day: date,
        lead_id: str | None,
    ) -> None:
        """Take the folder of rule files, and whom to score on which day."""
        self.rules = rules
        self.day = day
        self.one_lead = lead_id is not None
        self.columns = _columns(connection)
        if self.one_lead:
            connection.execute(CHOSEN, {"day": day, "lead_id": lead_id})

    def of(self, table: str) -> str | None:
        """Return the query of a table that no rule changes, or of a rule file."""
        if table.startswith("rules."):
            return rule_rows(self.rules, name_of(table))
        if table not in self.columns or reads(name_of(table), "rules"):
            return None
        columns = self.columns[table]
        conditions, kept = ["true"], "*"
        if {"valid_from", "valid_to"} <= columns:
            # As if the run had scored this day alone.
            conditions.append(f"valid_to >= date '{self.day}'")
            kept = f"* replace (greatest(valid_from, date '{self.day}') as valid_from)"
        if "as_of_date" in columns:
            conditions.append(f"as_of_date = date '{self.day}'")
        if self.one_lead and "lead_id" in columns:
            conditions.append("lead_id in (select identifier from chosen)")
        elif self.one_lead and "identifier" in columns:
            conditions.append("(identifier_type, identifier) in (from chosen)")
        return f"select {kept} from world.{table} where {' and '.join(conditions)}"


def rule_rows(rules: Path, name: str) -> str:
    """Return the query of a rule file's rows, with the types that the seed has.

    Args:
        rules: A folder of rule files as `copy_seed` writes them.
        name: The seed's name; a file that is not there has no rows.
    """
    types = columns_of()[name]
    typed = ", ".join(f"null::{kind} as {name}" for name, kind in types.items())
    rows = f"select {typed} where false"
    path = rules / f"{name}.csv"
    if path.exists():
        rows += (
            f" union all by name from read_csv({literal(escaped(path))}, "
            f"header = true, types = {types}, delim = ',', quote = '\"', "
            f"escape = '\"')"
        )
    return rows


# The lead and its account's leads, and what they are known by.
CHOSEN = f"""
    create temp table chosen as
    with leads as (
        select lead_id, account_id from world.{LEADS}
        where valid_to >= $day
    ),
    people as (
        select distinct leads.lead_id
        from leads
        left join leads as one
            on one.lead_id = $lead_id and leads.account_id = one.account_id
        where leads.lead_id = $lead_id or one.lead_id is not null
    )
    select 'crm' as identifier_type, lead_id as identifier from people
    union
    select identifier_type, identifier
    from world.{LEAD_MEMBERS}
    where valid_to >= $day and lead_id in (select lead_id from people)
"""


def _columns(connection: duckdb.DuckDBPyConnection) -> dict[str, set[str]]:
    """Return the columns of the world's tables; views are built anew."""
    rows = connection.execute(
        "select schema_name || '.' || table_name, list(column_name) "
        "from duckdb_columns() "
        "inner join duckdb_tables() using (database_name, schema_name, table_name) "
        "where database_name = 'world' group by all"
    ).fetchall()
    return {table: set(columns) for table, columns in rows}
