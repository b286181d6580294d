"""What `leadscore push` writes to: what a target is asked, and how it may refuse."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception_type
from tenacity.stop import stop_after_attempt

logger = logging.getLogger(__name__)

# So often a call is tried, and so many seconds it is waited for an answer.
ATTEMPTS = 6
ANSWER_TIMEOUT = 60.0

# Seconds before another try: 1, 2, 4 ...; who asks for more than this is left alone.
MOST_WAIT = 120.0

Answer = TypeVar("Answer")
Sleep = Callable[[float], None]


@dataclass(frozen=True)
class Field:
    """A field of the target, a row of crm_fields.csv."""

    name: str
    column: str
    format: str


@dataclass(frozen=True)
class Record:
    """What one record of the CRM is to hold.

    Attributes:
        record_id: The CRM's id of it.
        lead_id: Whose score it is.
        fields: The value of each field as text, in a JSON object; null clears the
            field.
        attempts: How often it was sent before since it was last accepted.
    """

    record_id: str
    lead_id: str
    fields: str
    attempts: int = 0

    @property
    def values(self) -> dict[str, str | None]:
        """The value of each field as text; None clears the field."""
        return dict(json.loads(self.fields))


@dataclass(frozen=True)
class Failure:
    """Why a record was not taken.

    Attributes:
        cause: The target's code for it, which names nobody and may be published.
        message: What the target said.
    """

    cause: str
    message: str


NO_ANSWER = "NO_ANSWER"


class BusyError(Exception):
    """The target took no call now, and may a little later.

    Attributes:
        wait: The seconds for which it asks, if it does.
    """

    def __init__(self, message: str, wait: float | None = None) -> None:
        """Take what the target said, and for how long it asks."""
        super().__init__(message)
        self.wait = wait


class BatchRefusedError(Exception):
    """The target refused a batch as a whole for what is in it."""

    def __init__(self, failure: Failure) -> None:
        """Take why it did."""
        super().__init__(failure.message)
        self.failure = failure


class Target(Protocol):
    """A CRM that takes records.

    Attributes:
        name: As people call it.
        batch_size: The most records of one call.
    """

    name: str
    batch_size: int

    def send(self, records: Sequence[Record]) -> dict[str, Failure]:
        """Update records in one call; return those that were not, by their id.

        Raises:
            BusyError: If the call may be tried again.
            BatchRefusedError: If all were refused, and fewer may be taken.
            LeadscoreError: If nothing can be sent at all.
        """


class Patience:
    """Tries a call again while the target is busy, and keeps to its pace."""

    def __init__(self, calls_per_second: float | None, sleep: Sleep) -> None:
        """Take the pace (None: any), and what waits for some seconds."""
        self._between = 1 / calls_per_second if calls_per_second else 0.0
        self._sleep = sleep
        self._last = float("-inf")

    def call(self, function: Callable[[], Answer]) -> Answer:
        """Return what a function returns.

        Raises:
            BusyError: If the target is still busy after all tries.
        """
        tries = Retrying(
            sleep=self._sleep,
            stop=_stop,
            wait=_wait,
            retry=retry_if_exception_type(BusyError),
            before_sleep=_tell,
            reraise=True,
        )
        answer: Answer = tries(self._paced, function)
        return answer

    def _paced(self, function: Callable[[], Answer]) -> Answer:
        early = self._last + self._between - time.monotonic()
        if early > 0:
            self._sleep(early)
        self._last = time.monotonic()
        return function()


def seconds(text: str | None) -> float | None:
    """Return the seconds that a header Retry-After asks for, if it counts them."""
    return float(text) if text and text.strip().isdigit() else None


def _stop(state: RetryCallState) -> bool:
    return _wait(state) > MOST_WAIT or stop_after_attempt(ATTEMPTS)(state)


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.wait if isinstance(error, BusyError) else None
    return float(2 ** (state.attempt_number - 1)) if asked is None else asked


def _tell(state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    logger.warning("%s; trying again in %.0f s", error, _wait(state))
