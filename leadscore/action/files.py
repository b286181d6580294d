"""The files of seeds/action/: for each its columns, and what is checked in its rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import BeforeValidator

from leadscore.errors import LeadscoreError
from leadscore.models import described
from leadscore.rules.files import read_file
from leadscore.rules.row import (
    NUMBER,
    Count,
    Days,
    Finding,
    SeedRow,
    Text,
)
from leadscore.rules.vocabulary import nearest
from leadscore.settings import ACTION, Settings

# What a partner may be shown besides columns of lead_scores.
BESIDE_SCORES = ("record_id", "is_won")

# A crossing looks back so many days and no further, whatever else is known.
MOST_DAYS = 13


def _clock(cell: str) -> str:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", cell):
        raise ValueError(f"{cell!r} is no time of the day: write HH:MM, as in 18:30.")
    return cell


Clock = Annotated[str, BeforeValidator(_clock), "varchar"]


class ActionRow(SeedRow):
    """A row of a file of seeds/action/."""

    folder = "action"

    def check(self) -> Iterator[Finding]:
        """Return what is wrong with the row and what may be meant."""
        yield from ()


AnyRow = TypeVar("AnyRow", bound=ActionRow)


class Alert(ActionRow):
    """A row of alerts.csv."""

    file = "alerts.csv"
    key = ("alert",)

    alert: Text
    measure: Annotated[
        Literal["stage", "grade", "engagement_level", "total_points", "score"],
        "varchar",
    ]
    enters_at: Text
    leaves_at: Text | None = None
    stay_days: Days | None = None
    once_in_days: Days | None = None
    tells: Annotated[Literal["entered", "left", "both", "nobody"], "varchar"]
    how: Annotated[Literal["at_once", "digest"], "varchar"]
    message: Text

    def check(self) -> Iterator[Finding]:
        """Check the limits, the days and the message."""
        if self.measure in ("total_points", "score", "engagement_level"):
            yield from self._check_numbers()
        yield from self.check_at_least_one("stay_days", "once_in_days")
        for column in ("stay_days", "once_in_days"):
            days = getattr(self, column)
            if days is not None and days > MOST_DAYS:
                yield self.error(
                    column, f"{days}: crossings look back {MOST_DAYS} days at most."
                )
        yield from self.check_filled_in("message", "{value}", "{before}")

    def _check_numbers(self) -> Iterator[Finding]:
        limits = {"enters_at": self.enters_at, "leaves_at": self.leaves_at}
        for column, cell in limits.items():
            if cell is not None and not NUMBER.fullmatch(cell):
                yield self.error(
                    column, f"{cell!r}: {self.measure} is a number: write one."
                )


class Recipient(ActionRow):
    """A row of recipients.csv."""

    file = "recipients.csv"
    key = ("recipient", "channel")

    recipient: Text
    scope: Annotated[Literal["owner", "team", "queue", "all"], "varchar"]
    name: Text | None = None
    channel: Annotated[Literal["mail", "slack", "webhook"], "varchar"]
    connection: Text
    address: Text | None = None
    gets: Annotated[Literal["digest", "alerts", "both"], "varchar"]
    quiet_from: Clock | None = None
    quiet_until: Clock | None = None
    alerts_a_day: Count | None = None

    def check(self) -> Iterator[Finding]:
        """Check whose leads they hear of, where it goes, and the quiet hours."""
        if (self.scope == "all") != (self.name is None):
            message = f"name the {self.scope}; scope all alone has no name."
            yield self.error("name", message)
        if (self.channel == "mail") != (self.address is not None):
            message = "a mail needs an address, joined by |; nothing else has one."
            yield self.error("address", message)
        if (self.quiet_from is None) != (self.quiet_until is None):
            yield self.error("quiet_until", "quiet hours begin and end: fill in both.")
        yield from self.check_at_least_one("alerts_a_day")


class PartnerFile(ActionRow):
    """A row of partner_files.csv."""

    file = "partner_files.csv"
    key = ("partner_id",)

    partner_id: Text
    shows: Text | None = None

    @property
    def names(self) -> list[str]:
        """The columns that the partner is shown; none: it gets no file."""
        return self.shows.split("|") if self.shows else []

    def check(self) -> Iterator[Finding]:
        """Check the columns: those of lead_scores, and two more."""
        known = [*described("lead_scores").columns, *BESIDE_SCORES]
        for position, name in enumerate(self.names):
            if name not in known:
                hint = nearest(name, known) or "."
                yield self.error("shows", f"lead_scores has no column {name!r}{hint}")
            elif name in self.names[:position]:
                yield self.error("shows", f"{name} stands here twice: remove one.")


FILES: dict[str, type[ActionRow]] = {
    row.file: row for row in (Alert, PartnerFile, Recipient)
}


def check_action(folders: Iterable[Path]) -> Iterator[Finding]:
    """Return what is wrong with the files of seeds/action/.

    Args:
        folders: Folders of such files; the first that has a file counts, or else ours.
    """
    folders = list(folders)
    for name, model in FILES.items():
        path = _path_in(folders, name)
        rows, findings = read_file(path, model)
        yield from findings
        for row in rows:
            yield from row.check()
            yield from row.check_signs()


def path_of(settings: Settings, name: str) -> Path:
    """Return where a file of seeds/action/ lies: the user's own, or else ours."""
    own = [settings.config / "action"] if settings.config else []
    return _path_in(own, name)


def _path_in(folders: list[Path], name: str) -> Path:
    paths = (folder / name for folder in [*folders, ACTION])
    return next(path for path in paths if path.exists())


def read_rows(settings: Settings, model: type[AnyRow]) -> list[AnyRow]:
    """Return the rows of a file, the user's own or else ours.

    Raises:
        LeadscoreError: If it has a mistake.
    """
    rows, findings = read_file(path_of(settings, model.file), model)
    findings += [finding for row in rows for finding in row.check()]
    errors = [str(finding) for finding in findings if finding.severity == "error"]
    if errors:
        raise LeadscoreError("\n".join(errors))
    return rows
