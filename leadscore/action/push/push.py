"""Pushes scores into a CRM: what changed since it accepted them last, and no more."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import duckdb

from leadscore.action.lock import alone
from leadscore.action.push.changes import (
    Counts,
    FieldChange,
    field_changes,
    find_changes,
    in_batches,
    read_fields,
    write_file,
)
from leadscore.action.push.memory import Memory
from leadscore.action.push.target import (
    NO_ANSWER,
    BatchRefusedError,
    BusyError,
    Failure,
    Field,
    Patience,
    Record,
    Sleep,
    Target,
)
from leadscore.errors import LeadscoreError, NotYetError, counted
from leadscore.publish import current_build, open_build, read_build
from leadscore.rules.vocabulary import nearest
from leadscore.settings import CSV, HUBSPOT, TARGETS, Settings

SCRATCH = ".push_"

# Says how many records were sent so far, of how many.
Tell = Callable[[int, int], None]


@dataclass
class Push:
    """What a push did, or would do.

    Attributes:
        target: Where it went.
        counts: How many records go out, and why.
        changes: Of a dry run: what would change in each field.
        accepted: How many records were accepted.
        failures: Why others were not, by record.
        file: The file that was written.
    """

    target: str
    counts: Counts
    changes: list[FieldChange] = field(default_factory=list)
    accepted: int = 0
    failures: dict[str, Failure] = field(default_factory=dict)
    file: Path | None = None


def push(
    settings: Settings,
    target: str,
    *,
    send: bool,
    into: Path | None = None,
    tell: Tell = lambda done, of: None,
    sleep: Sleep = time.sleep,
) -> Push:
    """Update the records of a CRM that are to hold something else than they do.

    No record is created and none deleted. What is accepted is remembered batch by
    batch, so that whatever fails in between the next push goes on from there.

    Args:
        settings: The world.
        target: hubspot, salesforce or csv.
        send: Whether to send; without it, only find what would be sent.
        into: The file that csv writes, instead of one in `<data>/push/`.
        tell: Is told how far it is.
        sleep: Waits for some seconds.

    Raises:
        NotYetError: If another push runs, or the target does not answer.
        LeadscoreError: If nothing is published, the target refuses who asks, or a field
            is not there.
    """
    if target not in TARGETS:
        hint = nearest(target, TARGETS) or f": write {', '.join(TARGETS)}."
        raise LeadscoreError(f"Nothing is pushed to {target!r}{hint}")
    fields = read_fields(settings, target)
    build = current_build(settings)
    memory = Memory(settings, target, sleep)
    with (
        alone(settings),
        _scratch(settings) as scratch,
        open_build(build) as connection,
    ):
        memory.copy_to(scratch / "pushed.parquet")
        counts = find_changes(connection, build, fields, scratch / "pushed.parquet")
        pushed = Push(target, counts)
        if not send:
            pushed.changes = list(field_changes(connection, fields))
        elif counts.going and target == CSV:
            pushed.file = (into or _file_of(settings, build)).absolute()
            if pushed.file.exists():
                raise LeadscoreError(
                    f"{pushed.file} is there already, and what is in it may not be "
                    f"imported yet: name another file."
                )
            pushed.file.parent.mkdir(parents=True, exist_ok=True)
            write_file(connection, fields, pushed.file)
            memory.note_file(connection, scratch / "going.parquet")
            pushed.accepted = counts.going
        elif counts.going:
            day = date.fromisoformat(read_build(build)["as_of_date"])
            there, patience = _target(settings, target, fields, sleep)
            _Sending(there, patience, memory, build.name, day, tell).send(
                connection, pushed
            )
    return pushed


@dataclass
class _Sending:
    """A push under way."""

    there: Target
    patience: Patience
    memory: Memory
    build_id: str
    day: date
    tell: Tell

    def send(self, connection: duckdb.DuckDBPyConnection, pushed: Push) -> None:
        """Send what goes out, batch by batch; count in `pushed` what became of it."""
        going = pushed.counts.going
        for batch in in_batches(connection, self.there.batch_size):
            self.memory.note_sending(batch, self.build_id, self.day)
            try:
                failures = self._send_batch(batch)
            except BusyError as error:
                silence = Failure(NO_ANSWER, str(error))
                self.memory.note_answer(batch, {r.record_id: silence for r in batch})
                raise NotYetError(
                    f"{error}, tried several times. Accepted before were "
                    f"{counted(pushed.accepted, 'record')} of {going:,}; push again "
                    f"later, which sends the others."
                ) from error
            self.memory.note_answer(batch, failures)
            pushed.failures |= failures
            pushed.accepted += len(batch) - len(failures)
            self.tell(pushed.accepted + len(pushed.failures), going)

    def _send_batch(self, batch: Sequence[Record]) -> dict[str, Failure]:
        """Send a batch; one refused as a whole is halved until it is known for whom."""
        try:
            return self.patience.call(lambda: self.there.send(batch))
        except BatchRefusedError as error:
            if len(batch) == 1:
                return {batch[0].record_id: error.failure}
        half = len(batch) // 2
        return self._send_batch(batch[:half]) | self._send_batch(batch[half:])


def _target(
    settings: Settings, target: str, fields: Sequence[Field], sleep: Sleep
) -> tuple[Target, Patience]:
    """Return a CRM, and the patience that it asks for."""
    if target == HUBSPOT:
        from leadscore.action.push.hubspot import HubSpot

        pace = settings.hubspot_calls_per_second
        return HubSpot(settings, fields), Patience(pace, sleep)
    from leadscore.action.push.salesforce import Salesforce

    # It counts the calls of a day, not of a second, and those at the same time.
    return Salesforce(settings, fields), Patience(None, sleep)


@contextmanager
def _scratch(settings: Settings) -> Iterator[Path]:
    """Give a folder for files in between."""
    with tempfile.TemporaryDirectory(dir=settings.data, prefix=SCRATCH) as folder:
        yield Path(folder)


def _file_of(settings: Settings, build: Path) -> Path:
    """Return a file that is not there yet: who imports one may not have done it yet."""
    name = f"{read_build(build)['as_of_date']}_{build.name}"
    path, number = settings.pushed / f"{name}.csv", 1
    while path.exists():
        number += 1
        path = path.with_name(f"{name}_{number}.csv")
    return path
