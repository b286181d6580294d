"""Let Great Expectations judge what enters (pending batches) and leaves (a build)."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from leadscore import checks, publish, warehouse
from leadscore.candidate import CHECKS, add_checks
from leadscore.canonical import TABLES
from leadscore.checks import Check
from leadscore.errors import LeadscoreError
from leadscore.settings import Settings

# Tables of a build that have a suite.
AUDITED = (
    "lead_scores",
    "lead_attributes",
    "lead_score_factors",
    "lead_scores_all",
    "lead_score_probabilities",
    "lead_score_history",
    "lead_score_summary",
    "lead_score_events",
    "lead_feedback",
    "ruleset_decisions",
    "lead_outcomes",
    "lead_assignments",
    "team_loads",
    "account_scores",
    "rules",
)

# Marts of `leadscore judge`, which judges them when it has built them.
JUDGED_MARTS = (
    "ruleset_performance",
    "score_performance",
    "rule_performance",
    "qualification_performance",
    "source_performance",
    "score_drift",
    "feedback_performance",
)

# A new build may lack one in so many of the leads that are published now.
TOLERATED_LOSS = 5

MOST_EXAMPLES = 3

# What stands between a failure and the rows that show it.
FOR_EXAMPLE = "; for example "


@dataclass(frozen=True)
class Verdict:
    """What Great Expectations found.

    Attributes:
        success: Whether everything that was judged may pass.
        checked: The number of expectations that were evaluated.
        failures: One line per expectation that did not hold or could not be computed.
        causes: The same without values of rows, which may be published.
        skipped: Tables that had nothing to judge.
    """

    success: bool
    checked: int
    failures: list[str] = field(default_factory=list)
    causes: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)


def validate_pending(settings: Settings, source: str) -> Verdict:
    """Judge the pending batches of a source, each table by its suite.

    What was found is remembered. A table without pending rows is skipped and named in
    the verdict.
    """
    tables = [name for name, table in TABLES.items() if table.source == source]
    with _pending_views(settings, tables) as (judged, files):
        results = _judge(settings, settings.warehouse, "pending", list(judged), {})
    newest = max(judged.values(), default=None)
    checks.record(settings, _checks(results, source, newest))
    return _verdict(results, files, [name for name in tables if name not in judged])


def audit_candidate(settings: Settings, candidate: Path) -> Verdict:
    """Judge a candidate build before anybody can read it.

    The outcome is noted in the candidate's publication.json, without which it cannot
    be published.

    Raises:
        LeadscoreError: If the candidate is not there or lacks a table.
    """
    candidate = publish.located(candidate)
    build = candidate / publish.DATABASE
    publication = publish.read_build(candidate)
    with publish.open_build(candidate) as connection:
        found = {name for (name,) in connection.execute("show tables").fetchall()}
    missing = [name for name in (*AUDITED, CHECKS) if name not in found]
    if missing:
        raise LeadscoreError(
            f"The build {candidate} lacks {' and '.join(missing)}: build the marts, "
            "then write the candidate again."
        )
    limits = _limits(settings, publication)
    results = _judge(settings, build, "main", list(AUDITED), limits)
    day = date.fromisoformat(publication["as_of_date"])
    audited = _checks(results, "scores", day)
    checks.record(settings, audited)
    verdict = _verdict(results, {}, [])
    if not publication["published_at"]:
        add_checks(candidate, audited)
        publish.note_checks(candidate, verdict.checked, len(verdict.failures))
    return verdict


def audit_judged(settings: Settings) -> Verdict:
    """Judge the marts that `leadscore judge` has built in the warehouse."""
    tables = list(JUDGED_MARTS)
    results = _judge(settings, settings.warehouse, "marts", tables, {})
    with warehouse.connect(settings) as connection:
        (day,) = warehouse.fetch_column(
            connection, "select max(judged_on) from judged.cut_offs"
        )
    checks.record(settings, _checks(results, "judged", day))
    return _verdict(results, {}, [])


def _limits(settings: Settings, publication: dict[str, Any]) -> dict[str, Any]:
    as_of = publication["as_of_date"]
    published = publish.read_publication(settings)
    least = 1
    if published and published["as_of_date"] <= as_of:
        leads = published["row_counts"]["lead_scores"]
        least = max(least, leads - leads // TOLERATED_LOSS)
    return {
        "as_of_dates": [date.fromisoformat(as_of)],
        "build_ids": [publication["build_id"]],
        "least_leads": least,
    }


@contextmanager
def _pending_views(
    settings: Settings, tables: list[str]
) -> Iterator[tuple[dict[str, date], dict[str, str]]]:
    """Show each table's pending rows as `pending.<table>`.

    Yields:
        The tables that have any, each with its newest delivery, and all files by batch.
    """
    judged = {}
    with warehouse.connect(settings) as connection:
        connection.execute("drop schema if exists pending cascade")
        connection.execute("create schema pending")
        files = dict(
            connection.execute("select batch_id, file from raw.batches").fetchall()
        )
        for table in tables:
            first, last, batches, has_rows = connection.execute(
                "select min(extract_date), max(extract_date), list(batch_id), "
                "sum(rows_loaded) > 0 from raw.batches "
                "where table_name = ? and status = 'pending'",
                [table],
            ).fetchall()[0]
            if not has_rows:
                continue
            judged[table] = last
            quoted = ", ".join(f"'{batch}'" for batch in batches)
            # Rows lie by extract_date on disk: its bounds spare reading the others.
            connection.execute(
                f"create view pending.{table} as select * from raw.{table} "
                f"where extract_date between '{first}' and '{last}' "
                f"and batch_id in ({quoted})"
            )
    try:
        yield judged, files
    finally:
        with warehouse.connect(settings) as connection:
            connection.execute("drop schema if exists pending cascade")


def _judge(
    settings: Settings,
    database: Path,
    schema: str,
    tables: list[str],
    parameters: dict[str, Any],
) -> dict[str, list[Any]]:
    """Run each table's suite by SQL; return the results in the suite's order."""
    if not tables:
        return {}
    gx = _great_expectations()
    context = _context(gx)
    source = context.data_sources.add_sql(
        "duckdb",
        connection_string=f"duckdb:///{database}",
        create_temp_table=False,
        kwargs={
            "connect_args": {"config": _connection_config(settings)},
            "pool_events": [(_see_contacts(database.parent), "connect")],
        },
    )
    results = {}
    try:
        for table in tables:
            asset = source.add_table_asset(table, table, schema_name=schema)
            definition = gx.ValidationDefinition(
                name=table,
                data=asset.add_batch_definition_whole_table("whole"),
                suite=context.suites.get(table),
            )
            context.validation_definitions.add(definition)
            result = definition.run(
                expectation_parameters=parameters,
                result_format=_result_format(table),
            )
            order = [expectation.id for expectation in definition.suite.expectations]
            results[table] = sorted(
                result.results,
                key=lambda one, order=order: order.index(one.expectation_config.id),  # type: ignore[misc]
            )
    finally:
        # The file stays locked for other processes while an engine is connected.
        source.get_engine().dispose()
        source.get_execution_engine().engine.dispose()
    return results


def _great_expectations() -> Any:
    """Import Great Expectations (7 s), silent and able to read DuckDB."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx
    from great_expectations.execution_engine import SqlAlchemyExecutionEngine

    def execute_query(engine: Any, query: Any) -> Any:
        with engine.get_connection() as connection:
            # DuckDB's rows are gone once the connection went back: fetch them first.
            result = engine._execute_query_with_recovery(connection, query)
            return result.freeze()()

    SqlAlchemyExecutionEngine.execute_query = execute_query
    return gx


def _context(gx: Any) -> Any:
    """Return a context in memory: results quote rows, so it writes none."""
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    context = gx.get_context(
        mode="ephemeral",
        project_config=DataContextConfig(
            store_backend_defaults=InMemoryStoreBackendDefaults(),
            analytics_enabled=False,
            progress_bars=ProgressBarsConfig(globally=False),
        ),
    )
    for table in (*TABLES, *AUDITED, *JUDGED_MARTS):
        # A copy, because the context gives its expectations ids.
        suite = deepcopy(importlib.import_module(f"expectations.{table}").SUITE)
        context.suites.add(gx.ExpectationSuite(name=table, expectations=suite))
    return context


def _see_contacts(build: Path) -> Callable[[Any, Any], None]:
    """Return what shows every new connection to a build its contacts."""

    def on_connect(connection: Any, _: Any) -> None:
        publish.show_contacts(connection.cursor().execute, build)

    return on_connect


def _connection_config(settings: Settings) -> dict[str, str]:
    return {
        "access_mode": "read_only",
        "memory_limit": settings.memory_limit,
        "threads": str(settings.threads),
        "temp_directory": str(settings.data / ".duckdb_tmp"),
    }


def _result_format(table: str) -> dict[str, Any]:
    names = ["batch_id", "source_row"] if table in TABLES else ["lead_id"]
    if table in JUDGED_MARTS:
        names = ["target", "ruleset"]
    if table == "account_scores":
        names = ["account_id"]
    return {
        "result_format": "SUMMARY",
        "partial_unexpected_count": MOST_EXAMPLES,
        "unexpected_index_column_names": names,
    }


def _checks(
    results: dict[str, list[Any]], source: str, day: date | None
) -> list[Check]:
    """Return what was found of each expectation, without any row."""
    now = datetime.now(UTC).replace(tzinfo=None)
    return [
        Check(
            source=source,
            day=day,
            judged_at=now,
            table_name=table,
            position=position,
            expectation=result.expectation_config.type,
            column_name=result.expectation_config.kwargs.get("column"),
            sentence=result.expectation_config.description,
            success=result.success,
            found=None if result.success else _cause(result),
        )
        for table, outcomes in results.items()
        for position, result in enumerate(outcomes, start=1)
    ]


def _verdict(
    results: dict[str, list[Any]], files: dict[str, str], skipped: list[str]
) -> Verdict:
    failures = [
        f"{table}: {_failure(result, files)}"
        for table, outcomes in results.items()
        for result in outcomes
        if not result.success
    ]
    causes = [
        f"{table}: {result.expectation_config.description} {_cause(result)}"
        for table, outcomes in results.items()
        for result in outcomes
        if not result.success
    ]
    return Verdict(
        success=not failures,
        checked=sum(len(outcomes) for outcomes in results.values()),
        failures=failures,
        causes=causes,
        skipped=skipped,
    )


def _failure(result: Any, files: dict[str, str]) -> str:
    """Say in one line what does not hold, how often and where."""
    config = result.expectation_config
    name = f"{config.description} [{config.type}"
    if column := config.kwargs.get("column"):
        name += f" {column}"
    if error := _error(result.exception_info):
        return f"{name}] could not be computed, which blocks like a failure: {error}"
    return f"{name}] does not hold: {_found(result.result)}" + _examples(
        result.result.get("partial_unexpected_index_list") or [], files
    )


def _cause(result: Any) -> str:
    """Say what was found where an expectation does not hold, without values of rows."""
    if _error(result.exception_info):
        return "could not be computed"
    is_of_column = "column" in result.expectation_config.kwargs
    if is_of_column and "unexpected_count" not in result.result:
        return "another value was found"  # one of the column's: it is not told
    return _found(result.result)


def _error(exception_info: dict[str, Any]) -> str | None:
    """Return the message of a metric that raised, if one did.

    GX gives one flat record when nothing was raised, and one record per metric else.
    """
    records = (
        [exception_info]
        if "raised_exception" in exception_info
        else exception_info.values()
    )
    for record in records:
        if record["raised_exception"]:
            return " ".join(str(record["exception_message"]).split())
    return None


def _found(found: dict[str, Any]) -> str:
    if "unexpected_count" in found:
        return f"{found['unexpected_count']} of {found['element_count']} rows break it"
    if missing := found.get("details", {}).get("mismatched", {}).get("missing"):
        return f"missing are {', '.join(missing)}"
    if "partial_unexpected_index_list" in found:
        rows = found["observed_value"]
        return "1 row breaks it" if rows == 1 else f"{rows} rows break it"
    return f"found {found.get('observed_value')}"


def _examples(rows: list[dict[str, Any]], files: dict[str, str]) -> str:
    """Show rows, each behind the file and row number it came from."""
    shown = []
    for row in rows:
        values = dict(row)
        batch = values.pop("batch_id", None)
        number = values.pop("source_row", None)
        place = files.get(str(batch), "") + (
            f" row {number}" if number is not None else ""
        )
        text = ", ".join(f"{column} = {value}" for column, value in values.items())
        shown.append(f"{place}: {text}" if place else text)
    return f"{FOR_EXAMPLE}{'; '.join(shown)}" if shown else ""
