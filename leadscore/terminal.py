"""What the commands of the command line share: where they print, which world."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from leadscore.settings import Settings, checked_settings

console = Console(width=None if sys.stdout.isatty() else 140, highlight=False)

Data = Annotated[
    Path | None, typer.Option(help="The world's folder [default: data/sample].")
]
Config = Annotated[
    Path | None, typer.Option(help="Your own sources/, rules/ and mappings/.")
]
Maps = Annotated[
    str | None,
    typer.Option(help="The source maps in use, e.g. hubspot [default: generic]."),
]

CutOffs = Annotated[
    list[datetime] | None,
    typer.Option(
        "--cut-off",
        formats=["%Y-%m-%d"],
        help="A day to score as of; may be given several times [default: the last day "
        "of every month whose horizon has ended].",
    ),
]


def settings_with(**given: object) -> Settings:
    """Return the settings of the environment, with what was said on the command line.

    What was said (None: nothing) is put into the environment too, where the tasks of
    the DAGs find it.
    """
    for name, value in given.items():
        if value is not None:
            os.environ[f"LEADSCORE_{name.upper()}"] = str(value)
    return checked_settings()


def as_table(title: str, columns: list[str], rows: Iterable[Iterable[Any]]) -> Table:
    """Return rows as a table to print; columns of numbers are set to the right."""
    table = Table(title=title, title_justify="left", title_style="bold", box=None)
    cells = [[_cell(value) for value in row] for row in rows]
    numeric = [
        bool(cells)
        and all(row[n].replace(",", "").isdigit() for row in cells if row[n])
        for n in range(len(columns))
    ]
    for column, is_number in zip(columns, numeric, strict=True):
        table.add_column(
            column,
            justify="right" if is_number else "left",
            overflow="fold" if column == "file" else "ellipsis",
        )
    for row in cells or [["none"]]:
        table.add_row(*row)
    return table


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else str(value)
