"""The SQL that turns a file's rows into rows of a raw table, or says why it cannot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from leadscore.source_maps import EPOCHS, Column, FileMap

if TYPE_CHECKING:
    from leadscore.loading.header import Fit

ROW = "__row"  # the number of a row in its file
# Finds a value in a list of {key, value: {string_value, int_value ...}}, as Google
# Analytics nests them; a Parquet reader may see it as {list: [{element: ...}]}.
PARAM = """
create or replace temp macro param(entries, name) as list_filter(
    json_extract_string(
        list_filter(
            from_json_strict(
                case when starts_with(entries::json, '{"list":')
                then to_json(json_extract(entries::json, '$.list[*].element'))
                else entries::json end,
                '[{"key": "VARCHAR", "value": "JSON"}]'
            )::struct(key varchar, value json)[],
            lambda entry: entry.key = name
        )[1].value,
        ['$.string_value', '$.int_value', '$.float_value', '$.double_value']
    ),
    lambda value: value is not null
)[1]
"""
TRY = "try("  # the origin of a value that an expression yields
# An offset counts only behind a time of day: 2026-11-20 does not end in one.
OFFSET = r":\d\d(\.\d+)?\s*(Z|UTC|[+-]\d\d(:?\d\d)?)$"


class BadExpression(Exception):
    """An expression of a source map that DuckDB does not understand."""


@dataclass(frozen=True)
class RowQuery:
    """How the view `incoming` becomes rows of a raw table.

    Attributes:
        columns: The raw table's columns that are filled, besides the lineage.
        good_rows: A query of the lineage (two parameters), the row number and them.
        bad_rows: A query of the other rows: number, column, problem, value.
    """

    columns: list[str]
    good_rows: str
    bad_rows: str


def identifier(name: str) -> str:
    """Quote a name for SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Quote a text for SQL."""
    return "'" + text.replace("'", "''") + "'"


def one_number(result: duckdb.DuckDBPyConnection) -> int:
    """Return the number that a query's only row holds."""
    row = result.fetchone()
    if row is None:
        raise AssertionError("the query returned no row")
    return int(row[0])


def null_texts(column: str, texts: list[str]) -> str:
    """Return SQL for a text column in which blank and the given texts are null."""
    values = ", ".join(literal(text) for text in ["", *texts])
    return f"case when trim({column}) not in ({values}) then {column} end"


def build(
    connection: duckdb.DuckDBPyConnection,
    fit: Fit,
    file_map: FileMap,
) -> RowQuery:
    """Write the queries for a file whose rows stand in the view `incoming`.

    Args:
        connection: Where the view is.
        fit: How the file's columns fit the map.
        file_map: The map's entry for the file.

    Raises:
        BadExpression: If DuckDB does not understand an expression of the map.
    """
    origins = {
        name: "null::varchar" if name in fit.absent else _origin(column)
        for name, column in file_map.columns.items()
    }
    natives = {
        name: _native_type(connection, name, origin) for name, origin in origins.items()
    }
    columns = list(origins)
    if file_map.rest:
        columns.append(file_map.rest)
    selected = [ROW]
    typed = [ROW]
    for name, origin in origins.items():
        value = f"from_{name}.value" if origin.startswith(TRY) else f"from_{name}"
        selected.append(f"{origin} as from_{name}")
        typed.append(f"from_{name}")
        typed.append(f"{value} as value_{name}")
        typed.append(f"{_typed(name, value, natives[name], file_map)} as typed_{name}")
    if file_map.rest:
        selected.append(f"{_rest(fit.rest)} as typed_{file_map.rest}")
        typed.append(f"typed_{file_map.rest}")
    problems = _problems(file_map, fit.absent)
    judged = (
        f"with origins as (select {', '.join(selected)} from incoming), "
        f"typed as (select {', '.join(typed)} from origins), "
        f"judged as (select *, case {problems} end as problem from typed) "
    )
    values = " ".join(
        f"when problem.name = {literal(name)} then value_{name}::varchar"
        for name in origins
    )
    return RowQuery(
        columns=columns,
        good_rows=f"{judged} select ?, ?, {ROW}, "
        + ", ".join(f"typed_{name}" for name in columns)
        + " from judged where problem is null",
        bad_rows=f"{judged} select {ROW}, problem.name, problem.kind, "
        f"case {values} end from judged where problem is not null order by {ROW}",
    )


def explain(problem: str, column: str, value: str | None, file_map: FileMap) -> str:
    """Say in words why a row was rejected."""
    if problem == "empty":
        return f"it is empty, and no row of {file_map.table} may lack it"
    if problem == "expression":
        return f"the map's expression fails on this row: {file_map.columns[column].sql}"
    kind = file_map.canonical.columns[column]
    shown = value if value is None or len(value) <= 60 else value[:57] + "..."
    if kind == "timestamp":
        formats = file_map.columns[column].timestamp_format or file_map.timestamp_format
        expected = " or ".join(formats) if formats else "ISO 8601"
        return f"'{shown}' is no time in the format {expected}"
    if kind == "boolean":
        return f"'{shown}' is neither yes nor no (true, false, 1, 0, y, n)"
    if kind == "json":
        return f"'{shown}' is no JSON"
    if kind == "bigint":
        return f"'{shown}' is no whole number"
    return f"'{shown}' is no number with a decimal '{file_map.decimal}'"


def _origin(column: Column) -> str:
    if column.sql:
        # TRY gives null for a row on which the expression fails; the struct around the
        # value tells that from an expression that yields null.
        return f"{TRY}{{'value': ({column.sql})}})"
    if column.value is not None:
        return literal(column.value)
    return identifier(str(column.column))


def _native_type(connection: duckdb.DuckDBPyConnection, name: str, origin: str) -> str:
    try:
        found = connection.execute(
            f"select column_type from (describe select {origin} as value from incoming)"
        ).fetchone()
    except duckdb.Error as error:
        raise BadExpression(
            f"columns.{name}: DuckDB does not understand the expression: "
            f"{str(error).splitlines()[0]}"
        ) from error
    kind = str(found[0]) if found else "VARCHAR"
    if origin.startswith(TRY):
        kind = kind.removeprefix('STRUCT("value" ').removeprefix("STRUCT(value ")
        kind = kind.removesuffix(")")
    return kind


def _typed(name: str, value: str, native: str, file_map: FileMap) -> str:
    kind = file_map.canonical.columns[name]
    text = value if native == "VARCHAR" else f"{value}::varchar"
    nested = native.endswith("]") or native.startswith(("STRUCT", "MAP", "UNION"))
    if kind == "varchar":
        return f"to_json({value})::varchar" if nested else text
    if kind == "json":
        if native in ("VARCHAR", "JSON"):
            return f"case when json_valid({text}) then {text}::json end"
        return f"to_json({value})"
    if kind == "timestamp":
        return _time(value, text, native, file_map.columns[name], file_map)
    if native == kind.upper():
        return value
    return _number(kind, f"trim({text})", file_map.decimal)


def _number(kind: str, text: str, decimal: str) -> str:
    if kind == "boolean":
        return f"try_cast({text} as boolean)"
    if decimal == ",":
        text = f"replace(replace({text}, '.', ''), ',', '.')"
    if kind == "bigint":  # a plain cast would round 12.7 to 13
        return (
            f"case when regexp_full_match({text}, '[+-]?[0-9]+([.]0*)?') "
            f"then try_cast({text} as bigint) end"
        )
    if kind == "double":
        number = f"try_cast({text} as double)"
        return f"case when isfinite({number}) then {number} end"
    return f"try_cast({text} as {kind})"


def _time(value: str, text: str, native: str, column: Column, file_map: FileMap) -> str:
    formats = column.timestamp_format or file_map.timestamp_format
    zone = column.time_zone or file_map.time_zone
    if native == "TIMESTAMP WITH TIME ZONE":
        return f"{value} at time zone 'UTC'"
    if native.startswith(("TIMESTAMP", "DATE")):
        return _in_utc(f"{value}::timestamp", zone)
    if formats and formats[0] in EPOCHS:
        places = 6 - 3 * EPOCHS.index(formats[0])
        # DuckDB reads a decimal of more than 18 digits hundreds of times slower.
        number = f"try_cast({text} as decimal(18, {places}))::decimal(38, {places})"
        return f"try(make_timestamp(({number} * {10**places})::bigint))"
    text = f"trim({text})"
    if formats:
        listed = ", ".join(literal(format_) for format_ in formats)
        parsed = f"try_strptime({text}, [{listed}])"
        if any("%z" in format_ for format_ in formats):
            return f"{parsed} at time zone 'UTC'"
        return _in_utc(parsed, zone)
    # As a timestamp alone, DuckDB would drop the offset without a word.
    with_offset = f"try_cast({text} as timestamptz) at time zone 'UTC'"
    finite = f"isfinite(try_cast({text} as timestamp))"
    if not zone or zone == "UTC":
        return f"case when {finite} then {with_offset} end"
    return (
        f"case when not {finite} then null "
        f"when regexp_matches({text}, {literal(OFFSET)}) then {with_offset} "
        f"else {_in_utc(f'try_cast({text} as timestamp)', zone)} end"
    )


def _in_utc(time: str, zone: str | None) -> str:
    if not zone or zone == "UTC":
        return time
    return f"timezone('UTC', timezone({literal(zone)}, {time}))"


def _rest(names: list[str]) -> str:
    if not names:
        return "null::json"
    pairs = ", ".join(f"{literal(name)}, {identifier(name)}" for name in names)
    # A merge patch drops what is null.
    merged = f"json_merge_patch('{{}}'::json, json_object({pairs}))"
    return f"nullif({merged}::varchar, '{{}}')::json"


def _problems(file_map: FileMap, absent: set[str]) -> str:
    def found(name: str, kind: str) -> str:
        return f"{{'name': {literal(name)}, 'kind': {literal(kind)}}}"

    table = file_map.canonical
    cases = []
    for name, column in file_map.columns.items():
        if column.sql and name not in absent:
            cases.append(f"when from_{name} is null then {found(name, 'expression')}")
    for name in (table.key, *table.required):
        cases.append(f"when value_{name} is null then {found(name, 'empty')}")
    for name in file_map.columns:
        cases.append(
            f"when value_{name} is not null and typed_{name} is null "
            f"then {found(name, 'type')}"
        )
    return " ".join(cases)
