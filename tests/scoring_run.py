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
        "lead_id": "varchar",
        "valid_from": "date",
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
KNOWN_SIGNALS = """
    create or replace table intermediate.int_known_signals as
    select
        spans.lead_id,
        spans.valid_from,
        coalesce(string_agg(signals.signal, '|' order by signals.signal), '')
            as known_signals
    from intermediate.int_lead_spans as spans
    left join intermediate.int_lead_attributes as signals
        on
            spans.lead_id = signals.lead_id
            and spans.valid_from = signals.valid_from
            and signals.value_text != '(missing)'
    group by spans.lead_id, spans.valid_from
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
                for row in rows_of(connection, "from scoring.lead_results")
            }
            self.factors: dict[tuple, list[Row]] = defaultdict(list)
            union = " union all by name ".join(
                f"from scoring.factors_{part}" for part in PARTS
            )
            for row in rows_of(connection, union):
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
        connection.execute(KNOWN_SIGNALS)
    run_dbt(folder, warehouse, day)
    return Scored(warehouse)


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
