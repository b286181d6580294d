"""Checks what rows of mappings ask of events: patterns and durations."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from leadscore.rules.row import Finding
from leadscore.rules.vocabulary import mapping_path

# Mapping file: which of its rows have a path as what the pattern is held against.
PATTERNS: dict[str, Callable[[dict[str, str]], bool]] = {
    "activities.csv": lambda row: row.get("field") == "url",
    "page_categories.csv": lambda row: True,
    "site_hosts.csv": lambda row: False,
}

# What decides which events a row of activities.csv is for, their duration aside.
MATCHED = ("source", "event_type", "field", "pattern")


def check_patterns(folders: Iterable[Path]) -> Iterator[Finding]:
    """Return what is wrong with patterns that no event could meet as they were meant.

    Args:
        folders: Folders of mapping files; the first that has a file counts.
    """
    folders = list(folders)
    for name, is_path in PATTERNS.items():
        with mapping_path(name, folders).open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            rows = [(reader.line_num, row) for row in reader]
        for line, row in rows:
            for pattern in (row.get("pattern") or "*").split("|"):
                message = _mistake(pattern, is_path=is_path(row))
                if message:
                    yield Finding(
                        *("error", name, line, "pattern", message), folder="mappings"
                    )
        yield from _durations(name, rows)


def _durations(name: str, rows: list[tuple[int, dict[str, str]]]) -> Iterator[Finding]:
    """Check the least durations: whole, of web events, and before rows without one."""
    column = "min_duration_seconds"
    seen: dict[tuple[str | None, ...], list[tuple[int, int]]] = defaultdict(list)
    for line, row in sorted(rows, key=lambda item: _position(item[1])):
        seconds = row.get(column) or ""
        if seconds and not re.fullmatch(r"0*[1-9][0-9]{0,5}", seconds):
            message = f"{seconds!r}: write whole seconds, 1 to 999999."
        elif seconds and row.get("source") != "web":
            message = (
                "only web events have a duration, and no other would match: empty the "
                "cell."
            )
        else:
            asked = tuple(row.get(cell) for cell in MATCHED)
            earlier = [at for at, least in seen[asked] if least <= int(seconds or 0)]
            seen[asked].append((line, int(seconds or 0)))
            if not seconds or not earlier:
                continue
            message = (
                f"this row is never reached: line {earlier[0]} takes events that are "
                f"as long first. Give this row a smaller position."
            )
        yield Finding("error", name, line, column, message, folder="mappings")


def _position(row: dict[str, str]) -> int:
    text = row.get("position") or ""
    return int(text) if re.fullmatch(r"-?[0-9]+", text) else 0


def _mistake(pattern: str, *, is_path: bool) -> str | None:
    if "%" in pattern:
        words = pattern.replace("%", "*")
        return (
            f"{pattern!r}: patterns are whole words, and `*` stands for any of them: "
            f"write {words} for these words anywhere, or name each word that you mean."
        )
    if not any(letter.isalnum() or letter in "*/" for letter in pattern):
        return f"{pattern!r} has no word and matches nothing: remove it or a |."
    if is_path and not (
        pattern.startswith(("/", "*")) and pattern.endswith(("/", "*"))
    ):
        return (
            f"{pattern!r}: a path has a slash at both ends: write "
            f"*/{pattern.strip('/*')}/* for that part of it, wherever it stands."
        )
    return None
