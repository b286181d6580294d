"""Checks signals.csv: that its rows name signals there are, and what is published."""

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
    nearest,
    prefix_of,
)

FILE = "signals.csv"


def check_signals(folders: Iterable[Path], known: Vocabulary) -> Iterator[Finding]:
    """Return what is wrong with the rows of signals.csv.

    Args:
        folders: Folders of mapping files; the first that has the file counts.
        known: What rules may name; columns of the CRM that are not known may be any.
    """
    path = next(folder / FILE for folder in folders if (folder / FILE).exists())
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        rows = csv.DictReader(file)
        for row in rows:
            for column, message in _mistakes(row, known):
                yield Finding(
                    *("error", FILE, rows.line_num, column, message), folder="mappings"
                )


def _mistakes(row: dict[str, str], known: Vocabulary) -> Iterator[tuple[str, str]]:
    name = row["signal"]
    prefix = prefix_of(name)
    names = {*traits(), *chain.from_iterable(SIGNALS_OF_COLUMNS.values())}
    if prefix:
        names = set(known.column_names())
    if name not in names and not (prefix and known.columns[prefix] is None):
        yield (
            "signal",
            f"there is no signal {name!r}{nearest(name, names) or ':'} It is a column "
            f"of int_lead_traits, or of the CRM as attribute.<column> or "
            f"account.<column>. {SHOW_ALL}",
        )
    published = row.get("published") or ""
    if published.lower() not in ("", "true", "false"):
        yield "published", f"{published!r} is neither true nor false."
