"""The pipeline's private DuckDB file: how it is opened and its raw tables."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import duckdb

from leadscore.canonical import LINEAGE, TABLES
from leadscore.errors import LeadscoreError, NotYetError, counted
from leadscore.settings import Settings

# status: pending (loaded, not judged), accepted, refused, superseded.
BATCH_COLUMNS = {
    "batch_id": "varchar",
    "source": "varchar",
    "table_name": "varchar",
    "map_name": "varchar",  # the source map that read the file
    "delivery": "varchar",  # snapshot or changes
    "file": "varchar",  # <source>/<day>/<name>, seen from the extracts folder
    "sha256": "varchar",
    "bytes": "bigint",
    "rows_read": "bigint",
    "rows_loaded": "bigint",
    "rows_rejected": "bigint",
    "extract_date": "date",
    "loaded_at": "timestamp",
    "status": "varchar",
    "reason": "varchar",  # why it was refused
    "pattern": "varchar",  # of the map's entry: an event id is one event's inside it
    "rows_repeated": "bigint default 0",  # events that had been delivered before
    "rows_left_out": "bigint default 0",  # not read: no `where` of the entry takes them
    "cause": "varchar",  # the reason without values of rows, which may be published
}

# Why rows of a batch did not enter raw, without their values.
REJECTION_COLUMNS = {
    "batch_id": "varchar",
    "column_name": "varchar",  # ours, or the file's if its cell is damaged; else null
    "reason": "varchar",
    "row_count": "bigint",
}

# Which columns source maps leave in `attributes`, and which of all are outcomes.
SOURCE_COLUMN_COLUMNS = {
    "source": "varchar",
    "map_name": "varchar",
    "table_name": "varchar",
    "column_name": "varchar",
    "is_outcome": "boolean",
    "is_kept": "boolean",  # in `attributes`, whatever it is called; else it is ours
}

# What Great Expectations said of a source's pending batches, each time.
VERDICT_COLUMNS = {
    "source": "varchar",
    "day": "date",
    "judged_at": "timestamp",
    "success": "boolean",
    "checked": "bigint",
    "failures": "varchar",
}

# Each expectation that was judged, without any row that breaks it.
CHECK_COLUMNS = {
    # A source, scores (a build) or judged (its marts).
    "source": "varchar",
    "day": "date",  # the newest delivery, the scored day, or when it was judged
    "judged_at": "timestamp",
    "table_name": "varchar",
    "position": "integer",  # in the table's suite
    "expectation": "varchar",  # its type, as Great Expectations calls it
    "column_name": "varchar",
    "sentence": "varchar",  # what should hold
    "success": "boolean",
    "found": "varchar",  # what broke it: counts, or names of columns
}

# When a task ran, for how long, and whether it did what it should.
TASK_RUN_COLUMNS = {
    "task": "varchar",  # <DAG>.<task>, as Airflow has it
    "day": "date",
    "started_at": "timestamp",
    "seconds": "double",
    "succeeded": "boolean",
}

# One row: the day being scored. Its batches are frozen with it, so that an ingestion
# that ends meanwhile belongs to the next run.
RUN_COLUMNS = {
    "as_of_date": "date",
    "from_date": "date",  # the first day scored in the same pass
    "build_id": "varchar",
    "scorecard": "varchar",
    "inputs": "varchar",  # fingerprint of batches, mappings and models
    "events_built": "boolean",  # whether events and identities are as these inputs say
    "time_zone": "varchar",  # the company's
    "seeds": "varchar",  # the folder of rules and mappings, seen from the dbt project
    "because": "varchar",  # why it is that scorecard
    "compared_date": "date",  # whose points those of as_of_date are compared with
    "experiment": "varchar",  # the id of the one that is on, or empty
}
RUN_BATCH_COLUMNS = {"batch_id": "varchar"}

# The last day on which a lead still qualifies if it does nothing more.
OUTLOOK_COLUMNS = {
    "lead_id": "varchar",
    "ruleset": "varchar",
    "qualifies_until": "date",
}

# To whom leads were given that have no owner in the CRM, as it was published first.
ASSIGNMENT_COLUMNS = {
    "lead_id": "varchar",  # by the id it had then
    "unit": "varchar",  # account or lead, and its id: given as a whole
    "team": "varchar",
    "owner_id": "varchar",
    "since": "date",
    "how": "varchar",  # dealt, company or company_in_crm
    "routing_position": "integer",
    "slot_date": "date",  # the working day whose capacity it takes, if dealt
    "slot": "integer",  # which of those dealt to the team for that day
    "slots": "integer",  # of so many that the team takes
}

# Who became champion of a scorecard, when, by whom and why, with the figures of the
# backtest; a promotion taken back has none. And experiments: begun, stopped, read.
RULESET_DECISION_COLUMNS = {
    "decided_at": "timestamp",
    "scorecard": "varchar",
    "decision": "varchar",  # promoted, demoted, or what was done with an experiment
    "ruleset": "varchar",  # the champion since, or the challenger
    "ruleset_before": "varchar",  # the champion until then
    "ruleset_fingerprint": "varchar",
    "ruleset_fingerprint_before": "varchar",
    "decided_by": "varchar",
    "because": "varchar",
    "verdict": "varchar",
    "target": "varchar",
    "horizon_days": "integer",
    "first_cut_off": "date",
    "last_cut_off": "date",
    "cut_offs": "integer",
    "lead_count": "bigint",  # each counted at every cut-off
    "success_count": "bigint",
    "people_succeeded": "bigint",
    "auc": "double",
    "auc_before": "double",
    "auc_change": "double",
    "auc_change_low": "double",
    "auc_change_high": "double",
    "volume": "double",  # so many of the best leads of both are compared
    "precision": "double",
    "precision_before": "double",
    "precision_change": "double",
    "precision_change_low": "double",
    "precision_change_high": "double",
    "lift": "double",
    "lift_before": "double",
    "lift_change": "double",
    "lift_change_low": "double",
    "lift_change_high": "double",
    "mqls_won": "bigint",
    "mqls_won_succeeded": "bigint",
    "mqls_lost": "bigint",
    "mqls_lost_succeeded": "bigint",
    "experiment": "varchar",  # its id
    "from_date": "date",
    "until_date": "date",
    "share": "double",  # of the leads, that the challenger gets
    "arm_leads": "bigint",  # the challenger's; _before: the champion's
    "arm_leads_before": "bigint",
    "arm_successes": "bigint",
    "arm_successes_before": "bigint",
    "arm_mqls": "bigint",
    "arm_mqls_before": "bigint",
    "rate_change": "double",
    "rate_change_low": "double",
    "rate_change_high": "double",
    "leads_unfinished": "bigint",
}

# What was sent to whom, or not, and why.
DELIVERY_COLUMNS = {
    "delivery_id": "varchar",
    "kind": "varchar",  # digest or alert
    "recipient": "varchar",  # as recipients.csv names it
    "channel": "varchar",
    "as_of_date": "date",
    "lead_id": "varchar",  # of an alert, as the next four
    "alert": "varchar",
    "direction": "varchar",
    "event_id": "varchar",
    "event_date": "date",
    "status": "varchar",  # sending, sent, failed, refused or over_budget
    "attempts": "integer",
    "reason": "varchar",  # why it was not sent
    "first_tried_at": "timestamp",
    "sent_at": "timestamp",
    "build_id": "varchar",
}

# The curves that `leadscore judge` fitted, and why each is in force or not.
PROBABILITY_MODEL_COLUMNS = {
    "model": "varchar",  # its id
    "target": "varchar",
    "horizon_days": "integer",
    "is_first_target": "boolean",  # of those that judge the ruleset
    "ruleset": "varchar",
    "ruleset_fingerprint": "varchar",
    "input": "varchar",  # total_points or score; null, as the next: nothing held
    "intercept": "double",  # log odds of success = intercept + slope x input
    "slope": "double",
    "var_intercept": "double",
    "covariance": "double",
    "var_slope": "double",
    "trained_on": "date",  # the last cut-off
    "cut_offs": "integer",
    "leads": "bigint",  # each counted at every cut-off
    "successes": "bigint",
    "brier": "double",  # of later cut-offs foretold by the earlier ones
    "brier_of_base_rate": "double",
    "is_in_force": "boolean",
    "reason": "varchar",  # why, or why not
    "trained_at": "timestamp",
}

# What `leadscore judge` judged by, each time from nothing; dbt makes the marts of it.
JUDGED = {
    "cut_offs": {
        "target": "varchar",
        "cut_off": "date",
        "judged_on": "date",  # the newest day when it was judged
        "is_finished": "boolean",  # its horizon has ended
        "is_dated": "boolean",  # it is known when leads succeeded
        "inputs": "varchar",  # what the run then was made of
    },
    "cut_off_people": {
        "cut_off": "date",
        "lead_id": "varchar",
        "lead_source": "varchar",
        "partner_id": "varchar",
        "campaign": "varchar",  # the first that brought them to the website
        "created_date": "date",
        "attributes_backdated": "boolean",
    },
    "cut_off_leads": {
        "cut_off": "date",
        "ruleset": "varchar",
        "ruleset_fingerprint": "varchar",
        "lead_id": "varchar",
        "behavioral_points": "decimal(18,4)",
        "total_points": "decimal(18,4)",
        "score": "decimal(5,2)",
        "grade": "varchar",
        "engagement_level": "integer",
        "segment": "varchar",
        "stage": "varchar",
        "is_mql": "boolean",
    },
    "cut_off_outcomes": {
        "target": "varchar",
        "cut_off": "date",
        "lead_id": "varchar",
        "has_succeeded": "boolean",  # null: it had by the cut-off
        "succeeded_on": "date",
        "amount": "double",
    },
    "cut_off_factors": {
        "cut_off": "date",
        "ruleset": "varchar",
        "lead_id": "varchar",
        "rule_id": "varchar",
        "points": "decimal(18,4)",
    },
    "cut_off_facts": {
        "cut_off": "date",
        "lead_id": "varchar",
        "kind": "varchar",  # signal or activity
        "name": "varchar",
        "value_text": "varchar",
        "value_number": "decimal(20,4)",
    },
    "points_before": {
        "target": "varchar",
        "ruleset": "varchar",
        "lead_id": "varchar",
        "day_before": "date",  # it succeeded
        "total_points": "decimal(18,4)",
    },
    # Each lead with a verdict once, with its newest, as it was the day before that.
    "feedback_leads": {
        "ruleset": "varchar",
        "lead_id": "varchar",
        "verdict": "varchar",
        "day_before": "date",
        "total_points": "decimal(18,4)",  # null, as the next: it was no lead that day
        "grade": "varchar",
        "engagement_level": "integer",
        "stage": "varchar",
    },
    "feedback_factors": {
        "ruleset": "varchar",
        "lead_id": "varchar",
        "rule_id": "varchar",
        "points": "decimal(18,4)",
    },
    "calibrations": {
        "target": "varchar",
        "ruleset": "varchar",
        "min_points": "double",
        "below_points": "double",
        "rate": "double",
    },
    "aucs": {
        "target": "varchar",
        "ruleset": "varchar",
        "auc": "double",
        "auc_low": "double",
        "auc_high": "double",
    },
    "leaks": {
        "target": "varchar",
        "signal": "varchar",
        "sentence": "varchar",  # what it gives away
    },
    "marts_built": {"models": "varchar"},  # a hash of those that made the marts
}

# What `leadscore push` sent of each record of a CRM last. A row is there before the
# call: who crashes in between does not know what the CRM holds, and sends it again.
PUSH_COLUMNS = {
    "target": "varchar",  # hubspot, salesforce or csv
    "record_id": "varchar",
    "lead_id": "varchar",
    "build_id": "varchar",
    "as_of_date": "date",
    "fields": "varchar",  # their names and values, as JSON
    "status": "varchar",  # sending, accepted or failed
    "cause": "varchar",  # the target's code for why it failed, which may be published
    "error": "varchar",  # what it said
    "attempts": "integer",  # since it was accepted last
    "pushed_at": "timestamp",
}

# One row: the key of the hash that names leads without a CRM record.
WORLD_COLUMNS = {"id_key": "varchar"}

# The identifiers of people who asked to be forgotten, hashed with that key.
FORGOTTEN_COLUMNS = {
    "kind": "varchar",  # crm, email or visitor
    "hash": "varchar",
    "forgotten_at": "timestamp",
}


@contextmanager
def connect(
    settings: Settings, *, read_only: bool = False
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the warehouse, creating it with its raw tables if it is not there.

    Raises:
        NotYetError: If another process holds the file.
        LeadscoreError: If the file is damaged, or LEADSCORE_ID_KEY is not the key with
            which people were forgotten.
    """
    settings.data.mkdir(parents=True, exist_ok=True)
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": settings.memory_limit,
        "threads": str(settings.threads),
        "temp_directory": str(settings.data / ".duckdb_tmp"),
    }
    try:
        connection = duckdb.connect(
            str(settings.warehouse), read_only=read_only, config=config
        )
    except duckdb.Error as error:
        if "lock" not in str(error):
            raise LeadscoreError(
                f"{settings.warehouse} cannot be opened as a DuckDB file: {error} If "
                f"it is damaged, put a copy of it back; or move it away, and the next "
                f"run builds all anew from the extracts (who was forgotten must be "
                f"forgotten again first: docs/privacy.md)."
            ) from error
        raise NotYetError(
            f"{settings.warehouse} is in use by another process: wait until the "
            f"running pipeline has finished, or stop the program that holds it. "
            f"Readers should open {settings.published / 'lead_scores.duckdb'} instead."
        ) from error
    try:
        connection.execute("set TimeZone = 'UTC'")
        # It draws into logs as well; steps are told by those who take them.
        connection.execute("set enable_progress_bar = false")
        if not read_only:
            _create(connection, settings)
        yield connection
    finally:
        connection.close()


def _create(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    tables = {name: {**LINEAGE, **table.columns} for name, table in TABLES.items()}
    tables["batches"] = BATCH_COLUMNS
    tables["source_columns"] = SOURCE_COLUMN_COLUMNS
    tables["world"] = WORLD_COLUMNS
    tables["forgotten"] = FORGOTTEN_COLUMNS
    tables["rejections"] = REJECTION_COLUMNS
    tables["verdicts"] = VERDICT_COLUMNS
    tables["checks"] = CHECK_COLUMNS
    tables["task_runs"] = TASK_RUN_COLUMNS
    tables["outlook"] = OUTLOOK_COLUMNS
    tables["deliveries"] = DELIVERY_COLUMNS
    tables["assignments"] = ASSIGNMENT_COLUMNS
    tables["ruleset_decisions"] = RULESET_DECISION_COLUMNS
    tables["probability_models"] = PROBABILITY_MODEL_COLUMNS
    tables["pushes"] = PUSH_COLUMNS
    tables["run"] = RUN_COLUMNS
    tables["run_batches"] = RUN_BATCH_COLUMNS
    _create_tables(connection, "raw", tables)
    create_judged(connection, "judged")
    known = connection.execute("select id_key from raw.world").fetchone()
    key = settings.id_key or (known[0] if known else secrets.token_hex(16))
    if known != (key,):
        _refuse_to_remember_nobody(connection)
        connection.execute("delete from raw.world")
        connection.execute("insert into raw.world values (?)", [key])


def create_judged(connection: duckdb.DuckDBPyConnection, schema: str) -> None:
    """Create the tables of JUDGED in a schema that lacks them, or columns of them."""
    _create_tables(connection, schema, JUDGED)


def _create_tables(
    connection: duckdb.DuckDBPyConnection,
    schema: str,
    tables: Mapping[str, Mapping[str, str]],
) -> None:
    database, _, name_of_schema = schema.rpartition(".")
    where = (
        "where schema_name = ? "
        "and database_name = coalesce(nullif(?, ''), current_database())"
    )
    made = dict(
        connection.execute(
            f"select table_name, sql from duckdb_tables() {where}",
            [name_of_schema, database],
        ).fetchall()
    )
    # To list the columns takes as long as to open the file: their names stand here too.
    words = {name: set(re.findall(r"[a-z_0-9]+", sql)) for name, sql in made.items()}
    if all(words.get(name, set()).issuperset(tables[name]) for name in tables):
        return
    there = connection.execute(
        f"select table_name, column_name from duckdb_columns() {where}",
        [name_of_schema, database],
    ).fetchall()
    missing = []
    for name, columns in tables.items():
        if name not in made:
            body = ", ".join(f"{column} {kind}" for column, kind in columns.items())
            missing.append(f"create table {schema}.{name} ({body})")
            continue
        missing += [  # an older warehouse lacks some
            f"alter table {schema}.{name} add column {column} {kind}"
            for column, kind in columns.items()
            if (name, column) not in there
        ]
    if missing:
        first = f"create schema if not exists {schema}"
        connection.execute("; ".join(["begin", first, *missing, "commit"]))


def _refuse_to_remember_nobody(connection: duckdb.DuckDBPyConnection) -> None:
    """Refuse another key while hashes made with the present one are needed."""
    remembered = connection.execute("select count(*) from raw.forgotten").fetchone()
    if remembered and remembered[0]:
        raise LeadscoreError(
            f"LEADSCORE_ID_KEY is not the key with which people who asked to be "
            f"forgotten are remembered here ({counted(remembered[0], 'identifier')}): "
            f"with another key they would be loaded again. Set it back to what it was, "
            f"or unset it if it was not set."
        )


def fetch_one(
    connection: duckdb.DuckDBPyConnection, query: str, parameters: list[Any]
) -> dict[str, Any] | None:
    """Return a query's first row by column name; None if there is none."""
    result = connection.execute(query, parameters)
    names = [column[0] for column in result.description or []]
    row = result.fetchone()
    return dict(zip(names, row, strict=True)) if row else None


def fetch_rows(
    connection: duckdb.DuckDBPyConnection,
    query: str,
    parameters: list[Any] | None = None,
) -> list[dict[str, Any]]:
    """Return a query's rows by column name."""
    found = connection.execute(query, parameters or [])
    names = [column[0] for column in found.description or []]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def fetch_column(
    connection: duckdb.DuckDBPyConnection,
    query: str,
    parameters: list[Any] | None = None,
) -> list[Any]:
    """Return a query's first column."""
    return [row[0] for row in connection.execute(query, parameters or []).fetchall()]
