"""The SQL that turns a file's rows into rows of a raw table, or says why it cannot."""

from __future__ import annotations

import re
from dataclasses import dataclass

import duckdb

from leadscore.loading import forgotten
from leadscore.loading.file_reader import FileRefused
from leadscore.source_maps import EPOCHS, Column, FileMap

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

BLANKS = " \t\r\n\u00a0\u200b\ufeff"  # what no value begins or ends with
# 1.23E+11 and 7.0 are what became of ids that were taken for numbers.
NUMBER_NOT_ID = r"[+-]?\d(\.\d+)?[eE]\+\d+|\d+\.0+"
# No CRM, mail or web system knew other times; 0202, 1970 and 9999 mean something else.
EARLIEST, LATEST = "1980-01-01", "2200-01-01"
WITH_COMMA = r"[+-]?(\d*|\d{1,3}(\.\d{3})+)(,\d*)?"


class BadExpression(Exception):
    """An expression of a source map that DuckDB does not understand."""


@dataclass(frozen=True)
class Fit:
    """How a file's columns fit its source map.

    Attributes:
        rest: Columns that no entry of the map names and its table keeps as JSON.
        absent: Canonical columns that are null, as the file lacks their columns.
        lacking: Columns that the map names and the file may and does lack.
    """

    rest: list[str]
    absent: set[str]
    lacking: list[str]


@dataclass(frozen=True)
class RowQuery:
    """How the view `incoming` becomes rows of a raw table.

    Attributes:
        columns: The raw table's columns that are filled, besides the lineage.
        good_rows: A query of the lineage (two parameters), the row number and them.
        bad_rows: A query of rows that cannot be loaded: number, column, problem, value.
        forgotten_rows: A query of the numbers of the rows that name somebody who asked
            to be forgotten; they are neither good nor bad.
    """

    columns: list[str]
    good_rows: str
    bad_rows: str
    forgotten_rows: str


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
    bare = f"trim({column}, {literal(BLANKS)})"
    # Trimming is slow, and hardly any value needs it: only what begins like a null.
    plain = " and ".join(
        [
            _is_visible(column),
            *(f"not starts_with({column}, {literal(text)})" for text in texts),
        ]
    )
    return f"case when {plain} or {bare} not in ({values}) then {column} end"


def _is_visible(text: str) -> str:
    """Return SQL for whether a text begins with a sign of ASCII that is no blank."""
    return f"({text} >= '!' and {text} < '\x7f')"


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
        FileRefused: If the key is nested.
    """
    origins = {
        name: "null::varchar" if name in fit.absent else _origin(column)
        for name, column in file_map.columns.items()
    }
    natives = {
        name: _native_type(connection, name, origin) for name, origin in origins.items()
    }
    key = file_map.canonical.key
    if _is_nested(natives[key]):
        raise FileRefused(
            f"its column for {key} is nested ({natives[key]}): say in the source map "
            f"which part of it is the key, as {{sql: column.part}}"
        )
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
    read = (
        f"with origins as (select {', '.join(selected)} from incoming), "
        f"typed as (select {', '.join(typed)} from origins)"
    )
    names_forgotten = _names_forgotten(connection, list(origins))
    judged = (
        f"{read}, known as (select *, {names_forgotten} as is_forgotten from typed), "
        f"judged as (select *, case {problems} end as problem from known "
        f"where is_forgotten is not true) "
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
        forgotten_rows=f"{read} select {ROW} from typed where {names_forgotten} "
        f"order by {ROW}",
    )


def explain(problem: str, column: str, value: str | None, file_map: FileMap) -> str:
    """Say in words why a row was rejected."""
    if problem == "empty":
        return f"it is empty, and no row of {file_map.table} may lack it"
    if problem == "expression":
        return f"the map's expression fails on this row: {file_map.columns[column].sql}"
    kind = file_map.canonical.columns[column]
    shown = value if value is None or len(value) <= 60 else value[:57] + "..."
    if problem == "number":
        return (
            f"'{shown}' is what a spreadsheet or a data frame makes of an id that it "
            f"takes for a number: export the column as text"
        )
    if problem == "far":
        return (
            f"'{shown}' lies outside {EARLIEST[:4]} to {int(LATEST[:4]) - 1}: if it "
            f"stands for no time, name it under null_values:"
        )
    if kind == "timestamp":
        formats = file_map.columns[column].timestamp_format or file_map.timestamp_format
        return f"'{shown}' is no time in {_expected(formats)}{_guess(value)}"
    if kind == "boolean":
        return f"'{shown}' is neither yes nor no (true, false, 1, 0, y, n)"
    if kind == "json":
        return f"'{shown}' is no JSON"
    if kind == "bigint":
        return f"'{shown}' is no whole number"
    return f"'{shown}' is no number with a decimal '{file_map.decimal}'"


def _expected(formats: list[str] | None) -> str:
    if not formats:
        return "the format ISO 8601"
    if len(formats) == 1:
        return f"the format {formats[0]}"
    return f"just one of the formats {', '.join(formats)}"


def _guess(value: str | None) -> str:
    if re.fullmatch(r"[1-9]\d{4}(\.\d+)?", value or ""):
        return " (a spreadsheet's number of a day? format its column as a date)"
    if re.fullmatch(r"1\d{9}(\d{3}(\d{3})?)?", value or ""):
        return " (a time since 1970? say timestamp_format: epoch_seconds or the like)"
    return ""


def _names_forgotten(connection: duckdb.DuckDBPyConnection, columns: list[str]) -> str:
    if not one_number(connection.execute("select count(*) from raw.forgotten")):
        return "false"
    conditions = [
        forgotten.is_forgotten(f"typed_{name}", "typed")
        for name in forgotten.KINDS
        if name in columns
    ]
    return " or ".join(conditions) or "false"


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


def _is_nested(native: str) -> bool:
    return native.endswith("]") or native.startswith(("STRUCT", "MAP", "UNION"))


def _typed(name: str, value: str, native: str, file_map: FileMap) -> str:
    kind = file_map.canonical.columns[name]
    text = value if native == "VARCHAR" else f"{value}::varchar"
    if kind == "varchar" and name.endswith("_id"):
        is_bare = f"{_is_visible(text)} and {_is_visible(f'({text})[-1]')}"
        return (
            f"case when {is_bare} then {text} else trim({text}, {literal(BLANKS)}) end"
        )
    if kind == "varchar":
        return f"to_json({value})::varchar" if _is_nested(native) else text
    if kind == "json":
        if native in ("VARCHAR", "JSON"):
            return f"try_cast({text} as json)"
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
        # Dots stand between thousands: 12.50 is another number than 1250.
        fits = f"regexp_full_match({text}, {literal(WITH_COMMA)})"
        bare = f"replace(replace({text}, '.', ''), ',', '.')"
        text = f"case when {fits} then {bare} end"
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
        times = [_parsed(text, format_, zone) for format_ in formats]
        if len(times) == 1:
            return times[0]
        # 03/04/2026 may fit two formats; 01.02.26 fits %Y as well, in the year 26.
        possible = (
            f"list_distinct(list_filter([{', '.join(times)}], "
            f"lambda time: time >= timestamp {literal(EARLIEST)}))"
        )
        return (
            f"list_transform([{possible}], "
            f"lambda found: case when len(found) = 1 then found[1] end)[1]"
        )
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


def _parsed(text: str, format_: str, zone: str | None) -> str:
    parsed = f"try_strptime({text}, {literal(format_)})"
    if "%z" in format_:
        return f"{parsed} at time zone 'UTC'"
    return _in_utc(parsed, zone)


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
        kind = table.columns[name]
        if kind != "varchar":
            cases.append(
                f"when value_{name} is not null and typed_{name} is null "
                f"then {found(name, 'type')}"
            )
        if name.endswith("_id"):
            cases.append(  # the plain comparisons spare most of the matching
                f"when typed_{name} >= '+' and typed_{name} < ':' "
                f"and strlen(typed_{name}) <= 24 and regexp_full_match(typed_{name}, "
                f"{literal(NUMBER_NOT_ID)}) then {found(name, 'number')}"
            )
        elif kind == "timestamp":
            cases.append(
                f"when typed_{name} < timestamp {literal(EARLIEST)} or typed_{name} "
                f">= timestamp {literal(LATEST)} then {found(name, 'far')}"
            )
    return " ".join(cases)
