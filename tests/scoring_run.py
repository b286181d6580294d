"""Runs the real scoring models on rows that a test brings, in its own warehouse."""

import csv
import os
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from unittest import mock

import duckdb
import yaml
from oracle import PARTS, Row

from leadscore import transform
from leadscore.transform import DBT_PROJECT

# The tables that the scoring layer reads, beside the rule files.
FACTS = {
    "int_scored_days": {"as_of_date": "date"},
    "int_lead_spans": {
        "lead_id": "varchar",
        "valid_from": "date",
        "valid_to": "date",
        "lead_valid_from": "date",
    },
    # Nobody has traits: every signal of a case is an attribute, which counts alike.
    "int_lead_traits": {
        "span_id": "integer",
        "seniority": "varchar",
        "department": "varchar",
        "email_domain": "varchar",
        "email_domain_type": "varchar",
        "country_code": "varchar",
        "region": "varchar",
        "country_tier": "varchar",
        "industry": "varchar",
        "industry_fit": "varchar",
        "size_band": "varchar",
        "revenue_band": "varchar",
        "lead_source": "varchar",
        "lead_source_quality": "varchar",
        "partner_id": "varchar",
        "has_phone": "varchar",
        "name_quality": "varchar",
        "relationship": "varchar",
        "status": "varchar",
        "do_not_contact": "varchar",
        "is_converted": "varchar",
        "opportunity": "varchar",
        "employee_count": "decimal(20, 4)",
        "annual_revenue": "decimal(20, 4)",
        "engaged_decision_makers": "integer",
        "days_since_last_activity": "integer",
    },
    "int_lead_attributes": {
        "lead_id": "varchar",
        "valid_from": "date",
        "signal": "varchar",
        "value_text": "varchar",
        "value_number": "decimal(20, 4)",
    },
    "int_lead_activity_days": {
        "lead_id": "varchar",
        "valid_from": "date",
        "valid_to": "date",
        "activity": "varchar",
        "topic": "varchar",
        "is_engagement": "boolean",
        "activity_date": "date",
        "event_count": "bigint",
        "first_at": "timestamp",
        "last_at": "timestamp",
    },
    "int_lead_adjustments": {
        "lead_id": "varchar",
        "ruleset": "varchar",
        "adjustment_id": "varchar",
        "points": "decimal(12, 4)",
        "reason": "varchar",
        "valid_from": "date",
        "valid_to": "date",
    },
}
# What the intermediate layer makes of them.
NUMBERED = """
    create or replace table intermediate.int_lead_spans as
    select *, row_number() over () as span_id from intermediate.int_lead_spans;

    create or replace table intermediate.int_lead_attributes as
    select spans.span_id, signals.signal, signals.value_text, signals.value_number
    from intermediate.int_lead_attributes as signals
    inner join intermediate.int_lead_spans as spans using (lead_id, valid_from);

    create or replace table intermediate.int_known_signals as
    select
        spans.span_id,
        coalesce(string_agg(signals.signal, '|' order by signals.signal), '')
            as known_signals
    from intermediate.int_lead_spans as spans
    left join intermediate.int_lead_attributes as signals
        on
            spans.span_id = signals.span_id
            and signals.value_text != '(missing)'
    group by spans.span_id
"""
RULE_FILES = {
    path.stem: yaml.safe_load(path.read_text())["seeds"][0]["config"]["column_types"]
    for path in sorted((DBT_PROJECT / "seeds" / "rules").glob("*.yml"))
}


class Scored:
    """What the scoring models made of a warehouse, by (lead_id, day, ruleset)."""

    def __init__(self, warehouse: Path) -> None:
        with duckdb.connect(str(warehouse), read_only=True) as connection:
            self.results = {
                (row["lead_id"], row["valid_from"], row["ruleset"]): row
                for row in rows_of(
                    connection, "select * exclude (span_id) from scoring.lead_results"
                )
            }
            self.factors: dict[tuple, list[Row]] = defaultdict(list)
            union = " union all by name ".join(
                f"from scoring.factors_{part}" for part in PARTS
            )
            query = (
                f"select * exclude (span_id, lead_valid_from) from ({union}) "
                "inner join intermediate.int_lead_spans using (span_id)"
            )
            for row in rows_of(connection, query):
                key = (row["lead_id"], row["valid_from"], row["ruleset"])
                self.factors[key].append(row)


def run_scoring(
    folder: Path,
    facts: dict[str, list[Row]],
    rules: dict,
    day: date | None = None,
    *,
    anew: bool = True,
) -> Scored:
    """Score the facts under the rules with one dbt run.

    Args:
        folder: Where the warehouse and dbt's files go; runs that share it are faster.
        facts: The rows of each table in FACTS.
        rules: The rows of each rule file, or of some.
        day: The day that is scored, for models that ask for it.
        anew: Whether to forget what earlier runs left in the warehouse.
    """
    warehouse = folder / "warehouse.duckdb"
    if anew:
        warehouse.unlink(missing_ok=True)
    if day:
        facts = {**facts, "int_scored_days": [{"as_of_date": day}]}
    rules = {"manual_adjustments": manual_adjustments_of(facts), **rules}
    with duckdb.connect(str(warehouse)) as connection:
        for schema, tables, rows in (
            ("intermediate", FACTS, facts),
            ("rules", RULE_FILES, rules),
        ):
            connection.execute(f"create schema if not exists {schema}")
            for table, columns in tables.items():
                file = write_csv(folder / "rows.csv", columns, rows.get(table, []))
                connection.execute(
                    f"create or replace table {schema}.{table} as "
                    "from read_csv(?, header = true, columns = ?, nullstr = '')",
                    [str(file), columns],
                )
        connection.execute(NUMBERED)
    run_dbt(folder, warehouse, day)
    return Scored(warehouse)


def manual_adjustments_of(facts: dict[str, list[Row]]) -> list[Row]:
    """Return the rows of the rule file that the adjustments of leads come from."""
    names = ("ruleset", "adjustment_id", "lead_id", "points", "reason")
    rows = facts.get("int_lead_adjustments", [])
    return [{name: row[name] for name in names} for row in rows]


def run_dbt(folder: Path, warehouse: Path, day: date | None) -> None:
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    target = folder / "dbt"
    arguments = ["run", "--select", "path:models/scoring", "--quiet"]
    arguments += [*transform.QUICKLY, *transform._folders(target)]
    variables = {"LEADSCORE_WAREHOUSE": str(warehouse), "LEADSCORE_SEEDS": "seeds"}
    if day:
        variables |= {f"LEADSCORE_AS_OF_{end}": str(day) for end in ("FROM", "TO")}
    runner = transform._runner(DBT_PROJECT / "seeds", target)
    try:
        with mock.patch.dict(os.environ, variables):
            outcome = runner.invoke(arguments)
    finally:
        DuckDBConnectionManager.close_all_connections()
    failed = [
        f"{result.node.name}: {result.message}"
        for result in (outcome.result.results if outcome.result else [])
        if result.status != "success"
    ]
    assert outcome.success, outcome.exception or "\n".join(failed)


def write_csv(path: Path, columns: Iterable[str], rows: Iterable[Row]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(columns))
        writer.writeheader()
        writer.writerows(rows)
    return path


def rows_of(connection: duckdb.DuckDBPyConnection, query: str) -> list[Row]:
    cursor = connection.execute(query)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]
