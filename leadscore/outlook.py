"""Until when today's qualified leads stay qualified if they do nothing more.

Decay and windows are known in advance, so the same models that score the past score
the days to come, for the few leads concerned, in a scratch warehouse.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from leadscore.loading.row_sql import literal
from leadscore.settings import Settings
from leadscore.warehouse import connect

if TYPE_CHECKING:
    from leadscore.transform import Run

MODELS = ("path:models/intermediate/signals", "path:models/scoring")
CHANGES = "path:models/scoring/changes"  # what the days to come are not asked for

# What the models read, with what holds on the scored day made to hold for ever.
INPUTS = {
    "int_lead_members": "lead_id in (from concerned)",
    "int_crm_lead_versions": "lead_id in (select identifier from their_identifiers)",
    "int_crm_account_versions": "true",
    "int_opportunity_states": "true",
}
CONCERNED = """
    create temp table concerned as
    with leads as (
        select lead_id, account_id from world.intermediate.int_leads
        where valid_to = $day
    ),
    qualified as (
        select distinct leads.lead_id, leads.account_id
        from leads inner join world.scoring.lead_results as results using (lead_id)
        where results.valid_to = $day and results.is_mql
    )
    select lead_id from qualified
    union
    -- Their colleagues count in engaged_decision_makers.
    select leads.lead_id from leads inner join qualified using (account_id)
"""
UNTIL = """
    insert into raw.outlook
    select today.lead_id, today.ruleset, min(ahead.valid_from) - 1
    from scoring.lead_results as today
    inner join ahead.scoring.lead_results as ahead using (lead_id, ruleset)
    where today.valid_to = $day and today.is_mql and not ahead.is_mql
    group by today.lead_id, today.ruleset
"""


def look_ahead(
    settings: Settings, run: Run, build: Callable[[Settings, Run, list[str]], object]
) -> None:
    """Fill raw.outlook with the last day on which each qualified lead still is one.

    Args:
        settings: The world; `outlook_days` is how far to look, 0 not at all.
        run: The run whose scores are there.
        build: Runs a dbt command in a world for the days of a run.
    """
    day = {"day": run.as_of_date}
    with connect(settings) as connection:
        connection.execute("delete from raw.outlook")
    if not settings.outlook_days:
        return
    with tempfile.TemporaryDirectory(dir=settings.data, prefix=".outlook_") as folder:
        scratch = settings.model_copy(update={"data": Path(folder)})
        with connect(scratch) as connection:
            world = literal(str(settings.warehouse))
            connection.execute(f"attach {world} as world (read_only)")
            connection.execute(CONCERNED, day)
            _copy_inputs(connection, run)
        ahead = replace(
            run,
            from_date=run.as_of_date + timedelta(days=1),
            as_of_date=run.as_of_date + timedelta(days=settings.outlook_days),
        )
        build(scratch, ahead, ["run", "--select", *MODELS, "--exclude", CHANGES])
        with connect(settings) as connection:
            foreseen = literal(str(scratch.warehouse))
            connection.execute(f"attach {foreseen} as ahead (read_only)")
            connection.execute(UNTIL, day)
            connection.execute("detach ahead")


def _copy_inputs(connection: duckdb.DuckDBPyConnection, run: Run) -> None:
    connection.execute(
        "create temp table their_identifiers as "
        "select identifier_type, identifier from world.intermediate.int_lead_members "
        "where lead_id in (from concerned) and ? between valid_from and valid_to",
        [run.as_of_date],
    )
    for schema in ("rules", "mappings", "intermediate"):
        connection.execute(f"create schema {schema}")
    seeds = connection.execute(
        "select schema_name, table_name from duckdb_tables() where "
        "database_name = 'world' and schema_name in ('rules', 'mappings')"
    ).fetchall()
    for schema, table in seeds:
        name = f"{schema}.{table}"
        connection.execute(f"create table {name} as from world.{name}")
    for table, condition in INPUTS.items():
        connection.execute(
            f"create table intermediate.{table} as "
            f"select * replace (date '9999-12-31' as valid_to) "
            f"from world.intermediate.{table} "
            f"where {condition} and ? between valid_from and valid_to",
            [run.as_of_date],
        )
    connection.execute(
        "create table intermediate.int_activity_days as "
        "select days.* from world.intermediate.int_activity_days as days "
        "inner join their_identifiers using (identifier_type, identifier) "
        "where days.activity_date <= ?",
        [run.as_of_date],
    )
    connection.execute("detach world")
