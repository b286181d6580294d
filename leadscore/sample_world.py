"""The sample's world: written where there is none, and anew when its days are past."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime, timedelta

from leadscore.errors import LeadscoreError, counted
from leadscore.settings import Settings
from leadscore.terminal import console
from leadscore.warehouse import connect

LEADS, SEED = 2000, 7


def yesterday() -> date:
    """Return the newest day that is over (UTC): the last one of a new sample."""
    return datetime.now(UTC).date() - timedelta(days=1)


def keep_fresh(settings: Settings, day: date | None) -> None:
    """Write the sample if there is none, or if its last day is before the wanted one.

    What a sample tells of happened in its last days: scored later, all of it looks old.

    Args:
        settings: The sample's world.
        day: The day that is wanted; None: yesterday.
    """
    from sample import foreign_extracts, read_summary

    wanted = day or yesterday()
    if settings.extracts.exists():
        before = read_summary(settings.data)
        if before is None or before.until >= wanted.isoformat():
            return
        if foreign_extracts(settings.data):
            return  # somebody has made the sample's world their own
        console.print(f"The sample ended on {before.until}: it is written anew.")
    write(settings, LEADS, wanted, SEED)


def write(settings: Settings, leads: int, until: date, seed: int) -> None:
    """Write the sample's extracts; another sample's scores do not outlive it.

    Args:
        settings: The world.
        leads: CRM records, the cast included.
        until: The last day.
        seed: Another seed makes another world.

    Raises:
        LeadscoreError: If the world holds extracts or data that are no sample's, or a
            run has the warehouse open.
    """
    from sample import read_summary, write_sample

    before = read_summary(settings.data)
    files = before.files if before else {}
    _require_only(settings, files)
    with console.status("Writing the sample's extracts ..."):
        summary = write_sample(settings.data, leads, until, seed)
    if summary.files != files:
        settings.warehouse.unlink(missing_ok=True)
        for folder in (settings.published, settings.quarantine, settings.docs):
            shutil.rmtree(folder, ignore_errors=True)
    rows = sum(summary.rows.values())
    console.print(
        f"Wrote a sample of {counted(summary.leads, 'lead')} and "
        f"{counted(rows, 'row')} up to {summary.until} into {settings.extracts}",
        soft_wrap=True,
    )


def _require_only(settings: Settings, files: dict[str, str]) -> None:
    """Refuse a warehouse that has read anything but these files."""
    if not settings.warehouse.exists():
        return
    with connect(settings) as warehouse:
        read = warehouse.execute("select file, sha256 from raw.batches").fetchall()
    foreign = [file for file, sha in read if files.get(file) != sha]
    if foreign:
        raise LeadscoreError(
            f"{settings.warehouse} holds data that this sample did not bring "
            f"({foreign[0]}): choose another folder for the sample, or remove this one."
        )
