"""Reads a folder of rule files into rows, or says why they cannot be read."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from leadscore.dbt_runner import LATER_COLUMNS
from leadscore.rules.row import Finding, SeedRow
from leadscore.rules.schema import FILES, Rules

RowOfFile = TypeVar("RowOfFile", bound=SeedRow)


def read_rules(folder: Path) -> tuple[Rules, list[Finding]]:
    """Read every rule file of a folder; a file that is not there has no rows.

    Returns:
        The rows without a mistake, by file, and the mistakes.
    """
    rules = Rules()
    findings: list[Finding] = []
    for path in sorted(folder.glob("*.csv")):
        if path.stem not in FILES:
            known = ", ".join(f"{name}.csv" for name in FILES)
            message = f"there is no such rule file: the files are {known}."
            findings.append(Finding("error", path.name, None, None, message))
            continue
        rows, mistakes = read_file(path, FILES[path.stem])
        getattr(rules, path.stem).extend(rows)
        findings += mistakes
    return rules, findings


def read_file(
    path: Path, model: type[RowOfFile]
) -> tuple[list[RowOfFile], list[Finding]]:
    """Read the rows of one file of seeds.

    Returns:
        The rows without a mistake, and the mistakes.
    """
    rows: list[RowOfFile] = []
    findings: list[Finding] = []
    for item in _read(path, model):
        if isinstance(item, Finding):
            findings.append(replace(item, folder=model.folder))
        else:
            rows.append(item)
    return rows, [*findings, *_repeated(rows)]


def _read(path: Path, model: type[RowOfFile]) -> Iterator[RowOfFile | Finding]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        message = "this is not UTF-8 text: save it as 'CSV UTF-8'."
        yield Finding("error", path.name, None, None, message)
        return
    reader = csv.reader(io.StringIO(text), strict=True)
    try:
        header = next(reader, [])
        mistakes = list(_check_header(header, model))
        yield from mistakes
        if mistakes:
            return
        line = reader.line_num
        for cells in reader:
            first, line = line + 1, reader.line_num
            if cells:
                yield from _read_row(first, header, cells, model)
    except csv.Error as error:
        message = f"a quote is not closed or stands inside a cell ({error}): mend it."
        yield Finding("error", path.name, reader.line_num, None, message)


def _check_header(header: list[str], model: type[SeedRow]) -> Iterator[Finding]:
    columns = model.columns()
    other = {";": "semicolons", "\t": "tabs"}
    for sign, name in other.items():
        if header and header[0].split(sign)[1:]:
            message = f"the cells are separated by {name}: save the file with commas."
            yield Finding("error", model.file, 1, None, message)
            return
    later = LATER_COLUMNS.get(model.file, ())
    missing = [name for name in columns if name not in (*header, *later)]
    if missing:
        message = (
            f"the column {', '.join(missing)} is missing: add it to the first line."
        )
        yield Finding("error", model.file, 1, None, message)
    for position, name in enumerate(header):
        if name not in columns:
            known = ", ".join(columns)
            message = (
                f"there is no column {name!r}: remove it. The columns are {known}."
            )
            yield Finding("error", model.file, 1, name, message)
        elif name in header[:position]:
            message = f"the column {name} stands here twice: remove one."
            yield Finding("error", model.file, 1, name, message)


def _read_row(
    line: int, header: list[str], cells: list[str], model: type[RowOfFile]
) -> Iterator[RowOfFile | Finding]:
    if len(cells) != len(header):
        message = (
            f"{len(cells)} cells where the first line has {len(header)}: add or remove "
            f"commas, and put a text that holds a comma into double quotes."
        )
        yield Finding("error", model.file, line, None, message)
        return
    filled = {name: cell for name, cell in zip(header, cells, strict=True) if cell}
    try:
        yield model.model_validate({"line": line, **filled})
    except ValidationError as error:
        for problem in error.errors():
            column = str(problem["loc"][0])
            yield Finding("error", model.file, line, column, _said(problem))


def _said(problem: ErrorDetails) -> str:
    """Return pydantic's message in the words of people who write rules."""
    cell, more = problem["input"], problem.get("ctx", {})
    match problem["type"]:
        case "missing":
            return "the cell is empty: fill it in."
        case "literal_error":
            words = more["expected"].replace("'", "").replace(" or ", ", ")
            return f"{cell!r} is not one of {words}."
        case "decimal_max_places":
            places = more["decimal_places"]
            wanted = f"at most {places} decimals" if places else "no decimals"
            return f"{cell} is too exact: write it with {wanted}."
        case "less_than":
            return f"{cell} is too large: write a number below {more['lt']}."
        case "greater_than":
            return f"{cell} is too small: write a number above {more['gt']}."
        case _:
            return str(more["error"])


def _repeated(rows: Sequence[SeedRow]) -> Iterator[Finding]:
    seen: dict[tuple[Any, ...], int] = {}
    for row in rows:
        values = tuple(getattr(row, name) for name in row.key)
        if values in seen:
            named = ", ".join(
                f"{name} {value}" for name, value in zip(row.key, values, strict=True)
            )
            yield row.error(
                row.key[-1],
                f"{named} is on line {seen[values]} already: give one of the two "
                f"another {row.key[-1]}, or remove it.",
            )
        seen.setdefault(values, row.line)
