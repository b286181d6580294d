"""What the rows of all rule files have in common: types of columns, and findings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, ClassVar, Literal, get_args, get_type_hints

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from leadscore.models import dimensions
from leadscore.rules.vocabulary import MISSING, Vocabulary, nearest

NUMBER = re.compile(r"-?[0-9]+([.][0-9]+)?")

SHOW_ALL = "`leadscore rules list` shows all."

NO_PRICE = (
    "feedback judges scores, as outcomes do, and never prices or excludes a lead: "
    "`leadscore judge` shows where both agree. Remove the row."
)

# What people read beside a score; and what there the audit takes for an address.
PUBLISHED_TEXTS = (
    *("ruleset", "rule_id", "rule_group", "adjustment_id"),
    *("reason", "stage", "queue", "action", "alert", "message"),
)
ADDRESS = re.compile(r"[^\s@,;()<>]*[\w+.-]@[\w.-]+[.][^\W\d_][\w.-]*")

# Texts for people, which nothing is compared with; and signs that people do not see.
PROSE = {"reason", "rationale", "description", "action", "message"}
UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\xa0\xad\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]"
)


@dataclass(frozen=True)
class Finding:
    """Something wrong with the rules, or with a mapping that names what they count.

    Attributes:
        severity: An error stops the build; a warning does not.
        file: The file's name, for example signal_rules.csv.
        line: The line in the file, counted from 1; None: the file as a whole.
        column: The column; None: the row as a whole.
        message: What is wrong and what to do.
        folder: The folder that the file lies in.
    """

    severity: Literal["error", "warning"]
    file: str
    line: int | None
    column: str | None
    message: str
    folder: str = "rules"

    def __str__(self) -> str:
        """Return the finding as people read it."""
        line = f" line {self.line}" if self.line else ""
        column = f" ({self.column})" if self.column else ""
        return f"{self.folder}/{self.file}{line}{column}: {self.message}"


def _true_or_false(cell: str) -> bool:
    if cell.lower() not in {"true", "false"}:
        raise ValueError(f"{cell!r} is neither true nor false.")
    return cell.lower() == "true"


def _dimension(cell: str) -> str:
    if cell not in dimensions():
        raise ValueError(f"{cell!r} is not one of {', '.join(dimensions())}.")
    return cell


def _day(cell: str) -> date:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", cell):
        raise ValueError(f"{cell!r} is not a date: write YYYY-MM-DD.")
    try:
        return date.fromisoformat(cell)
    except ValueError:
        raise ValueError(f"{cell} is no day of the calendar.") from None


def _number(cell: str) -> str:
    """Refuse what Python takes for a number and a seed may read otherwise."""
    if not NUMBER.fullmatch(cell):
        raise ValueError(f"{cell!r} is not a number: write digits, as in 12 or 0.5.")
    return cell


def _whole(cell: str) -> str:
    if "." in _number(cell):
        raise ValueError(f"{cell} is too exact: write it with no decimals.")
    return cell


def digits(whole: int, decimals: int) -> Any:
    """Return what a number must be like: how many digits before the dot and after."""
    return Field(gt=-(10**whole), lt=10**whole, decimal_places=decimals)


# The types of columns; each ends with the type that the seed has in the warehouse.
Text = Annotated[str, "varchar"]
Flag = Annotated[bool, BeforeValidator(_true_or_false), "boolean"]
Day = Annotated[date, BeforeValidator(_day), "date"]
Number = Annotated[Decimal, BeforeValidator(_number)]
WholeNumber = Annotated[Decimal, BeforeValidator(_whole)]
Whole = Annotated[WholeNumber, digits(9, 0), "integer"]
Count = Annotated[WholeNumber, digits(6, 0), "integer"]
Days = Annotated[WholeNumber, digits(5, 0), "integer"]
Thirds = Annotated[WholeNumber, digits(2, 0), "integer"]
Points = Annotated[Number, digits(8, 4), "decimal(12,4)"]
Dimension = Annotated[str, BeforeValidator(_dimension), "varchar"]


def _sql_type(hint: Any) -> str:
    kind, *more = get_args(hint)
    return _sql_type(kind) if type(None) in more else str(more[-1])


class SeedRow(BaseModel):
    """A row that can be read; the columns of a file are the fields of its own model.

    Attributes:
        file: The file's name.
        folder: The folder of seeds that it lies in.
        key: The columns that name a row once.
        line: The row's line in the file.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: ClassVar[str]
    folder: ClassVar[str] = "rules"
    key: ClassVar[tuple[str, ...]]

    line: int

    @field_validator("*", mode="before")
    @classmethod
    def _no_blanks_around(cls, cell: object) -> object:
        if isinstance(cell, str) and cell != cell.strip():
            raise ValueError(f"{cell!r} begins or ends with a blank: remove it.")
        return cell

    @classmethod
    @cache
    def columns(cls) -> dict[str, str]:
        """Return the columns of the file with their types in the warehouse."""
        hints = get_type_hints(cls, include_extras=True)
        return {
            name: _sql_type(hints[name]) for name in cls.model_fields if name != "line"
        }

    def error(self, column: str | None, message: str) -> Finding:
        """Return a mistake in this row that stops the build."""
        return self._finding("error", column, message)

    def warning(self, column: str | None, message: str) -> Finding:
        """Return something in this row that is odd and may be meant."""
        return self._finding("warning", column, message)

    def _finding(
        self, severity: Literal["error", "warning"], column: str | None, message: str
    ) -> Finding:
        return Finding(severity, self.file, self.line, column, message, self.folder)

    def check_at_least_one(self, *columns: str) -> Iterator[Finding]:
        """Check cells that count things."""
        for column in columns:
            count = getattr(self, column)
            if count is not None and count < 1:
                yield self.error(column, f"{count}: write 1 or more, or nothing.")

    def check_signs(self) -> Iterator[Finding]:
        """Check for signs that nobody sees in what is compared sign for sign."""
        for column in self.columns():
            found = UNSEEN.search(str(getattr(self, column)))
            if found and column not in PROSE:
                yield self.warning(
                    column,
                    f"a sign that nobody sees is in it (U+{ord(found[0]):04X}): type "
                    f"the cell anew, if not meant.",
                )

    def check_filled_in(self, column: str, *known: str) -> Iterator[Finding]:
        """Check a text in which only the known placeholders are filled in."""
        for found in re.findall(r"\{[^{}]*\}?|\}", getattr(self, column)):
            if found not in known:
                filled = f"only {', '.join(known)}" if known else "nothing"
                message = f"{found} is not filled in: in this file {filled} is."
                yield self.error(column, message)

    def check_published_text(self) -> Iterator[Finding]:
        """Check that no text that is published holds an address: the audit stops it."""
        for column in PUBLISHED_TEXTS:
            found = ADDRESS.search(getattr(self, column, None) or "")
            if found:
                yield self.error(
                    column,
                    f"{found[0]} is an address, and scores are published without any: "
                    f"name the person or the company in another way.",
                )


class Row(SeedRow):
    """A row of a rule file.

    Attributes:
        ruleset: The ruleset that the row belongs to.
    """

    ruleset: Text

    def check(self, known: Vocabulary) -> Iterator[Finding]:
        """Return what is wrong with the row and what may be meant.

        No validators: they would stop at the first mistake, and cannot warn.

        Args:
            known: The signals and activities that rules may use.
        """
        yield from ()

    def check_signal(self, column: str, known: Vocabulary) -> Iterator[Finding]:
        """Check a cell that names a signal."""
        name = getattr(self, column)
        if not known.knows_signal(name) and _is_feedback(name):
            yield self.error(column, f"{name!r}: {NO_PRICE}")
        elif not known.knows_signal(name):
            hint = known.nearest_signal(name) or ":"
            yield self.error(column, f"there is no signal {name!r}{hint} {SHOW_ALL}")

    def check_no_outcome(self, column: str, known: Vocabulary) -> Iterator[Finding]:
        """Check a signal that moves points."""
        name = getattr(self, column)
        if name in known.outcomes:
            yield self.error(
                column,
                f"{name} is an outcome, and outcomes never price a score: it would "
                f"predict what has happened already. Remove the rule; a row of "
                f"exclusions.csv may exclude such leads, and one of qualification.csv "
                f"hold back such accounts.",
            )

    def check_values(
        self, column: str, signal_column: str, known: Vocabulary
    ) -> Iterator[Finding]:
        """Check a cell that names values of a signal."""
        signal = getattr(self, signal_column)
        text = getattr(self, column) or "*"
        for value in text.removeprefix("!").split("|"):
            if not value:
                yield self.error(
                    column, f"{text!r} has an empty value: remove a | or !."
                )
            elif value != value.strip():
                message = f"{value!r} never matches: remove the blanks beside the |."
                yield self.error(column, message)
            elif "!" in value[:1] or (value == "*" and text != "*"):
                yield self.error(
                    column,
                    f"{text!r}: `!` stands once, before the first value, and `*` "
                    f"stands alone.",
                )
            elif value != "*":
                yield from self._check_value(column, signal, value.lower(), known)

    def _check_value(
        self, column: str, signal: str, value: str, known: Vocabulary
    ) -> Iterator[Finding]:
        """Check a value that a lead may never have."""
        if known.is_number(signal) and value != MISSING:
            if not NUMBER.fullmatch(value) or plain(Decimal(value)) != value:
                yield self.error(
                    column,
                    f"{value!r} never matches: {signal} is a number, as in 250 or 0.5. "
                    f"A range stands in min_value and max_value of signal_rules.csv.",
                )
        elif doubt := known.doubt(signal, value):
            yield self.warning(column, doubt)
        elif "*" in value or re.search(r"(?<![0-9])%", value):
            yield self.warning(
                column,
                f"{value!r} stands for itself alone, for values are no patterns: name "
                f"each value that you mean, joined by |.",
            )

    def check_no_single_number(
        self, column: str, signal_column: str, known: Vocabulary
    ) -> Iterator[Finding]:
        """Check a cell that has no range beside it: a number may be meant as one."""
        value = getattr(self, column) or ""
        signal = getattr(self, signal_column)
        if known.is_number(signal) and NUMBER.fullmatch(value) and value != "0":
            yield self.warning(
                column,
                f"only leads whose {signal} is exactly {value} meet this: ranges stand "
                f"in signal_rules.csv alone. Name several values with |, if not meant.",
            )

    def check_activities(self, column: str, known: Vocabulary) -> Iterator[Finding]:
        """Check a cell that names activities, joined by |."""
        text = getattr(self, column)
        names = text.split("|") if text else []
        for position, name in enumerate(names):
            if name not in known.activities and _is_feedback(name):
                yield self.error(column, f"{name!r}: {NO_PRICE}")
            elif name not in known.activities:
                hint = nearest(name, known.activities)
                yield self.error(
                    column, f"there is no activity {name!r}{hint or ':'} {SHOW_ALL}"
                )
            elif name in names[:position]:
                message = f"{name} stands here twice and would count twice: remove one."
                yield self.error(column, message)


def _is_feedback(name: str) -> bool:
    """Say whether somebody means what reps say of leads, which rules cannot name."""
    return name.lower().startswith(("feedback", "lead_feedback", "verdict"))


def plain(number: Decimal) -> str:
    """Return a number as people write it: 250.0000 is 250."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
