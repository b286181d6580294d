"""Write a candidate build: all that is published of a day, which nobody reads yet."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Sequence
from dataclasses import astuple
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb

from leadscore import extracts, warehouse
from leadscore.checks import Check, insert_sql
from leadscore.descriptions import as_keys, as_parquet, comment_on, comments_of
from leadscore.errors import LeadscoreError
from leadscore.experiments import find_experiments
from leadscore.judging import probability_shown
from leadscore.loading.row_sql import literal, one_number
from leadscore.models import (
    LEAD_SCORE_HISTORY,
    Description,
    described,
    mart_of,
    name_of,
)
from leadscore.publish import (
    AS_CSV,
    CONTACTS,
    CONTACTS_PARQUET,
    CONTACTS_TABLE,
    CRM_IMPORT,
    DATABASE,
    JUDGED_PAGE,
    PARQUET,
    candidate_path,
    read_build,
    remove_leftovers,
    write_publication,
)
from leadscore.settings import Settings

logger = logging.getLogger(__name__)

CHECKS = "checks"  # the table that the audit adds to

# Days of history in the published tables; older ones are Parquet only.
HISTORY = name_of(LEAD_SCORE_HISTORY)
HISTORY_DAYS = 90

EVENTS = "lead_score_events"

# The order of rows in the files, so that the same build gives the same files.
ORDER = {
    "lead_scores": "lead_id",
    "lead_scores_all": "lead_id, ruleset",
    "lead_score_probabilities": "lead_id, ruleset, target",
    "lead_score_factors": "lead_id, ruleset, dimension, rule_group, rule_id, points",
    "lead_score_changes": (
        "as_of_date, lead_id, ruleset, dimension, rule_group, rule_id, cause"
    ),
    EVENTS: "event_date, lead_id, alert, direction",
    HISTORY: "as_of_date, lead_id, ruleset",
    "lead_contacts": "lead_id",
    "account_scores": "account_id",
    "account_score_factors": "account_id, rule_id",
    "lead_feedback": "lead_id, given_by",
    "lead_next_steps": "lead_id, step",
    "lead_assignments": "lead_id",
}

CRM_COLUMNS = (
    "record_id",
    "lead_id",
    "score",
    "grade",
    "stage",
    "priority",
    "queue",
    "top_reasons",
    "as_of_date",
    "total_points",
    "engagement_level",
    "segment",
    "action",
    "due_at",
    # Whom the lead is for: routing keeps to the owner in the CRM, where there is one.
    "coalesce(assignments.owner_id, lead_scores.owner_id) as owner",
)


def write_candidate(settings: Settings, as_of: date, build_id: str) -> Path:
    """Copy the warehouse's marts into a candidate build that nobody reads yet.

    What a failed run left behind is removed first.

    Raises:
        LeadscoreError: If the marts are not built.
    """
    remove_leftovers(settings.published)
    candidate = candidate_path(settings, build_id)
    candidate.parent.mkdir(parents=True, exist_ok=True)
    candidate.mkdir(mode=0o700)  # until it is sealed
    for folder in (PARQUET, CONTACTS_PARQUET):
        (candidate / folder).mkdir()
    with warehouse.connect(settings) as connection:
        tables = _marts(connection)
        if "lead_scores" not in tables:
            raise LeadscoreError(
                f"{settings.warehouse} has no table marts.lead_scores: run the marts "
                "step first."
            )
        for file, name in ((DATABASE, "candidate"), (CONTACTS, "contacts")):
            connection.execute(f"attach {literal(str(candidate / file))} as {name}")
        row_counts = {
            table: _copy(connection, table, as_of, candidate) for table in tables
        }
        _write_crm_import(connection, candidate / CRM_IMPORT)
        publication = {
            "build_id": build_id,
            "as_of_date": as_of.isoformat(),
            "published_at": None,
            "row_counts": row_counts,
            "checks": None,
            "data_as_of": _data_as_of(connection, settings, as_of),
            "fingerprints": {"rulesets": _rulesets(connection, tables)},
            "ruleset_because": _because(connection),
            "experiment": _experiment(connection),
            "probabilities": probability_shown.told(connection),
        }
        for name in ("candidate", "contacts"):
            connection.execute(f"detach {name}")
    if (judged := settings.data / JUDGED_PAGE).exists():
        shutil.copyfile(judged, candidate / JUDGED_PAGE)
    write_publication(candidate, publication)
    return candidate


def add_checks(candidate: Path, checks: Sequence[Check]) -> None:
    """Add what the audit found to a candidate, which is copied before it is judged."""
    parquet = candidate / PARQUET / f"{CHECKS}.parquet"
    with duckdb.connect(str(candidate / DATABASE)) as connection:
        connection.executemany(insert_sql(CHECKS), [astuple(check) for check in checks])
        database = connection.execute("select current_database()").fetchall()[0][0]
        description = comments_of(connection, database)[CHECKS]
        _to_parquet(connection, f"from {CHECKS} order by all", parquet, description)
        counted = one_number(connection.execute(f"select count(*) from {CHECKS}"))
    publication = read_build(candidate)
    publication["row_counts"][CHECKS] = counted
    write_publication(candidate, publication)


def _marts(connection: duckdb.DuckDBPyConnection) -> list[str]:
    found = connection.execute(
        "select table_name from information_schema.tables "
        "where table_schema = 'marts' and table_catalog = current_database() "
        "order by table_name"
    ).fetchall()
    marts = [name for (name,) in found]
    for name in marts:
        if mart_of(name) is None:
            logger.warning("marts.%s is no model's: it is not published", name)
    return [name for name in marts if mart_of(name)]


def _copy(
    connection: duckdb.DuckDBPyConnection, table: str, as_of: date, candidate: Path
) -> int:
    """Copy a mart into the candidate's database and Parquet; return its rows."""
    copy, parquet = f"candidate.main.{table}", candidate / PARQUET
    if table == CONTACTS_TABLE:
        copy, parquet = f"contacts.main.{table}", candidate / CONTACTS_PARQUET
    description = _description_of(connection, table)
    order = ORDER.get(table, "all")
    condition = "true"
    if table == EVENTS:  # a past day that is scored again knows of no later crossing
        condition = f"event_date <= date '{as_of}'"
    if table == HISTORY:
        newest_left_out = as_of - timedelta(days=HISTORY_DAYS)
        condition = f"as_of_date > date '{newest_left_out}'"
        older = f"from marts.{table} where not ({condition})"
        if connection.execute(f"select 1 {older} limit 1").fetchone():
            _to_parquet(
                connection,
                f"select * {older} order by {order}",
                parquet / f"{table}_older.parquet",
                description,
            )
    connection.execute(
        f"create table {copy} as "
        f"select * from marts.{table} where {condition} order by {order}"
    )
    comment_on(connection, copy, description)
    file = parquet / f"{table}.parquet"
    _to_parquet(connection, f"from {copy}", file, description)
    return one_number(connection.execute(f"select count(*) from {copy}"))


def _description_of(connection: duckdb.DuckDBPyConnection, table: str) -> Description:
    """Return what a mart's columns mean, each one that it has.

    Raises:
        LeadscoreError: If the model does not say so of a column.
    """
    told = described(mart_of(table) or table)
    columns = warehouse.fetch_column(connection, f"describe marts.{table}")
    if unknown := [column for column in columns if not told.columns.get(column)]:
        raise LeadscoreError(
            f"{table}.yml describes no column {', '.join(unknown)}, which marts.{table}"
            f" has: say there what it means, or run the marts step again."
        )
    return Description(told.table, {name: told.columns[name] for name in columns})


def _to_parquet(
    connection: duckdb.DuckDBPyConnection,
    query: str,
    path: Path,
    description: Description,
) -> None:
    options = as_parquet(as_keys(description))
    connection.execute(f"copy ({query}) to {literal(str(path))} ({options})")


def _write_crm_import(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Write what a CRM can take back: the lead's score for each record it delivered."""
    connection.execute(
        f"""
        copy (
            select {", ".join(CRM_COLUMNS)} from candidate.main.lead_scores
            inner join (
                select lead_id, identifier as record_id
                from candidate.main.lead_identities
                where identifier_type = 'crm' and until is null
            ) using (lead_id)
            left join (
                select lead_id, owner_id from candidate.main.lead_assignments
            ) as assignments using (lead_id)
            where record_id in (select lead_id from raw.crm_leads)
            order by record_id
        ) to {literal(str(path))} ({AS_CSV})
        """
    )


def _data_as_of(
    connection: duckdb.DuckDBPyConnection, settings: Settings, as_of: date
) -> dict[str, dict[str, Any]]:
    """Return each source's newest accepted delivery day and whether it is stale."""
    newest = dict(
        connection.execute(
            "select source, max(extract_date) from raw.batches "
            "where status = 'accepted' and extract_date <= ? group by source",
            [as_of],
        ).fetchall()
    )
    return {
        source: {
            "extract_date": newest[source].isoformat() if source in newest else None,
            "is_stale": newest.get(source) != as_of
            and not extracts.is_complete(settings, source, as_of),
        }
        for source in settings.sources_in_use
    }


def _rulesets(
    connection: duckdb.DuckDBPyConnection, tables: list[str]
) -> dict[str, str]:
    found: dict[str, str] = {}
    for table in ("lead_scores", "lead_scores_all"):
        if table in tables:
            found |= dict(
                connection.execute(
                    f"select distinct ruleset, ruleset_fingerprint from marts.{table}"
                ).fetchall()
            )
    return dict(sorted(found.items()))


def _because(connection: duckdb.DuckDBPyConnection) -> str | None:
    """Return why lead_scores shows the ruleset that it shows."""
    row = connection.execute("select because from raw.run").fetchone()
    return row[0] if row else None


def _experiment(connection: duckdb.DuckDBPyConnection) -> dict[str, Any] | None:
    """Return the experiment by whose arms lead_scores shows the leads, if any."""
    on = warehouse.fetch_column(connection, "select experiment from raw.run")
    shown = warehouse.fetch_column(
        connection, "select distinct ruleset from marts.lead_scores"
    )
    for experiment in find_experiments(connection):
        # Another champion, put into rulesets.csv since, is shown alone.
        if experiment.name in on and experiment.champion in shown:
            return {
                "experiment": experiment.name,
                "champion": experiment.champion,
                "challenger": experiment.challenger,
                "share": experiment.share,
                "until": experiment.until_date.isoformat(),
            }
    return None
