"""The sample's world: written where there is none, and anew when its days are past."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime, timedelta

from leadscore.errors import LeadscoreError, counted
from leadscore.settings import SOURCES, Settings
from leadscore.terminal import console
from leadscore.warehouse import connect

LEADS, SEED = 2000, 7


def yesterday() -> date:
    """Return the newest day that is over (UTC): the last one of a new sample."""
    return datetime.now(UTC).date() - timedelta(days=1)


def keep_fresh(settings: Settings, day: date | None) -> None:
    """Write the sample if there is none, or anew if it ends before the wanted day.

    What a sample tells of happened in its last days: scored later, all of it looks old.

    Args:
        settings: The sample's world.
        day: The day that is wanted, which a sample can follow up to yesterday; None:
            yesterday.
    """
    from sample import foreign_extracts, read_summary

    wanted = min(day or yesterday(), yesterday())
    if not settings.extracts.exists():
        write(settings, LEADS, wanted, SEED)
        return
    before = read_summary(settings.data)
    # Who has added extracts of their own has made the sample's world their own.
    if (
        before
        and before.until < wanted.isoformat()
        and not foreign_extracts(settings.data)
    ):
        console.print(f"The sample ended on {before.until}: it is written anew.")
        write(settings, before.leads, wanted, before.seed)


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
    is_scored = settings.warehouse.exists()
    if is_scored:
        _require_only(settings, files)
    with console.status("Writing the sample's extracts ..."):
        summary = write_sample(settings.data, leads, until, seed)
    if is_scored and summary.files != files:
        _remove_scores(settings)
    rows = sum(summary.rows.values())
    console.print(
        f"Wrote a sample of {counted(summary.leads, 'lead')} and "
        f"{counted(rows, 'row')} up to {summary.until} into {settings.extracts}",
        soft_wrap=True,
    )


def _require_only(settings: Settings, files: dict[str, str]) -> None:
    """Refuse a warehouse that has read anything but these files."""
    with connect(settings) as warehouse:
        read = warehouse.execute("select file, sha256 from raw.batches").fetchall()
    foreign = [file for file, sha in read if files.get(file) != sha]
    if foreign:
        raise LeadscoreError(
            f"{settings.warehouse} holds data that this sample did not bring "
            f"({foreign[0]}): choose another folder for the sample, or remove this one."
        )


def _remove_scores(settings: Settings) -> None:
    """Remove what runs made of the sample before, and nothing that others put there."""
    settings.warehouse.unlink()
    made = [settings.published / "builds", settings.published / "archive"]
    for folder in [*made, *(settings.quarantine / source for source in SOURCES)]:
        shutil.rmtree(folder, ignore_errors=True)
    for path in settings.published.glob("*"):
        if path.is_symlink():
            path.unlink()
