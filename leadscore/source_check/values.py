"""What the values of a column look like: times, numbers, yes and no, or unknown."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

import duckdb

from leadscore.loading.row_sql import identifier, literal
from leadscore.source_check.words import NULLS, YES_NO

DATES = (
    *("%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d"),
    *("%Y.%m.%d", "%d.%m.%y", "%d/%m/%y", "%m/%d/%y", "%d-%m-%y", "%Y%m%d"),
    *("%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%d-%b-%Y", "%d-%b-%y"),
    "%Y-%m-%d",
)
CLOCKS = (
    *("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p"),
    *(", %H:%M", ", %H:%M:%S", ", %I:%M %p", "T%H:%M:%S"),
)
FORMATS = [date + clock for date in DATES for clock in CLOCKS]
EPOCHS = {10: "epoch_seconds", 13: "epoch_milliseconds", 16: "epoch_microseconds"}
MOST_FORMATS = 3
# What DuckDB reads as yes or no.
ENGLISH_YES_NO = (("true", "false"), ("t", "f"), ("yes", "no"), ("y", "n"), ("1", "0"))
PLAIN_BOOLEANS = {word for pair in ENGLISH_YES_NO for word in pair}


def null_texts(values: Iterable[str]) -> Counter[str]:
    """Return the texts that seem to mean unknown, and how often they stand there."""
    return Counter(value for value in values if value.lower() in NULLS)


def time_formats(
    connection: duckdb.DuckDBPyConnection, values: list[str]
) -> tuple[list[str] | None, list[str]]:
    """Return the formats that read the values as times, and what none of them reads.

    Returns:
        Few formats, the most frequent first, none for ISO 8601, or None if most values
        are no times; and the values that are none.
    """
    every = list(dict.fromkeys(values))
    digits = Counter(len(text) for text in every if re.fullmatch(r"\d+", text))
    for length, epoch in EPOCHS.items():
        if digits[length] > len(every) / 2:
            epochs = re.compile(rf"\d{{{length}}}")
            return [epoch], [text for text in every if not epochs.fullmatch(text)]
    iso = _reading(connection, every, "try_cast(value as timestamp)")
    formats: list[str] = []
    left = every if len(iso) < len(every) else []
    while left and len(formats) < MOST_FORMATS:
        best = max(FORMATS, key=lambda format_: len(_read(connection, left, format_)))
        read = _read(connection, left, best)
        if not read:
            break
        formats.append(best)
        left = [value for value in left if value not in read]
    if len(every) - len(left) <= len(iso):
        formats, left = [], [value for value in every if value not in iso]
    return (formats if not every or len(left) < len(every) / 2 else None), left


def swapped(format_: str) -> str:
    """Return a format with day and month in each other's place."""
    return format_.replace("%d", "?").replace("%m", "%d").replace("?", "%m")


def reads_all(
    connection: duckdb.DuckDBPyConnection, values: list[str], formats: list[str]
) -> bool:
    """Say whether every value is a time in one of the formats."""
    read = [_read(connection, values, format_) for format_ in formats]
    return set(values) <= set().union(*read)


def _read(
    connection: duckdb.DuckDBPyConnection, values: list[str], format_: str
) -> set[str]:
    return _reading(connection, values, f"try_strptime(value, {literal(format_)})")


def _reading(
    connection: duckdb.DuckDBPyConnection, values: list[str], time: str
) -> set[str]:
    # %Y also reads 26: as the year 26.
    rows = connection.execute(
        f"select value from (select unnest(?::varchar[]) as value) "
        f"where year({time}) between 1900 and 2200",
        [values],
    ).fetchall()
    return {value for (value,) in rows}


def decimal_sign(values: Iterable[str]) -> str:
    """Return the decimal sign of numbers: a comma only if some value shows it."""
    for value in values:
        if re.search(r"\d\.\d{3},\d", value) or re.search(
            r",(\d{1,2}|\d{4,})\D*$", value
        ):
            return ","
    return "."


def number(name: str, values: list[str], decimal: str) -> str | None:
    """Return SQL that takes from a column what is no part of a number, if needed."""
    kept = "0-9,.-" if decimal == "," else "0-9.-"
    if not any(re.search(f"[^{kept}]", value) for value in values):
        return None
    return f"nullif(regexp_replace({identifier(name)}, '[^{kept}]', '', 'g'), '')"


def is_yes_or_no(values: list[str]) -> bool:
    """Say whether a column's values are two that mean yes and no."""
    words = {value.lower() for value in values}
    return words in [set(pair) for pair in (*ENGLISH_YES_NO, *YES_NO)]


def boolean(name: str, values: list[str]) -> str | None:
    """Return how a column of yes and no is read.

    Returns:
        SQL; empty if the column can be read as it is; None if its values are neither.
    """
    words = {value.lower() for value in values}
    if words <= PLAIN_BOOLEANS:
        return ""
    column = f"lower(trim({identifier(name)}))"
    for yes, no in YES_NO:
        if words <= {yes, no}:
            return (
                f"case {column} when {literal(yes)} then true "
                f"when {literal(no)} then false end"
            )
    return None
