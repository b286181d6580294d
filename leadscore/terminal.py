"""What the commands of the command line share: where they print, which world."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

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


def settings_with(**given: object) -> Settings:
    """Return the settings of the environment, with what was said on the command line.

    What was said (None: nothing) is put into the environment too, where the tasks of
    the DAGs find it.
    """
    for name, value in given.items():
        if value is not None:
            os.environ[f"LEADSCORE_{name.upper()}"] = str(value)
    return checked_settings()
