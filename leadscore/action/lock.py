"""Who sends for a world is alone, and waits for the warehouse that others hold."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_fixed

from leadscore.errors import NotYetError
from leadscore.settings import Settings

# A run that scores meanwhile holds the warehouse for minutes, step by step.
WAIT_SECONDS = 5
WAITS = 120


def patience(sleep: Callable[[float], None] = time.sleep) -> Retrying:
    """Return what calls a function again while others hold the warehouse.

    What was sent must be noted: not noted, it would be sent again.
    """
    return Retrying(
        sleep=sleep,
        stop=stop_after_attempt(WAITS),
        wait=wait_fixed(WAIT_SECONDS),
        retry=retry_if_exception_type(NotYetError),
        reraise=True,
    )


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
