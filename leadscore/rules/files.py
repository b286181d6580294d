"""Reads a folder of rule files; what a cell may hold is said in the seeds' YAML."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml

from leadscore.settings import PROJECT

SEEDS = PROJECT / "dbt_project" / "seeds"

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
        line = f" line {self.line}" if self.line else ""
        column = f" ({self.column})" if self.column else ""
        return f"rules/{self.file}{line}{column}: {self.message}"


@dataclass(frozen=True)
class Column:
    """What the cells of a column may hold."""

    name: str
    kind: str  # varchar, integer, decimal, boolean or date
    decimals: int
    is_required: bool
    allowed: tuple[str, ...]


@dataclass(frozen=True)
class FileSchema:
    """The columns of a rule file, and those which together name a row once."""

    columns: dict[str, Column]
    keys: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Row:
    """A row of a rule file; empty cells are None, numbers are Decimal."""

    file: str
    line: int
    cells: dict[str, Any] = field(repr=False)

    def __getitem__(self, column: str) -> Any:
        return self.cells[column]

    def error(self, column: str | None, message: str) -> Finding:
        """Return a mistake in this row that stops the build."""
        return Finding("error", self.file, self.line, column, message)

    def warning(self, column: str | None, message: str) -> Finding:
        """Return something in this row that is odd and may be meant."""
        return Finding("warning", self.file, self.line, column, message)


Rules = dict[str, list[Row]]


@lru_cache
def schemas() -> dict[str, FileSchema]:
    """Return the schema of every rule file by name, without `.csv`."""
    folder = SEEDS / "rules"
    return {path.stem: _schema(path) for path in sorted(folder.glob("*.yml"))}


def read_rules(folder: Path) -> tuple[Rules, list[Finding]]:
    """Read every rule file of a folder; a file that is not there has no rows.

    Returns:
        The rows without a mistake, by file, and the mistakes.
    """
    rules: Rules = {name: [] for name in schemas()}
    findings: list[Finding] = []
    for path in sorted(folder.glob("*.csv")):
        if path.stem not in rules:
            known = ", ".join(f"{name}.csv" for name in rules)
            message = f"there is no such rule file: the files are {known}."
            findings.append(Finding("error", path.name, None, None, message))
            continue
        for item in _read_file(path, schemas()[path.stem]):
            if isinstance(item, Finding):
                findings.append(item)
            else:
                rules[path.stem].append(item)
    for name, rows in rules.items():
        for key in schemas()[name].keys:
            findings += _repeated(rows, key)
    return rules, findings


def plain(number: Decimal) -> str:
    """Return a number as people write it: 250.0000 is 250."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _schema(path: Path) -> FileSchema:
    seed = yaml.safe_load(path.read_text(encoding="utf-8"))["seeds"][0]
    tests = {entry["name"]: entry.get("data_tests", []) for entry in seed["columns"]}
    keys = [
        tuple(test["unique_combination_of_columns"]["arguments"]["combination_of_columns"])
        for test in seed.get("data_tests", [])
        if "unique_combination_of_columns" in test
    ]
    keys += [(name,) for name, of_column in tests.items() if "unique" in of_column]
    columns = {
        name: _column(name, kind, tests[name])
        for name, kind in seed["config"]["column_types"].items()
    }
    return FileSchema(columns, tuple(keys))


def _column(name: str, kind: str, tests: list[Any]) -> Column:
    scale = re.fullmatch(r"decimal\(\d+,\s*(\d+)\)", kind)
    allowed = [
        test["accepted_values"]["arguments"]["values"]
        for test in tests
        if "accepted_values" in test
    ]
    return Column(
        name=name,
        kind=kind.partition("(")[0],
        decimals=int(scale[1]) if scale else 0,
        is_required="not_null" in tests,
        allowed=tuple(str(value) for values in allowed for value in values),
    )


def _read_file(path: Path, schema: FileSchema) -> Iterator[Row | Finding]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        message = "this is not UTF-8 text: save it as 'CSV UTF-8'."
        yield Finding("error", path.name, None, None, message)
        return
    reader = csv.reader(text.splitlines(keepends=True), strict=True)
    try:
        header = next(reader, [])
        mistakes = list(_check_header(path.name, header, schema))
        yield from mistakes
        if mistakes:
            return
        line = reader.line_num
        for cells in reader:
            first, line = line + 1, reader.line_num
            if cells:
                yield from _read_row(path.name, first, header, cells, schema)
    except csv.Error as error:
        message = f"a quote is not closed or stands inside a cell ({error}): mend it."
        yield Finding("error", path.name, reader.line_num, None, message)


def _check_header(
    file: str, header: list[str], schema: FileSchema
) -> Iterator[Finding]:
    missing = [name for name in schema.columns if name not in header]
    if missing:
        message = f"the column {', '.join(missing)} is missing: add it to the first line."
        yield Finding("error", file, 1, None, message)
    for position, name in enumerate(header):
        if name not in schema.columns:
            known = ", ".join(schema.columns)
            message = f"there is no column {name!r}: remove it. The columns are {known}."
            yield Finding("error", file, 1, name, message)
        elif name in header[:position]:
            message = f"the column {name} stands here twice: remove one."
            yield Finding("error", file, 1, name, message)


def _read_row(
    file: str, line: int, header: list[str], cells: list[str], schema: FileSchema
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
            values[name] = _value(cell, schema.columns[name])
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
    if column.kind == "date":
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", cell):
            raise ValueError(f"{cell!r} is not a date: write YYYY-MM-DD.")
        try:
            return date.fromisoformat(cell)
        except ValueError:
            raise ValueError(f"{cell} is no day of the calendar.") from None
    return cell


def _number(cell: str, column: Column) -> Decimal:
    try:
        number = Decimal(cell)
    except InvalidOperation:
        number = Decimal("nan")
    if not number.is_finite():
        raise ValueError(f"{cell!r} is not a number: write digits, as in 12 or 0.5.")
    if number != round(number, column.decimals):
        wanted = f"at most {column.decimals} decimals" if column.decimals else "no decimals"
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
