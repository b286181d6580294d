"""The files of seeds/action/: for each its columns, and what is checked in its rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import BeforeValidator

from leadscore.errors import LeadscoreError
from leadscore.models import (
    LEAD_CONTACTS,
    LEAD_SCORES,
    compiled,
    described,
    name_of,
    types_of,
)
from leadscore.rules.files import read_file
from leadscore.rules.ladder_checks import NO_GRADE
from leadscore.rules.row import (
    NUMBER,
    Count,
    Day,
    Days,
    Finding,
    Points,
    SeedRow,
    Text,
    Whole,
)
from leadscore.rules.schema import Rules
from leadscore.rules.vocabulary import nearest
from leadscore.settings import ACTION, HUBSPOT, TARGETS, Settings

# What a partner may be shown besides columns of lead_scores.
BESIDE_SCORES = ("record_id", "is_won")

# A crossing looks back so many days and no further, whatever else is known.
MOST_DAYS = int(compiled("{{ look_back_days() }}", str))

EXCLUDED = "excluded"  # the stage of leads that exclusions.csv takes out

# Whom a lead is assigned to, where it is, or else who owns it in the CRM.
OWNER = "owner"

# The types of columns that each format can write, without their digits.
NUMBERS = {"decimal", "double", "integer", "bigint"}
FORMATS: dict[str, set[str]] = {
    "text": {*NUMBERS, "varchar", "boolean", "date", "timestamp"},
    "short_text": {"varchar"},
    "number": NUMBERS,
    "whole_number": NUMBERS,
    "date": {"date", "timestamp"},
    "datetime": {"timestamp"},
    "true_false": {"boolean"},
}

# They change with every day, and so would every record.
RESTLESS = ("as_of_date", "build_id")

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _clock(cell: str) -> str:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", cell):
        raise ValueError(f"{cell!r} is no time of the day: write HH:MM, as in 18:30.")
    return cell


Clock = Annotated[str, BeforeValidator(_clock), "varchar"]


def _names(cell: str | None) -> list[str]:
    return cell.split("|") if cell else []


class ActionRow(SeedRow):
    """A row of a file of seeds/action/."""

    folder = "action"

    def check(self) -> Iterator[Finding]:
        """Return what is wrong with the row and what may be meant."""
        yield from ()

    def check_names(self, rules: Rules) -> Iterator[Finding]:
        """Return what is wrong with what the row names of the rules."""
        yield from ()

    def check_list(self, column: str) -> Iterator[Finding]:
        """Check a cell that names values, as value_text of rules does."""
        text = getattr(self, column) or "*"
        values = text.removeprefix("!").split("|")
        if any(value != value.strip() or not value for value in values):
            yield self.error(
                column, f"{text!r} has an empty value, or blanks beside a |: remove it."
            )
        elif any(value.startswith("!") for value in values) or (
            "*" in values and text != "*"
        ):
            yield self.error(
                column,
                f"{text!r}: `!` stands once, before the first value, and `*` alone.",
            )


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

    def check_names(self, rules: Rules) -> Iterator[Finding]:
        """Check stages and grades: of rulesets that are there, and in their order.

        A name that none has is no error: our alerts name what our rulesets have.
        """
        if self.measure == "stage":
            stages = {row.stage for row in rules.qualification} | {EXCLUDED}
            yield from self._check_known("qualification.csv", stages)
            if set(_names(self.enters_at)) & set(_names(self.leaves_at)):
                yield self._leaves_too_early()
        elif self.measure == "grade":
            ladder = {row.grade: row.position for row in rules.grades}
            yield from self._check_known("grades.csv", {*ladder, NO_GRADE})
            limits = (self.enters_at, self.leaves_at)
            places = [ladder[name] for name in limits if name in ladder]
            if places[1:] and places[1] > places[0]:
                yield self._leaves_too_early()

    def _check_known(self, file: str, known: set[str]) -> Iterator[Finding]:
        for column in ("enters_at", "leaves_at"):
            for name in _names(getattr(self, column)):
                if name not in known:
                    has = f": it has {', '.join(sorted(known))}."
                    hint = nearest(name, known) or has
                    yield self.warning(column, f"{file} has no {name!r}{hint}")

    def _leaves_too_early(self) -> Finding:
        return self.error(
            "leaves_at",
            f"a lead at {self.leaves_at} would have entered and left at once: write "
            f"what is no better than {self.enters_at}, or nothing.",
        )

    def _check_numbers(self) -> Iterator[Finding]:
        limits = {"enters_at": self.enters_at, "leaves_at": self.leaves_at}
        numbers: list[Decimal] = []
        for column, cell in limits.items():
            if cell is None:
                continue
            if not NUMBER.fullmatch(cell):
                message = f"{cell!r}: {self.measure} is a number: write one."
                yield self.error(column, message)
                return
            numbers.append(Decimal(cell))
        if self.measure == "engagement_level":
            numbers = [-number for number in numbers]  # 1 is the most engaged
        if numbers[-1] > numbers[0]:
            yield self._leaves_too_early()


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


class Route(ActionRow):
    """A row of routing.csv."""

    file = "routing.csv"
    key = ("position",)

    position: Whole
    min_grade: Text | None = None
    min_points: Points | None = None
    segment: Text | None = None
    stage: Text | None = None
    region: Text | None = None
    country: Text | None = None
    lead_source: Text | None = None
    partner_id: Text | None = None
    topic: Text | None = None
    size_band: Text | None = None
    industry: Text | None = None
    team: Text
    because: Text | None = None

    def check(self) -> Iterator[Finding]:
        """Check the grade, and the cells that name values."""
        if self.min_grade and not re.fullmatch(r"[A-D][+-]?|F|-", self.min_grade):
            yield self.error(
                "min_grade", f"{self.min_grade!r} is no grade: write A+ to F, or -."
            )
        columns = list(self.columns())
        for column in columns[columns.index("segment") : columns.index("team")]:
            yield from self.check_list(column)


class TeamMember(ActionRow):
    """A row of team_members.csv."""

    file = "team_members.csv"
    key = ("team", "owner_id")

    team: Text
    owner_id: Text
    capacity_per_day: Count
    works_on: Text
    calendar: Text | None = None
    from_date: Day | None = None
    until_date: Day | None = None
    away_from: Day | None = None
    away_until: Day | None = None

    def check(self) -> Iterator[Finding]:
        """Check the capacity, the days of the week and the stretches of days."""
        yield from self.check_at_least_one("capacity_per_day")
        days = self.works_on.split("|")
        for day in days:
            if day not in WEEKDAYS:
                known = ", ".join(WEEKDAYS)
                yield self.error(
                    "works_on",
                    f"{day!r} is no day: write some of {known}, joined by |.",
                )
            elif days.count(day) > 1:
                yield self.error("works_on", f"{day} stands here twice: remove one.")
                return
        if (self.away_from is None) != (self.away_until is None):
            yield self.error("away_until", "who is away comes back: fill in both days.")
        for first, last in (("from_date", "until_date"), ("away_from", "away_until")):
            begins, ends = getattr(self, first), getattr(self, last)
            if begins and ends and begins > ends:
                yield self.error(last, f"{ends} is before {first}: exchange the two.")


class Holiday(ActionRow):
    """A row of holidays.csv."""

    file = "holidays.csv"
    key = ("calendar", "day")

    calendar: Text
    day: Day
    name: Text | None = None


class CrmField(ActionRow):
    """A row of crm_fields.csv."""

    file = "crm_fields.csv"
    key = ("target", "field")

    target: Text
    field: Text
    column_name: Text
    format: Text

    def check(self) -> Iterator[Finding]:
        """Check that the target, the column and the format are known and fit."""
        yield from self._check_known("target", TARGETS)
        yield from self._check_known("format", FORMATS)
        if not re.fullmatch(r"\w+", self.field):
            message = f"{self.field!r} is no name of a field: letters, digits and _."
            yield self.error("field", message)
        if self.target == HUBSPOT and self.field != self.field.lower():
            message = f"HubSpot's names are in lower case: {self.field.lower()}."
            yield self.error("field", message)
        yield from self._check_column()

    def _check_known(self, column: str, known: Iterable[str]) -> Iterator[Finding]:
        name = getattr(self, column)
        if name not in known:
            hint = nearest(name, known) or f": write {', '.join(known)}."
            yield self.error(column, f"there is no {column} {name!r}{hint}")

    def _check_column(self) -> Iterator[Finding]:
        types = {**types_of(name_of(LEAD_SCORES)), OWNER: "varchar"}
        name = self.column_name
        kind = types.get(name, "").partition("(")[0]
        if not kind and name in types_of(name_of(LEAD_CONTACTS)):
            message = f"{name} is personal, and nothing personal is pushed."
            yield self.error("column_name", message)
        elif not kind:
            hint = nearest(name, types) or ": docs/bi.md names them."
            message = f"lead_scores has no column {name!r}{hint}"
            yield self.error("column_name", message)
        elif kind not in FORMATS.get(self.format, {kind}):
            fits = [name for name, kinds in FORMATS.items() if kind in kinds]
            message = f"{name} is {kind}: write it as {' or '.join(fits)}."
            yield self.error("format", message)
        if name in RESTLESS:
            message = f"{name} changes daily: so every record goes out daily."
            yield self.warning("column_name", message)


FILES: dict[str, type[ActionRow]] = {
    row.file: row
    for row in (Alert, CrmField, Holiday, PartnerFile, Recipient, Route, TeamMember)
}

# Which cells name what stands in another file: of which column of which file.
NAMED_ELSEWHERE = (
    ("routing.csv", "team", "team_members.csv", "team"),
    ("team_members.csv", "calendar", "holidays.csv", "calendar"),
)


def check_action(folders: Iterable[Path], rules: Rules) -> Iterator[Finding]:
    """Return what is wrong with the files of seeds/action/.

    Args:
        folders: Folders of such files; the first that has a file counts, or else ours.
        rules: The rules whose stages and grades they name.
    """
    folders = list(folders)
    found: dict[str, list[ActionRow]] = {}
    for name, model in FILES.items():
        path = _path_in(folders, name)
        found[name], findings = read_file(path, model)
        # Rules of one's own may have no such stage: then nobody crosses into it.
        is_ours_beside_theirs = bool(folders) and path.parent == ACTION
        yield from findings
        for row in found[name]:
            yield from row.check()
            if not is_ours_beside_theirs:
                yield from row.check_names(rules)
            yield from row.check_published_text()
            yield from row.check_signs()
    for name, column, other, other_column in NAMED_ELSEWHERE:
        known = {getattr(row, other_column) for row in found[other]}
        for row in found[name]:
            value = getattr(row, column)
            if value is not None and value not in known:
                yield row.error(column, f"{value!r} is no {other_column} of {other}.")


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
