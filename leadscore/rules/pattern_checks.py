"""Checks the patterns of mappings: whole words, in the one way to write them."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from leadscore.rules.row import Finding

# Mapping file: which of its rows have a path as what the pattern is held against.
PATTERNS: dict[str, Callable[[dict[str, str]], bool]] = {
    "activities.csv": lambda row: row.get("field") == "url",
    "page_categories.csv": lambda row: True,
    "site_hosts.csv": lambda row: False,
}


def check_patterns(folders: Iterable[Path]) -> Iterator[Finding]:
    """Return what is wrong with patterns that no event could meet as they were meant.

    Args:
        folders: Folders of mapping files; the first that has a file counts.
    """
    folders = list(folders)
    for name, is_path in PATTERNS.items():
        path = next(folder / name for folder in folders if (folder / name).exists())
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            for row in rows:
                for pattern in (row.get("pattern") or "*").split("|"):
                    message = _mistake(pattern, is_path=is_path(row))
                    if message:
                        yield Finding(
                            *("error", name, rows.line_num, "pattern", message),
                            folder="mappings",
                        )


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
