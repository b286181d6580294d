"""Checks the mappings whose rows name signals: signals.csv and value_names.csv."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from leadscore.models import traits
from leadscore.rules.row import SHOW_ALL, Finding
from leadscore.rules.vocabulary import (
    SIGNALS_OF_COLUMNS,
    Vocabulary,
    as_spelled,
    mapping_path,
    nearest,
    prefix_of,
)

# The columns that a file must have, and how many of the first name a row once.
COLUMNS = {
    "signals.csv": (("signal", "description", "is_outcome", "kind"), 1),
    "value_names.csv": (("signal", "value", "name"), 2),
}


def check_signals(folders: Iterable[Path], known: Vocabulary) -> Iterator[Finding]:
    """Return what is wrong with the rows of signals.csv and of value_names.csv.

    Args:
        folders: Folders of mapping files; the first that has a file counts.
        known: What rules may name; columns of the CRM that are not known may be any.
    """
    folders = list(folders)
    for name in COLUMNS:
        path = mapping_path(name, folders)
        for line, column, message in _of_file(path, known):
            yield Finding("error", name, line, column, message, folder="mappings")


def _of_file(path: Path, known: Vocabulary) -> Iterator[tuple[int, str | None, str]]:
    columns, keys = COLUMNS[path.name]
    mistakes = _in_signal if path.name == "signals.csv" else _in_value_name
    first: dict[tuple[str, ...], int] = {}
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        reader = csv.DictReader(file)
        missing = [name for name in columns if name not in (reader.fieldnames or ())]
        if missing:
            message = f"the column {', '.join(missing)} is missing: add it."
            yield 1, None, message
            return
        for row in reader:
            cells = {name: cell or "" for name, cell in row.items()}
            for column, message in mistakes(cells, known):
                yield reader.line_num, column, message
            key = tuple(cells[name] for name in columns[:keys])
            if key in first:
                message = (
                    f"{' '.join(key)} stands in line {first[key]} too: remove one."
                )
                yield reader.line_num, columns[keys - 1], message
            first.setdefault(key, reader.line_num)


def _in_signal(row: dict[str, str], known: Vocabulary) -> Iterator[tuple[str, str]]:
    name = row["signal"]
    prefix = prefix_of(name)
    plain = {*traits(), *chain.from_iterable(SIGNALS_OF_COLUMNS.values())}
    names = set(known.column_names()) if prefix else plain
    if name not in names and not (prefix and known.columns[prefix] is None):
        bare = name.removeprefix(prefix)
        hint = nearest(bare, plain) if bare in plain else nearest(name, names)
        yield (
            "signal",
            f"there is no signal {name!r}{hint or ':'} It is a column of "
            f"int_lead_traits, or of the CRM as attribute.<column> or "
            f"account.<column>. {SHOW_ALL}",
        )
    if row["is_outcome"].lower() not in ("true", "false"):
        yield "is_outcome", f"{row['is_outcome']!r} is neither true nor false."
    if row["kind"] not in ("text", "number"):
        yield "kind", f"{row['kind']!r} is neither text nor number."
    published = row.get("published", "")
    if published.lower() not in ("", "true", "false"):
        yield "published", f"{published!r} is neither true nor false."


def _in_value_name(row: dict[str, str], known: Vocabulary) -> Iterator[tuple[str, str]]:
    name, value = row["signal"], row["value"]
    if not known.knows_signal(name):
        hint = known.nearest_signal(name) or ":"
        yield "signal", f"there is no signal {name!r}{hint} {SHOW_ALL}"
    spelled = as_spelled(value)
    if value != spelled:
        yield "value", f"{value!r} never matches: write {spelled!r}, as rules see it."
    for column in ("value", "name"):
        if not row[column]:
            yield column, "the cell is empty: fill it in."
