"""What pages are made of: sections of sentences, charts and tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from markupsafe import Markup

from leadscore.judging.wording import MINUS, NONE

Row = dict[str, Any]

FIRST_OF_NUMBERS = f"0123456789+{MINUS}{NONE}"
LONGEST_NUMBER = 30  # signs, its unit and interval included; what is longer is text


@dataclass(frozen=True)
class Table:
    """A table; the first cell names its row.

    Attributes:
        caption: Its title.
        columns: Their headings.
        rows: Their cells.
        note: A sentence about it.
        is_folded: The page shows it when it is asked for.
        is_printed: The terminal shows it too.
    """

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""
    is_folded: bool = False
    is_printed: bool = True

    @cached_property
    def are_numbers(self) -> list[bool]:
        """Whether a column is one of numbers, by column."""
        return [
            all(cell[:1] in FIRST_OF_NUMBERS for cell in cells)
            and max(map(len, cells)) <= LONGEST_NUMBER
            for cells in zip(*self.rows, strict=True)
        ]


@dataclass(frozen=True)
class Figure:
    """A chart, and what it shows in words."""

    title: str
    picture: Markup
    words: str


@dataclass
class Section:
    """A part of a page."""

    title: str
    sentences: list[str] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
