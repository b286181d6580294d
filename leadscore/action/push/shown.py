"""What `leadscore push` prints."""

from __future__ import annotations

from collections import Counter

from rich.console import Console

from leadscore.action.push.changes import FieldChange
from leadscore.action.push.push import Push
from leadscore.action.push.target import Failure
from leadscore.errors import counted
from leadscore.terminal import as_table

FAILURES_SHOWN = 10
EMPTY = "(empty)"


def show_push(push: Push, console: Console, *, sent: bool) -> None:
    """Print what was sent and refused, or what would be sent."""
    counts = push.counts
    console.print(
        f"{counted(counts.listed, 'record')}: {counts.first:,} not pushed before, "
        f"{counts.changed:,} changed, {counts.again:,} not accepted when sent last; "
        f"the others are as {push.target} has them."
    )
    if not sent:
        _show_changes(push, console)
        return
    if push.file:
        console.print(f"Written to {push.file}", markup=False, soft_wrap=True)
    elif counts.going:
        console.print(
            f"Accepted: {push.accepted:,}; not accepted, and sent again next time: "
            f"{len(push.failures):,}"
        )
    if push.failures:
        _show_failures(push.failures, console)


def _show_changes(push: Push, console: Console) -> None:
    if push.counts.going:
        rows = [
            [c.field.name, c.field.column, c.records, _example(c)] for c in push.changes
        ]
        columns = ["field", "ours", "records", "for example"]
        console.print(as_table(f"Would change in {push.target}", columns, rows))
    console.print("Nothing was sent. To send it, say --send.")


def _example(change: FieldChange) -> str:
    return "; ".join(
        f"{record_id}: {now if was is None else f'{was} -> {now or EMPTY}'}"
        for record_id, was, now in change.examples
        if was or now
    )


def _show_failures(failures: dict[str, Failure], console: Console) -> None:
    causes = Counter(failure.cause for failure in failures.values())
    for cause, count in causes.most_common():
        console.print(f"  {count:>8,}  {cause}", markup=False)
    for record_id, failure in list(failures.items())[:FAILURES_SHOWN]:
        console.print(f"  {record_id}: {failure.message}", markup=False, soft_wrap=True)
    if len(failures) > FAILURES_SHOWN:
        console.print(f"  ... and {len(failures) - FAILURES_SHOWN:,} more")
