"""Which extract files lie in a world, and which of its days are complete."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from leadscore.errors import LeadscoreError, NotYetError
from leadscore.settings import OCCASIONAL, SOURCES, Settings
from leadscore.source_maps import is_skipped, load_maps, matches

DONE = "_DONE"  # an empty file of this name: the day is complete


@dataclass(frozen=True, order=True)
class Extract:
    """One delivered file; its place is (source, day, name)."""

    source: str
    day: date
    name: str
    path: Path

    @property
    def place(self) -> str:
        """The file as messages and raw.batches name it: <source>/<day>/<name>."""
        return f"{self.source}/{self.day}/{self.name}"


def find_extracts(settings: Settings, source: str, until: date) -> list[Extract]:
    """Return the files of a source delivered on or before a day, by day and name.

    Raises:
        LeadscoreError: If something lies where no extract can lie.
    """
    return [
        Extract(source, day, path.name, path)
        for day in delivery_days(settings, source)
        if day <= until
        for path in _files(settings, source, day)
    ]


def delivery_days(settings: Settings, source: str) -> list[date]:
    """Return the days a source has a folder for, ascending.

    Raises:
        LeadscoreError: If an entry of the source's folder is not named as a day.
    """
    _check_source_folders(settings)
    folder = settings.extracts / source
    if not folder.is_dir():
        return []
    return sorted(_day(path) for path in folder.iterdir() if _has_arrived(path))


def is_complete(settings: Settings, source: str, day: date) -> bool:
    """Say whether all that a source delivers on a day has arrived.

    It has if the day's folder holds `_DONE`, or a file for every pattern that the
    source maps call required (one file of any kind, if none is required; none at all,
    if the source delivers only now and then).
    """
    return not _lacking(settings, source, day)


def _lacking(settings: Settings, source: str, day: date) -> list[str]:
    """Return what is not there yet of a source's day, in words."""
    folder = settings.extracts / source / day.isoformat()
    if (folder / DONE).exists():
        return []
    maps = load_maps(settings, source)
    if source in OCCASIONAL and not any(f.required for m in maps for f in m.files):
        return []
    if not folder.is_dir():
        return ["the folder"]
    paths = _files(settings, source, day)
    names = [path.name for path in paths if not is_skipped(maps, path.name)]
    lacking = [
        f"{' or '.join(file_map.pattern)} (map {source_map.name})"
        for source_map in maps
        for file_map in source_map.files
        if file_map.required and not any(matches(file_map, name) for name in names)
    ]
    return lacking or ([] if names else ["any file"])


def find_skipped(settings: Settings) -> list[Extract]:
    """Return the files that the source maps skip, by source, day and name.

    Raises:
        LeadscoreError: If something lies where no extract can lie, or a map is wrong.
    """
    return [
        extract
        for source in settings.sources_in_use
        for maps in [load_maps(settings, source)]
        for extract in find_extracts(settings, source, date.max)
        if is_skipped(maps, extract.name)
    ]


def require_complete(settings: Settings, source: str, day: date) -> None:
    """Refuse a day on which not all that a source delivers has arrived.

    Raises:
        NotYetError: If it has not.
    """
    if lacking := _lacking(settings, source, day):
        raise NotYetError(
            f"The {source} delivery of {day} is not complete: "
            f"{settings.extracts / source / day.isoformat()} lacks "
            f"{', '.join(lacking)}. Wait for it or, if nothing more will come, put an "
            f"empty file named _DONE there; what need not come every day is "
            f"`required: false` in its map."
        )


def complete_days(settings: Settings) -> list[date]:
    """Return the days for which every source in use is complete, ascending.

    Sources that may be stale do not count, unless all of them may be: then one
    complete source is enough.
    """
    in_use = settings.sources_of_every_day
    waited_for = settings.sources_waited_for
    days = {day for source in in_use for day in delivery_days(settings, source)}
    enough = all if waited_for else any
    return sorted(
        day
        for day in days
        if enough(
            is_complete(settings, source, day) for source in (waited_for or in_use)
        )
    )


def newest_complete_day(settings: Settings) -> date | None:
    """Return the newest day for which every source in use is complete, if any."""
    return max(complete_days(settings), default=None)


def _files(settings: Settings, source: str, day: date) -> list[Path]:
    folder = settings.extracts / source / day.isoformat()
    paths = sorted(
        path for path in folder.iterdir() if _has_arrived(path) and path.name != DONE
    )
    world = (settings.data.resolve(), settings.extracts.resolve())
    for path in paths:
        if path.is_dir():
            raise LeadscoreError(
                f"{path} is a folder: extract files lie directly in the day's folder"
            )
        if not path.is_file():
            raise LeadscoreError(
                f"{path} is no file (a link that leads nowhere?): take it away"
            )
        if not any(path.resolve().is_relative_to(folder) for folder in world):
            raise LeadscoreError(
                f"{path} is reached by a link that leads out of {settings.data}: put "
                f"the file itself there"
            )
        if not path.name.isprintable():
            raise LeadscoreError(
                f"{str(path)!r}: the name holds signs that cannot be printed: rename it"
            )
    return paths


def _has_arrived(path: Path) -> bool:
    return not path.name.startswith(".") and not path.name.endswith(".part")


def _day(path: Path) -> date:
    # date.fromisoformat alone would also take 20261120 and 2026-W47-5.
    if path.is_dir() and re.fullmatch(r"\d{4}-\d{2}-\d{2}", path.name):
        try:
            return date.fromisoformat(path.name)
        except ValueError:
            pass
    raise LeadscoreError(
        f"{path} is not the folder of a day: deliver to "
        f"{path.parent}/<YYYY-MM-DD>/{path.name if path.is_file() else '<file>'}"
    )


def _check_source_folders(settings: Settings) -> None:
    if not settings.extracts.is_dir():
        return
    for path in sorted(settings.extracts.iterdir()):
        if _has_arrived(path) and path.name not in SOURCES:
            raise LeadscoreError(
                f"{path} belongs to no source: the folders of {settings.extracts} are "
                f"named {', '.join(SOURCES)}"
            )
