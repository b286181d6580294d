"""One process at a time sends what a world has to say, or erases whom it speaks of."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from leadscore.errors import NotYetError
from leadscore.settings import Settings


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Let nobody else send or erase meanwhile; whoever dies lets the next one in.

    Raises:
        NotYetError: If another process does.
    """
    folder = os.open(settings.data, os.O_RDONLY)  # locked itself, it needs no file
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise NotYetError(
                f"Another process sends or erases in {settings.data}: wait until it "
                f"has ended."
            ) from error
        yield
    finally:
        os.close(folder)
