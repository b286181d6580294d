"""Scores today's leads under draft rules, in a copy that is thrown away afterwards."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb

from leadscore import transform
from leadscore.errors import LeadscoreError
from leadscore.rules.check import require_valid
from leadscore.settings import Settings
from leadscore.warehouse import connect

# The rule files and every model that depends on one.
RULES_AND_BELOW = "config.schema:rules+"


@contextmanager
def score_draft(
    settings: Settings, lead_id: str | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Score the newest scored day under the rules of the settings; yield the marts.

    What scoring reads is copied into a scratch warehouse, where the same models score
    it: nothing in the world is changed.

    Args:
        settings: The world, with the draft in its `config`.
        lead_id: Score this lead and the other leads of its account, on whom account
            signals depend; None: every lead.

    Raises:
        LeadscoreError: If the rules have mistakes, or nothing has been scored yet.
    """
    manifest = settings.data / "dbt" / "manifest.json"
    if not manifest.exists():
        raise LeadscoreError(
            f"Nothing has been scored in {settings.data} yet: run `make score` first."
        )
    current = transform.current_run(settings)
    run = replace(current, from_date=current.as_of_date, build_id="draft")
    with tempfile.TemporaryDirectory(prefix="leadscore-") as folder:
        scratch = settings.model_copy(update={"data": Path(folder)})
        seeds = transform._lay_out_seeds(scratch)
        require_valid(settings, seeds)
        with connect(scratch) as connection:
            _copy_inputs(connection, settings, manifest, run.as_of_date, lead_id)
        build = ["--quiet", "build", "--select", RULES_AND_BELOW]
        without = ["--exclude-resource-type", "test", "unit_test"]
        transform._dbt(scratch, seeds, run, [*build, *without])
        with connect(scratch) as connection:
            connection.execute("use marts")
            yield connection


def _copy_inputs(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    manifest: Path,
    day: date,
    lead_id: str | None,
) -> None:
    """Copy what holds on the day into the scratch warehouse."""
    connection.execute(f"attach '{settings.warehouse}' as world (read_only)")
    chosen = "true" if lead_id is None else _create_chosen(connection, day, lead_id)
    for schema, table in _inputs(manifest):
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


def _inputs(manifest: Path) -> list[tuple[str, str]]:
    """Return schema and name of the tables that scoring reads and no rule changes."""
    graph = json.loads(manifest.read_text(encoding="utf-8"))
    nodes = graph["nodes"]
    rules = {key for key, node in nodes.items() if node["config"].get("schema") == "rules"}
    changed = set(rules)
    waiting = list(rules)
    while waiting:
        children = {key for key in graph["child_map"][waiting.pop()] if key in nodes}
        waiting += children - changed
        changed |= children
    models = {key for key in changed if nodes[key]["resource_type"] == "model"}
    parents = {parent for key in models for parent in graph["parent_map"][key]}
    return sorted(
        (nodes[key]["schema"], nodes[key]["name"]) for key in parents - changed
    )


def _columns(
    connection: duckdb.DuckDBPyConnection, schema: str, table: str
) -> set[str]:
    rows = connection.execute(
        "select column_name from duckdb_columns() where database_name = 'world' "
        "and schema_name = ? and table_name = ?",
        [schema, table],
    ).fetchall()
    return {row[0] for row in rows}
