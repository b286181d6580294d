"""Scores today's leads under draft rules, in a copy that is thrown away afterwards."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import duckdb

from leadscore.errors import LeadscoreError
from leadscore.loading.row_sql import literal
from leadscore.rules.check import require_valid, rules_folder
from leadscore.rules.schema import columns_of
from leadscore.settings import Settings
from leadscore.warehouse import connect


@dataclass(frozen=True)
class Scoring:
    """How the last run scored, as dbt left it.

    Attributes:
        inputs: Schema and name of the tables that scoring reads and no rule changes.
        models: Schema, name and SQL of what depends on a rule file, in order.
    """

    inputs: list[tuple[str, str]]
    models: list[tuple[str, str, str]]


@contextmanager
def score_draft(
    settings: Settings, lead_id: str | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Score the newest scored day under the rules of the settings; yield the marts.

    What scoring reads is copied into a scratch warehouse, and the SQL that dbt compiled
    for the last run is run there over the draft's rule files: nothing in the world is
    changed, and there is no second implementation of scoring.

    Args:
        settings: The world, with the draft in its `config`.
        lead_id: Score this lead and the other leads of its account, on whom account
            signals depend; None: every lead.

    Raises:
        LeadscoreError: If the rules have mistakes, or nothing has been scored yet.
    """
    require_valid(settings)
    scoring = _last_scoring(settings)
    with tempfile.TemporaryDirectory(prefix="leadscore-") as folder:
        scratch = settings.model_copy(update={"data": Path(folder)})
        with connect(scratch) as connection:
            _copy_inputs(connection, settings, scoring.inputs, lead_id)
            _load_rules(connection, rules_folder(settings))
            for schema, name, sql in scoring.models:
                connection.execute(f"create schema if not exists {schema}")
                connection.execute(f"create table {schema}.{name} as {sql}")
            connection.execute("use marts")
            yield connection


def _last_scoring(settings: Settings) -> Scoring:
    """Read what dbt left of the last run."""
    target = settings.data / "dbt"
    if not (target / "manifest.json").exists():
        raise LeadscoreError(
            f"Nothing has been scored in {settings.data} yet: run `make score` first."
        )
    graph = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    nodes = graph["nodes"]
    below = {
        key for key, node in nodes.items() if node["config"].get("schema") == "rules"
    }
    waiting = list(below)
    while waiting:
        children = {key for key in graph["child_map"][waiting.pop()] if key in nodes}
        waiting += children - below
        below |= children
    parents = {
        key: graph["parent_map"][key]
        for key in below
        if nodes[key]["resource_type"] == "model"
    }
    inputs = {parent for found in parents.values() for parent in found} - below
    order = [key for key in TopologicalSorter(parents).static_order() if key in parents]
    return Scoring(
        inputs=sorted((nodes[key]["schema"], nodes[key]["name"]) for key in inputs),
        models=[_compiled(target, nodes[key]) for key in order],
    )


def _compiled(target: Path, node: dict[str, Any]) -> tuple[str, str, str]:
    path = target / "compiled" / node["package_name"] / node["original_file_path"]
    if not path.exists():
        raise LeadscoreError(
            f"{path} is missing: the last run did not score. Run `make score` first."
        )
    return node["schema"], node["name"], path.read_text(encoding="utf-8")


def _load_rules(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Create the tables of the rule files, with the types that the seeds have."""
    connection.execute("create schema rules")
    for name, known in columns_of().items():
        types = {column.name: column.sql_type for column in known.values()}
        columns = ", ".join(f"{column} {kind}" for column, kind in types.items())
        connection.execute(f"create table rules.{name} ({columns})")
        path = folder / f"{name}.csv"
        if path.exists():
            connection.execute(
                f"insert into rules.{name} by name from read_csv(?, header = true, "
                f"types = ?, delim = ',', quote = '\"', escape = '\"')",
                [str(path), types],
            )


def _copy_inputs(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    inputs: list[tuple[str, str]],
    lead_id: str | None,
) -> None:
    """Copy what holds on the day that was scored last into the scratch warehouse."""
    path = literal(str(settings.warehouse))
    connection.execute(f"attach {path} as world (read_only)")
    day = _last_day(connection)
    chosen = "true" if lead_id is None else _create_chosen(connection, day, lead_id)
    for schema, table in inputs:
        columns = _columns(connection, schema, table)
        conditions = ["true"]
        kept = "*"
        if {"valid_from", "valid_to"} <= columns:
            # As if the run had scored this day alone.
            conditions.append(f"valid_to >= date '{day}'")
            kept = f"* replace (greatest(valid_from, date '{day}') as valid_from)"
        if "as_of_date" in columns:
            conditions.append(f"as_of_date = date '{day}'")
        if lead_id is not None and "lead_id" in columns:
            conditions.append("lead_id in (select identifier from chosen)")
        elif lead_id is not None and "identifier" in columns:
            conditions.append(chosen)
        connection.execute(f"create schema if not exists {schema}")
        connection.execute(
            f"create table {schema}.{table} as select {kept} "
            f"from world.{schema}.{table} where {' and '.join(conditions)}"
        )
    connection.execute("detach world")


def _create_chosen(
    connection: duckdb.DuckDBPyConnection, day: date, lead_id: str
) -> str:
    """List what the lead and its account's leads are known by; return the condition."""
    connection.execute(
        """
        create temp table chosen as
        with leads as (
            select lead_id, account_id from world.intermediate.int_leads
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
        from world.intermediate.int_lead_members
        where valid_to >= $day and lead_id in (select lead_id from people)
        """,
        {"day": day, "lead_id": lead_id},
    )
    return "(identifier_type, identifier) in (from chosen)"


def _last_day(connection: duckdb.DuckDBPyConnection) -> date:
    query = "select max(as_of_date) from world.marts.lead_scores_all"
    row = connection.execute(query).fetchone()
    if row is None or row[0] is None:
        raise LeadscoreError("No lead has been scored yet: run `make score` first.")
    day: date = row[0]
    return day


def _columns(
    connection: duckdb.DuckDBPyConnection, schema: str, table: str
) -> set[str]:
    rows = connection.execute(
        "select column_name from duckdb_columns() where database_name = 'world' "
        "and schema_name = ? and table_name = ?",
        [schema, table],
    ).fetchall()
    return {row[0] for row in rows}
