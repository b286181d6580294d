"""The SQL that turns a file's rows into rows of a raw table, or says why it cannot."""

from __future__ import annotations

import glob
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from leadscore.loading import addresses, forgotten
from leadscore.loading.file_reader import FileRefused
from leadscore.source_maps import EPOCHS, Column, FileMap

ROW = "__row"  # the number of a row in its file
KEY = "__key"  # the key of a row that is made for a further table
# What expressions of a map may use besides DuckDB's own functions.
#
# param finds a value in a list of {key, value: {string_value, int_value ...}}, as
# Google Analytics nests them; a Parquet reader may see it as {list: [{element: ...}]}.
# The last three characters of a Salesforce id tell which of the others are capitals.
MACROS = f"""
create or replace temp macro param(entries, name) as list_filter(
    json_extract_string(
        list_filter(
            from_json_strict(
                case when starts_with(entries::json, '{{"list":')
                then to_json(json_extract(entries::json, '$.list[*].element'))
                else entries::json end,
                '[{{"key": "VARCHAR", "value": "JSON"}}]'
            )::struct(key varchar, value json)[],
            lambda entry: entry.key = name
        )[1].value,
        ['$.string_value', '$.int_value', '$.float_value', '$.double_value']
    ),
    lambda value: value is not null
)[1];
create or replace temp macro listed(text) as list_filter(
    list_transform(string_split_regex(text::varchar, '[,;]'), lambda part: trim(part)),
    lambda part: part != ''
);
create or replace temp macro addresses(text) as
    case when regexp_full_match(lower(text), '{addresses.ORDINARY}') then [lower(text)]
    else read_addresses(text) end;
create or replace temp macro salesforce_id(id) as
    case when strlen(id) = 15 and regexp_full_match(id, '[A-Za-z0-9]+')
    then id || array_to_string(list_transform([1, 6, 11], lambda start: substr(
        'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345',
        1 + list_sum(list_transform([0, 1, 2, 3, 4], lambda place: if(
            substr(id, start + place, 1) between 'A' and 'Z', 1 << place, 0
        )))::bigint, 1
    )), '') else id end
"""
TRY = "try("  # the origin of a value that an expression yields
TIME_OF_DAY = re.compile(r"%-?[HIcXT]")  # a format without it is of dates alone
# An offset counts only behind a time of day: 2026-11-20 does not end in one.
OFFSET = r":\d\d(\.\d+)?\s*(Z|UTC|[+-]\d\d(:?\d\d)?)$"

# What no value begins or ends with: blanks, and signs that nobody sees.
BLANKS = (
    " \t\r\n\v\f\u0085\u00a0\u00ad\u1680\u180e"
    "\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e"
    "\u202f\u205f\u2060\u2066\u2067\u2068\u2069\u3000\ufeff"
)
# 1.23E+11 and 7.0 are what became of ids that were taken for numbers.
NUMBER_NOT_ID = r"[+-]?\d([.,]\d+)?[eE]\+\d+|[+-]?\d[.,]\d+[eE]\d+|\d+[.,]0+"
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


def escaped(path: Path) -> str:
    """Return a path as DuckDB takes it where it would take a pattern as well."""
    return glob.escape(str(path))


def one_number(result: duckdb.DuckDBPyConnection) -> int:
    """Return the number that a query's only row holds."""
    row = result.fetchone()
    if row is None:
        raise AssertionError("the query returned no row")
    return int(row[0])


def prepare(connection: duckdb.DuckDBPyConnection, time_zone: str) -> None:
    """Give a connection what the queries need.

    Args:
        connection: Where files will be loaded.
        time_zone: The company's: a date without a time is a day there.
    """
    for function, returned in (
        (addresses.read_addresses, "varchar[]"),
        (addresses.read_address, "varchar"),
        (addresses.read_domain, "varchar"),
    ):
        connection.create_function(
            function.__name__,
            function,
            [duckdb.sqltype("varchar")],
            duckdb.sqltype(returned),
        )
    connection.execute(MACROS)
    connection.execute(f"set variable company_time_zone = {literal(time_zone)}")


def cleaned(column: str, nulls: list[str]) -> str:
    """Return SQL for a text column without the blanks around its values.

    Blank values and the given texts are null.
    """
    bare = f"trim({column}, {literal(BLANKS)})"
    # Trimming is slow, and hardly any value needs it. (DuckDB makes a join of `not in`,
    # and then trims them all.)
    told = " and ".join(f"{bare} != {literal(text)}" for text in ["", *nulls])
    plain = " and ".join(
        [
            _is_visible(column),
            _is_visible(f"({column})[-1]"),
            *(f"not starts_with({column}, {literal(text)})" for text in nulls),
        ]
    )
    return f"case when {plain} then {column} when {told} then {bare} end"


def _is_visible(text: str) -> str:
    """Return SQL for whether a text begins with a sign of ASCII that is no blank."""
    return f"({text} >= '!' and {text} < '\x7f')"


def further_rows(connection: duckdb.DuckDBPyConnection, further: FileMap) -> FileMap:
    """Make the view `further` of the rows that a further table gets from `incoming`.

    Returns:
        The further table's entry as it reads that view.

    Raises:
        BadExpression: If DuckDB does not understand the key's expression.
    """
    _create_as_time(connection, further)
    name = further.canonical.key
    column = further.columns[name]
    origin = f"({column.sql}\n)" if column.sql else _origin(column)
    [native] = _native_types(connection, {f"columns.{name}": origin})
    keys = f"{origin}::varchar[]" if native.endswith("[]") else f"[{origin}::varchar]"
    connection.execute(
        f"create or replace temp view further as select * from (select "
        f"* replace ({cleaned(KEY, [])} as {KEY}) from (select *, "
        f"unnest(list_distinct({keys})) as {KEY} from incoming)) "
        f"where {KEY} is not null"
    )
    columns = {**further.columns, name: Column(column=KEY)}
    return further.model_copy(update={"columns": columns})


def chosen(file_map: FileMap) -> str:
    """Return SQL for whether a row is one of the entry's table.

    One on which `where` fails is: it will be rejected, with that reason.
    """
    if not file_map.where:
        return "true"
    told = _told_where(file_map)
    return f"coalesce({told}.value, {told} is null)"


def build(
    connection: duckdb.DuckDBPyConnection,
    fit: Fit,
    file_map: FileMap,
    rows: str = "incoming",
) -> RowQuery:
    """Write the queries for a file whose rows stand in a view.

    Args:
        connection: Where the view is.
        fit: How the file's columns fit the map.
        file_map: The map's entry for the file.
        rows: The view.

    Raises:
        BadExpression: If DuckDB does not understand an expression of the map.
        FileRefused: If the key is nested.
    """
    _create_as_time(connection, file_map)
    origins = {
        name: "null::varchar" if name in fit.absent else _origin(column)
        for name, column in file_map.columns.items()
    }
    asked = {f"columns.{name}": origin for name, origin in origins.items()}
    if file_map.where:
        asked["where"] = chosen(file_map)
    natives = dict(zip(origins, _native_types(connection, asked, rows), strict=False))
    for name in file_map.subjects:
        if _is_nested(natives[name]):
            raise FileRefused(
                f"its column for {name} is nested ({natives[name]}): say in the source "
                f"map which part of it is the key, as {{sql: column.part}}"
            )
    zone = _company_zone(connection)
    columns = list(origins)
    if file_map.rest:
        columns.append(file_map.rest)
    failed = "false"
    if file_map.where:
        failed = f"{_told_where(file_map)} is null"
    selected = [ROW, f"{failed} as where_failed"]
    typed = [ROW, "where_failed"]
    for name, origin in origins.items():
        value = f"from_{name}.value" if origin.startswith(TRY) else f"from_{name}"
        selected.append(f"{origin} as from_{name}")
        typed.append(f"from_{name}")
        typed.append(f"{value} as value_{name}")
        text = _typed(name, value, natives[name], file_map, zone)
        typed.append(f"{text} as typed_{name}")
    if file_map.rest:
        selected.append(f"{_rest(fit.rest)} as typed_{file_map.rest}")
        typed.append(f"typed_{file_map.rest}")
    problems = _problems(file_map, fit.absent)
    read = (
        f"with origins as (select {', '.join(selected)} from {rows} "
        f"where {chosen(file_map)}), "
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
        return _lacks(column, file_map)
    if column == "where":
        return f"the map's `where` fails on this row: {file_map.where}"
    if problem == "expression":
        return f"the map's expression fails on this row: {file_map.columns[column].sql}"
    kind = file_map.canonical.columns[column]
    shown = shortened(value)
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


def shortened(value: str | None) -> str | None:
    """Return a value as reasons quote it."""
    return value if value is None or len(value) <= 60 else value[:57] + "..."


def _lacks(column: str, file_map: FileMap) -> str:
    subjects = file_map.subjects
    if column in subjects and len(subjects) > 1:
        return f"{' and '.join(subjects)} are empty: a row needs one of them"
    return f"it is empty, and no row of {file_map.table} may lack it"


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
        return _told(f"({column.sql}\n)")
    if column.value is not None:
        return literal(column.value)
    if column.row_number:
        return f"'row_' || {ROW}"
    return identifier(str(column.column))


def _told_where(file_map: FileMap) -> str:
    return _told(f"({file_map.where}\n)::boolean")


def _told(sql: str) -> str:
    # TRY gives null for a row on which the expression fails; the struct around the
    # value tells that from an expression that yields null.
    return f"{TRY}{{'value': {sql}}})"


def _native_types(
    connection: duckdb.DuckDBPyConnection,
    origins: Mapping[str, str],
    rows: str = "incoming",
) -> list[str]:
    """Return DuckDB's type of each origin; they go by their place in the map."""
    selected = ", ".join(f"{sql} as __{n}" for n, sql in enumerate(origins.values()))
    try:
        found = connection.execute(f"describe select {selected} from {rows}").fetchall()
    except duckdb.Error as error:
        if len(origins) > 1:  # which one is it?
            alone = [{place: origin} for place, origin in origins.items()]
            return [_native_types(connection, one, rows)[0] for one in alone]
        [place] = origins
        raise BadExpression(
            f"{place}: DuckDB does not understand the expression: "
            f"{str(error).splitlines()[0]}"
        ) from error
    return [
        kind.removeprefix('STRUCT("value" ')
        .removeprefix("STRUCT(value ")
        .removesuffix(")")
        if origin.startswith(TRY)
        else kind
        for origin, (_, kind, *_) in zip(origins.values(), found, strict=True)
    ]


def _is_nested(native: str) -> bool:
    return native.endswith("]") or native.startswith(("STRUCT", "MAP", "UNION"))


def _typed(
    name: str, value: str, native: str, file_map: FileMap, company_zone: str
) -> str:
    kind = file_map.canonical.columns[name]
    text = value if native == "VARCHAR" else f"{value}::varchar"
    if kind == "varchar":
        if _is_nested(native):
            return f"to_json({value})::varchar"
        # What an expression yields may have blanks that its columns had inside.
        bare = cleaned(text, []) if value.endswith(".value") else text
        return _spelled(name, bare, file_map)
    if kind == "json":
        if native in ("VARCHAR", "JSON"):
            return f"try_cast({text} as json)"
        return f"to_json({value})"
    if kind == "timestamp":
        return _time(
            value, text, native, file_map.columns[name], file_map, company_zone
        )
    if native == kind.upper():
        return value
    return _number(kind, f"trim({text})", file_map.decimal)


def _spelled(name: str, text: str, file_map: FileMap) -> str:
    """Return SQL for the one spelling of an id, an address or a domain."""
    if name.endswith("_id") and file_map.salesforce_ids:
        return f"salesforce_id({text})"
    if name not in ("email", "domain"):
        return text
    lower = f"lower({text})"
    if name == "email":
        is_plain = f"regexp_full_match({lower}, {literal(addresses.ORDINARY)})"
        return f"case when {is_plain} then {lower} else read_address({text}) end"
    is_plain = (
        f"regexp_full_match({lower}, {literal(addresses.ORDINARY_DOMAIN)}) "
        f"and not starts_with({lower}, 'www')"
    )
    return f"case when {is_plain} then {lower} else read_domain({text}) end"


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


def _time(
    value: str,
    text: str,
    native: str,
    column: Column,
    file_map: FileMap,
    company_zone: str,
) -> str:
    formats = column.timestamp_format or file_map.timestamp_format
    zone = column.time_zone or file_map.time_zone
    day_zone = zone or company_zone
    if native == "TIMESTAMP WITH TIME ZONE":
        return f"{value} at time zone 'UTC'"
    if native.startswith(("TIMESTAMP", "DATE")):
        return _in_utc(f"{value}::timestamp", day_zone if native == "DATE" else zone)
    if formats and formats[0] in EPOCHS:
        places = 6 - 3 * EPOCHS.index(formats[0])
        # DuckDB reads a decimal of more than 18 digits hundreds of times slower.
        number = f"try_cast({text} as decimal(18, {places}))::decimal(38, {places})"
        return f"try(make_timestamp(({number} * {10**places})::bigint))"
    text = f"trim({text})"
    if formats:
        times = [
            _parsed(text, format_, zone if TIME_OF_DAY.search(format_) else day_zone)
            for format_ in formats
        ]
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
    return _iso_time(text, zone, day_zone)


def _iso_time(text: str, zone: str | None, day_zone: str) -> str:
    """Return SQL for a text of ISO 8601 in UTC; both zones are for what lacks one."""
    # Snowflake writes a blank before the offset, which DuckDB does not read.
    text = (
        f"if(contains({text}, ' +') or contains({text}, ' -'), regexp_replace({text}, "
        f"'(:[0-9]{{2}}([.][0-9]+)?) ([+-][0-9])', '\\1\\3'), {text})"
    )
    # As a timestamp alone, DuckDB would drop the offset without a word.
    with_offset = f"try_cast({text} as timestamptz) at time zone 'UTC'"
    without = f"try_cast({text} as timestamp)"
    if {zone or "UTC", day_zone} == {"UTC"}:
        return f"case when isfinite({without}) then {with_offset} end"
    return (
        f"case when not isfinite({without}) then null "
        f"when not contains({text}, ':') then {_in_utc(without, day_zone)} "
        f"when regexp_matches({text}, {literal(OFFSET)}) then {with_offset} "
        f"else {_in_utc(without, zone)} end"
    )


def _company_zone(connection: duckdb.DuckDBPyConnection) -> str:
    row = connection.execute("select getvariable('company_time_zone')").fetchone()
    return str(row[0]) if row else "UTC"


def _create_as_time(connection: duckdb.DuckDBPyConnection, file_map: FileMap) -> None:
    """Let expressions read times and dates as columns do."""
    zone = file_map.time_zone
    day_zone = zone or _company_zone(connection)
    time = _iso_time("trim(value::varchar)", zone, day_zone)
    connection.execute(
        # What is no time fails in the cast, and is told as such.
        f"create or replace temp macro as_time(value) as coalesce("
        f"({time}) at time zone 'UTC', value::varchar::timestamptz)"
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
    cases = [f"when where_failed then {found('where', 'expression')}"]
    for name, column in file_map.columns.items():
        if column.sql and name not in absent:
            cases.append(f"when from_{name} is null then {found(name, 'expression')}")
    needed = [file_map.subjects, *([name] for name in table.required)]
    for names in needed:
        # An expression may have left nothing but blanks of a text.
        empty = " and ".join(
            f"{'typed' if table.columns[name] == 'varchar' else 'value'}_{name} is null"
            for name in names
        )
        cases.append(f"when {empty} then {found(names[0], 'empty')}")
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
