"""What spreadsheets and joined files leave among the rows of a CSV file.

DuckDB takes each of these for data: a header that stands there once more, a footer with
totals, a cell in which a spreadsheet put a date or an error in place of the value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import duckdb

from leadscore.loading.row_sql import ROW, identifier, literal, one_number
from leadscore.source_maps import FileMap

# Row, column of the file, reason, and the value that it quotes.
Debris = tuple[int, str, str, str | None]

SAME_HEADER = "it is the header once more: several files were joined"
OTHER_HEADER = (
    "it is another header, with the columns in another order: several files were "
    "joined. Deliver each for itself"
)

FOOTER = re.compile(
    r"\W*((grand |sub)?total|sum|count|(\d+ |number of )?(rows|records)|end of"
    r"|generated|exported)\b",
    re.IGNORECASE,
)
FOOTER_ROWS = 3  # a footer stands among the last so many
FOOTER_VALUES = 2  # and has no more values

# 1-5 becomes 01-May and 5-20 May-20, in the language of the spreadsheet.
MONTHS = (
    "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|ene|abr|ago|dic|fev|mai|set|out"
    "|dez|janv|févr|mars|avr|juin|juil|août|sept|déc|mär|mrz|okt|gen|mag|giu|lug|ott"
)
DATE = rf"(?i)(0[1-9]|[12]\d|3[01])(-|/|\. )({MONTHS})\.?|({MONTHS})\.?[-/]\d\d"
# A column with no more other values than this is one of dates.
OTHERS_IN_A_DATE_COLUMN = 0.1
ERROR = r"#([A-Z0/]+[!?]|N/A|NV|N/D|##+)"


def find_debris(
    connection: duckdb.DuckDBPyConnection, names: list[str], file_map: FileMap
) -> list[Debris]:
    """Find the rows of the table `staged` that are no data, or hold damaged cells.

    What follows an OTHER_HEADER cannot be trusted.
    """
    found = {}
    for debris in (
        *_spreadsheet_cells(connection, names, file_map),
        *_footers(connection, names),
        *_headers(connection, names),
    ):
        found[debris[0]] = debris
    return [found[row] for row in sorted(found)]


def _headers(
    connection: duckdb.DuckDBPyConnection, names: list[str]
) -> Iterator[Debris]:
    values, header = _list(names, identifier), _list(names, literal)
    rows = connection.execute(
        f"select {ROW}, {values} = {header} from staged "
        f"where {identifier(names[0])} in {header} "
        f"and list_sort({values}) = list_sort({header})"
    ).fetchall()
    for row, is_same in rows:
        yield row, "", SAME_HEADER if is_same else OTHER_HEADER, None


def _footers(
    connection: duckdb.DuckDBPyConnection, names: list[str]
) -> Iterator[Debris]:
    rows = connection.execute(
        f"select {ROW}, {_list(names, identifier)} from staged "
        f"order by {ROW} desc limit {FOOTER_ROWS}"
    ).fetchall()
    for row, values in rows:
        filled = [value for value in values if value and value.strip()]
        if (
            0 < len(filled) <= FOOTER_VALUES < len(names)
            and FOOTER.match(filled[0])
            and filled[0] == values[0]
        ):
            reason = f"it is a footer, not data: it begins with '{filled[0]}'"
            yield row, "", reason, filled[0]


def _spreadsheet_cells(
    connection: duckdb.DuckDBPyConnection, names: list[str], file_map: FileMap
) -> Iterator[Debris]:
    columns = [name for name in names if name not in file_map.ignore]
    is_error, is_date = _is_error("value"), _is_date("value")
    damaged = connection.execute(
        f"select place, count_if({is_error}), count_if({is_date}) from (select "
        f"unnest(range({len(columns)})) as place, "
        f"unnest({_list(columns, identifier)}) as value from staged) "
        f"where {is_error} or {is_date} group by place order by place"
    ).fetchall()
    known = file_map.null_values
    for place, errors, dates in damaged:
        name = columns[place]
        column = identifier(name)
        if errors:
            for row, value in _cells(connection, column, _is_error(column), known):
                yield row, name, _error_reason(value), value
        filled = one_number(connection.execute(f"select count({column}) from staged"))
        if dates and filled - dates > filled * OTHERS_IN_A_DATE_COLUMN:
            for row, value in _cells(connection, column, _is_date(column), known):
                yield (
                    row,
                    name,
                    f"'{value}' reads like a date that a spreadsheet made of another "
                    f"value (1-5 becomes 01-May): export the file anew and open it in "
                    f"none, or write the column under ignore:",
                    value,
                )


def _cells(
    connection: duckdb.DuckDBPyConnection, column: str, damaged: str, known: list[str]
) -> list[tuple[int, str]]:
    return connection.execute(
        f"select {ROW}, {column} from staged where {damaged} "
        f"and not list_contains(?::varchar[], trim({column}))",
        [known],
    ).fetchall()


def _error_reason(value: str) -> str:
    if value.startswith("="):
        return f"'{value}' is a formula of a spreadsheet: export its value alone"
    return (
        f"'{value}' is an error that a spreadsheet put in place of the value: mend it "
        f"there, or, if it says that nothing is known, name it under null_values:"
    )


def _is_error(column: str) -> str:
    return (
        f"case when starts_with({column}, '#') "
        f"then regexp_full_match({column}, {literal(ERROR)}) "
        f"when starts_with({column}, '=\"') then ends_with({column}, '\"') "
        f"else false end"
    )


def _is_date(column: str) -> str:
    return (
        f"case when strlen({column}) between 5 and 9 and (contains({column}, '-') "
        f"or contains({column}, '/') or contains({column}, '. ')) "
        f"then regexp_full_match({column}, {literal(DATE)}) else false end"
    )


def _list(names: list[str], quote: Callable[[str], str]) -> str:
    return "[" + ", ".join(quote(name) for name in names) + "]"
