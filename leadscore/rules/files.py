"""Reads a folder of rule files, every cell by the type of its column."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Literal

from leadscore.rules.schema import KEYS, Column, columns_of

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Finding:
    """Something wrong with the rules.

    Attributes:
        severity: An error stops the build; a warning does not.
        file: The file's name, for example signal_rules.csv.
        line: The line in the file, counted from 1; None: the file as a whole.
        column: The column; None: the row as a whole.
        message: What is wrong and what to do.
    """

    severity: Severity
    file: str
    line: int | None
    column: str | None
    message: str

    def __str__(self) -> str:
        """Return the finding as people read it."""
        line = f" line {self.line}" if self.line else ""
        column = f" ({self.column})" if self.column else ""
        return f"rules/{self.file}{line}{column}: {self.message}"


@dataclass(frozen=True)
class Row:
    """A row of a rule file; empty cells are None, numbers are Decimal."""

    file: str
    line: int
    cells: dict[str, Any] = field(repr=False)

    def __getitem__(self, column: str) -> Any:
        """Return a cell."""
        return self.cells[column]

    def error(self, column: str | None, message: str) -> Finding:
        """Return a mistake in this row that stops the build."""
        return Finding("error", self.file, self.line, column, message)

    def warning(self, column: str | None, message: str) -> Finding:
        """Return something in this row that is odd and may be meant."""
        return Finding("warning", self.file, self.line, column, message)


Rules = dict[str, list[Row]]


def read_rules(folder: Path) -> tuple[Rules, list[Finding]]:
    """Read every rule file of a folder; a file that is not there has no rows.

    Returns:
        The rows without a mistake, by file, and the mistakes.
    """
    rules: Rules = {name: [] for name in columns_of()}
    findings: list[Finding] = []
    for path in sorted(folder.glob("*.csv")):
        if path.stem not in rules:
            known = ", ".join(f"{name}.csv" for name in rules)
            message = f"there is no such rule file: the files are {known}."
            findings.append(Finding("error", path.name, None, None, message))
            continue
        for item in _read_file(path, columns_of()[path.stem]):
            if isinstance(item, Finding):
                findings.append(item)
            else:
                rules[path.stem].append(item)
    for name, rows in rules.items():
        findings += _repeated(rows, KEYS[name])
    return rules, findings


def plain(number: Decimal) -> str:
    """Return a number as people write it: 250.0000 is 250."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _read_file(path: Path, columns: dict[str, Column]) -> Iterator[Row | Finding]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        message = "this is not UTF-8 text: save it as 'CSV UTF-8'."
        yield Finding("error", path.name, None, None, message)
        return
    reader = csv.reader(text.splitlines(keepends=True), strict=True)
    try:
        header = next(reader, [])
        mistakes = list(_check_header(path.name, header, columns))
        yield from mistakes
        if mistakes:
            return
        line = reader.line_num
        for cells in reader:
            first, line = line + 1, reader.line_num
            if cells:
                yield from _read_row(path.name, first, header, cells, columns)
    except csv.Error as error:
        message = f"a quote is not closed or stands inside a cell ({error}): mend it."
        yield Finding("error", path.name, reader.line_num, None, message)


def _check_header(
    file: str, header: list[str], columns: dict[str, Column]
) -> Iterator[Finding]:
    missing = [name for name in columns if name not in header]
    if missing:
        message = (
            f"the column {', '.join(missing)} is missing: add it to the first line."
        )
        yield Finding("error", file, 1, None, message)
    for position, name in enumerate(header):
        if name not in columns:
            known = ", ".join(columns)
            message = (
                f"there is no column {name!r}: remove it. The columns are {known}."
            )
            yield Finding("error", file, 1, name, message)
        elif name in header[:position]:
            message = f"the column {name} stands here twice: remove one."
            yield Finding("error", file, 1, name, message)


def _read_row(
    file: str,
    line: int,
    header: list[str],
    cells: list[str],
    columns: dict[str, Column],
) -> Iterator[Row | Finding]:
    if len(cells) != len(header):
        message = (
            f"{len(cells)} cells where the first line has {len(header)}: add or remove "
            f"commas, and put a text that holds a comma into double quotes."
        )
        yield Finding("error", file, line, None, message)
        return
    values: dict[str, Any] = {}
    mistakes = 0
    for name, cell in zip(header, cells, strict=True):
        try:
            values[name] = _value(cell, columns[name])
        except ValueError as error:
            mistakes += 1
            yield Finding("error", file, line, name, str(error))
    if not mistakes:
        yield Row(file, line, values)


def _value(cell: str, column: Column) -> Any:
    """Return what a cell holds; ValueError says what is wrong with it."""
    if not cell.strip():
        if column.is_required:
            raise ValueError("the cell is empty: fill it in.")
        return None
    if cell != cell.strip():
        raise ValueError(f"{cell!r} begins or ends with a blank: remove it.")
    if column.allowed and cell not in column.allowed:
        raise ValueError(f"{cell!r} is not one of {', '.join(column.allowed)}.")
    if column.kind in {"integer", "decimal"}:
        return _number(cell, column)
    if column.kind == "boolean":
        if cell.lower() not in {"true", "false"}:
            raise ValueError(f"{cell!r} is neither true nor false.")
        return cell.lower() == "true"
    return _date(cell) if column.kind == "date" else cell


def _date(cell: str) -> date:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", cell):
        raise ValueError(f"{cell!r} is not a date: write YYYY-MM-DD.")
    try:
        return date.fromisoformat(cell)
    except ValueError:
        raise ValueError(f"{cell} is no day of the calendar.") from None


def _number(cell: str, column: Column) -> Decimal:
    try:
        number = Decimal(cell)
    except InvalidOperation:
        number = Decimal("nan")
    if not number.is_finite():
        raise ValueError(f"{cell!r} is not a number: write digits, as in 12 or 0.5.")
    if number != round(number, column.decimals):
        wanted = (
            f"at most {column.decimals} decimals" if column.decimals else "no decimals"
        )
        raise ValueError(f"{cell} is too exact: write it with {wanted}.")
    return number


def _repeated(rows: list[Row], key: tuple[str, ...]) -> Iterator[Finding]:
    seen: dict[tuple[Any, ...], int] = {}
    for row in rows:
        values = tuple(row[name] for name in key)
        if values in seen:
            named = ", ".join(
                f"{name} {value}" for name, value in zip(key, values, strict=True)
            )
            yield row.error(
                key[-1],
                f"{named} is on line {seen[values]} already: give one of the two "
                f"another {key[-1]}, or remove it.",
            )
        seen.setdefault(values, row.line)
