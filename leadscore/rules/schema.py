"""The rule files: for each its columns, and what is checked in one row of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Literal, get_args

from pydantic import BaseModel

from leadscore.rules.row import (
    ADDRESS,
    Count,
    Day,
    Days,
    Dimension,
    Finding,
    Flag,
    Number,
    Points,
    Row,
    Text,
    Thirds,
    Whole,
    digits,
    plain,
)
from leadscore.rules.vocabulary import MISSING, SEGMENT, Vocabulary, prefix_of
from leadscore.settings import ACCOUNT_SCORECARD, DBT_PROJECT

SEEDS = DBT_PROJECT / "seeds"

MOST_POINTS = 10**8  # of a rule, a cap or a threshold: they are below

# A value of a signal that no rule names.
OTHER = "\0other"

CurvePoints = Annotated[Number, digits(14, 4), "decimal(18,4)"]
Bound = Annotated[Number, digits(16, 4), "decimal(20,4)"]
Hours = Annotated[Number, digits(6, 2), "decimal(8,2)"]


class Ruleset(Row):
    """A row of rulesets.csv."""

    file = "rulesets.csv"
    key = ("ruleset",)

    scorecard: Text
    status: Annotated[Literal["champion", "challenger", "draft"], "varchar"]
    effective_from: Day
    curve_points: CurvePoints
    score_at_curve_points: CurvePoints
    start_grade: Text
    description: Text | None = None
    reasons_first: Text | None = None

    @property
    def scores_accounts(self) -> bool:
        """Whether it scores accounts, not leads."""
        return self.scorecard == ACCOUNT_SCORECARD

    def check(self, known: Vocabulary) -> Iterator[Finding]:
        """Check the name, and the curve from points to scores."""
        if not re.fullmatch(r"\w[\w.-]*", self.ruleset):
            yield self.error(
                "ruleset",
                f"{self.ruleset!r} cannot be the name of a file too: write letters, "
                f"digits, _ and - alone.",
            )
        if not 0 < self.curve_points < MOST_POINTS:
            yield self.error(
                "curve_points",
                f"{self.curve_points}: write the points of a good lead, above 0 and "
                f"below {MOST_POINTS}.",
            )
        if not 0 < self.score_at_curve_points < 100:
            message = f"{self.score_at_curve_points}: write a number between 0 and 100."
            yield self.error("score_at_curve_points", message)


class SignalRule(Row):
    """A row of signal_rules.csv."""

    file = "signal_rules.csv"
    key = ("ruleset", "rule_id")

    rule_id: Text
    dimension: Dimension
    rule_group: Text
    signal: Text
    value_text: Text | None = None
    min_value: Bound | None = None
    max_value: Bound | None = None
    if_signal: Text | None = None
    if_value: Text | None = None
    points: Points
    grade_thirds: Thirds | None = None
    reason: Text
    rationale: Text | None = None

    def check(self, known: Vocabulary) -> Iterator[Finding]:
        """Check the signal, its values, the range of numbers and the grade."""
        yield from self.check_signal("signal", known)
        yield from self.check_no_outcome("signal", known)
        yield from self.check_values("value_text", "signal", known)
        yield from _check_price(self, known)
        yield from _check_range(self, self.signal, known)
        if self.grade_thirds is not None and self.dimension == "behavioral":
            yield self.error(
                "grade_thirds",
                "the grade tells fit alone, and behavior may not move it: empty the "
                "cell.",
            )
        yield from self.check_filled_in("reason", "{value}")
        if (
            prefix_of(self.signal)
            and "{value}" in self.reason
            and (self.value_text or "*").startswith(("*", "!"))
            and not self.has_range
            and not known.is_number(self.signal)
        ):
            yield self.warning(
                "reason",
                f"{{value}} publishes whatever stands in {self.signal}: if that may "
                f"name a person, leave {{value}} out or list the values in value_text.",
            )

    @property
    def has_range(self) -> bool:
        """Whether the rule asks for a number."""
        return self.min_value is not None or self.max_value is not None

    def holds_for(self, value: str) -> bool:
        """Whether the rule holds for a value, its second condition left aside."""
        if self.has_range:
            if not re.fullmatch(r"-?\d+(\.\d+)?", value):
                return False
            if self.min_value is not None and Decimal(value) < self.min_value:
                return False
            if self.max_value is not None and Decimal(value) >= self.max_value:
                return False
        if self.value_text is None:
            return True
        if self.value_text == "*":
            return value != MISSING
        return (value in self._named()) != self.value_text.startswith("!")

    def telling_values(self) -> set[str]:
        """Return values of the signal for some of which the rule may hold."""
        bounds = [b for b in (self.min_value, self.max_value) if b is not None]
        numbers = {plain(bound - below) for bound in bounds for below in (0, 1)}
        return {OTHER, *self._named(), *numbers}

    def _named(self) -> list[str]:
        return (self.value_text or OTHER).lower().removeprefix("!").split("|")


class ActivityRule(Row):
    """A row of activity_rules.csv."""

    file = "activity_rules.csv"
    key = ("ruleset", "rule_id")

    rule_id: Text
    dimension: Dimension
    rule_group: Text
    activity: Text
    if_signal: Text | None = None
    if_value: Text | None = None
    per: Annotated[Literal["day", "week", "month", "quarter", "ever"], "varchar"]
    per_count: Count | None = None
    max_units: Count | None = None
    window_days: Days | None = None
    decay: Annotated[Literal["none", "linear", "half_life"], "varchar"]
    decay_days: Days | None = None
    points: Points
    max_points: Points | None = None
    reason: Text
    rationale: Text | None = None

    def check(self, known: Vocabulary) -> Iterator[Finding]:
        """Check the activities, what is counted, decay and limits."""
        yield from self.check_activities("activity", known)
        yield from _check_price(self, known)
        yield from self.check_at_least_one("per_count", "max_units", "window_days")
        if self.decay == "none" and self.decay_days is not None:
            yield self.error(
                "decay_days",
                "with decay none nothing decays: leave decay_days empty, or write "
                "linear or half_life as decay.",
            )
        if self.decay != "none" and self.decay_days is None:
            message = f"{self.decay} decay over how many days? Fill in decay_days."
            yield self.error("decay_days", message)
        if self.decay_days is not None and self.decay_days <= 0:
            message = f"{self.decay_days} days: at least 1 is needed."
            yield self.error("decay_days", message)
        limited = self.max_units or self.max_points or self.window_days
        if self.decay != "none" and self.per == "ever" and not limited:
            yield self.error(
                "per",
                "`ever` with decay and no limit: every event ever counts. Set "
                "max_units, max_points or window_days, or count per day.",
            )
        if self.max_points == 0:
            yield self.error(
                "max_points",
                "a limit of 0 leaves no points: leave it empty, or remove the rule.",
            )
        yield from self.check_filled_in("reason", "{count}", "{days}", "{last_date}")


class Reset(Row):
    """A row of resets.csv."""

    file = "resets.csv"
    key = ("ruleset", "activity", "rule_group")

    activity: Text
    rule_group: Text
    reason: Text

    def check(self, known: Vocabulary) -> Iterator[Finding]:
        """Check the activity."""
        if "|" in self.activity:
            message = "one activity a row: write a row for each."
            yield self.error("activity", message)
        else:
            yield from self.check_activities("activity", known)


class Cap(Row):
    """A row of caps.csv."""

    file = "caps.csv"
    key = ("ruleset", "scope", "name")

    scope: Annotated[Literal["rule_group", "dimension", "fit", "total"], "varchar"]
    name: Text
    min_points: Points | None = None
    max_points: Points | None = None
    max_percent: Count | None = None

    def check(self, known: Vocabulary) -> Iterator[Finding]:
        """Check the limits."""
        low, high, percent = self.min_points, self.max_points, self.max_percent
        if low is None and high is None and percent is None:
            message = (
                "a cap without a limit: fill in max_points, min_points or max_percent."
            )
            yield self.error("max_points", message)
        if low is not None and low > 0:
            yield self.error(
                "min_points",
                f"{low} would give points to leads that earned none: write 0 or less.",
            )
        if high is not None and high < 0:
            yield self.error(
                "max_points",
                f"{high} would take points from leads that lost none: write 0 or more.",
            )
        if low is not None and high is not None and low > high:
            message = f"at least {low} and at most {high} cannot both be: swap them."
            yield self.error("min_points", message)
        if percent is not None and not 0 < percent < 100:
            message = f"{percent} percent: write a whole number from 1 to 99."
            yield self.error("max_percent", message)
        if percent is not None and self.scope != "fit":
            yield self.error(
                "max_percent",
                "only fit may be limited to a share of the total: shares of several "
                "sums would depend on each other. Write max_points, or scope fit.",
            )

    @property
    def limited(self) -> tuple[str, str]:
        """What is summed and limited: there is one fit and one total, of any name."""
        return self.scope, "" if self.scope in {"fit", "total"} else self.name


class Exclusion(Row):
    """A row of exclusions.csv."""

    file = "exclusions.csv"
    key = ("ruleset", "signal", "value_text")

    signal: Text
    value_text: Text
    effect: Annotated[Literal["excluded", "no_queue"], "varchar"]
    reason: Text

    def check(self, known: Vocabulary) -> Iterator[Finding]:
        """Check the signal and its values."""
        yield from self.check_signal("signal", known)
        yield from self.check_values("value_text", "signal", known)
        yield from self.check_no_single_number("value_text", "signal", known)
        yield from self.check_filled_in("reason")


class Grade(Row):
    """A row of grades.csv."""

    file = "grades.csv"
    key = ("ruleset", "position")

    position: Whole
    grade: Text


class Level(Row):
    """A row of levels.csv."""

    file = "levels.csv"
    key = ("ruleset", "level")

    level: Annotated[Literal["1", "2", "3", "4"], "integer"]
    min_behavioral_points: Points | None = None


class Segment(Row):
    """A row of segments.csv."""

    file = "segments.csv"
    key = ("ruleset", "segment", "signal", "activity", "after_activity", "within_days")

    segment: Text
    signal: Text | None = None
    value_text: Text | None = None
    min_value: Bound | None = None
    max_value: Bound | None = None
    activity: Text | None = None
    after_activity: Text | None = None
    within_days: Days | None = None
    min_count: Count | None = None
    max_count: Count | None = None

    def check(self, known: Vocabulary) -> Iterator[Finding]:
        """Check the name, and that the row asks one thing."""
        if not re.fullmatch(r"\w+", self.segment):
            message = f"{self.segment!r}: write letters, digits and _ alone."
            yield self.error("segment", message)
        if (self.signal is None) == (self.activity is None):
            yield self.error(
                "signal",
                "a row asks a signal or counts an activity, one of the two: write a "
                "row for each.",
            )
        elif self.signal is not None:
            yield from self._check_signal(self.signal, known)
        else:
            yield from self._check_count(known)

    def _check_signal(self, signal: str, known: Vocabulary) -> Iterator[Finding]:
        if signal.startswith(SEGMENT):
            message = "a segment is made of signals, not of segments: write its rows."
            yield self.error("signal", message)
            return
        yield from self.check_signal("signal", known)
        yield from self.check_values("value_text", "signal", known)
        yield from _check_range(self, signal, known)
        for column in ("after_activity", "within_days", "min_count", "max_count"):
            if getattr(self, column) is not None:
                message = (
                    "a signal is not counted: leave it empty, or name an activity."
                )
                yield self.error(column, message)

    def _check_count(self, known: Vocabulary) -> Iterator[Finding]:
        if self.activity != "*":
            yield from self.check_activities("activity", known)
        yield from self.check_activities("after_activity", known)
        yield from self.check_at_least_one("within_days")
        for column in ("value_text", "min_value", "max_value"):
            if getattr(self, column) is not None:
                message = "an activity has no value: write min_count and max_count."
                yield self.error(column, message)
        low, high = self.min_count, self.max_count
        if (low or 0) < 0 or (high or 0) < 0:
            yield self.error("min_count", "nothing is done less than 0 times.")
        elif low is not None and high is not None and low > high:
            message = f"at least {low} and at most {high} cannot both be: swap them."
            yield self.error("min_count", message)
        elif low == 0 and high is None:
            message = "at least 0 always holds: write max_count 0 for never."
            yield self.warning("min_count", message)


class Qualification(Row):
    """A row of qualification.csv."""

    file = "qualification.csv"
    key = ("ruleset", "row_order")

    row_order: Whole
    min_grade: Text | None = None
    min_points: Points | None = None
    min_behavioral_points: Points | None = None
    if_activity: Text | None = None
    within_days: Days | None = None
    if_signal: Text | None = None
    if_value: Text | None = None
    stage: Text
    is_mql: Flag
    priority: Count | None = None
    queue: Text | None = None
    action: Text | None = None
    sla_hours: Hours | None = None

    def check(self, known: Vocabulary) -> Iterator[Finding]:
        """Check the conditions and what they lead to."""
        yield from _check_condition(self, known)
        yield from self.check_activities("if_activity", known)
        yield from self.check_at_least_one("within_days", "priority")
        if self.within_days is not None and self.if_activity is None:
            message = "days since which activity? Fill in if_activity, or empty this."
            yield self.error("within_days", message)
        if self.is_mql and self.if_signal in known.outcomes:
            yield self.error(
                "if_signal",
                f"{self.if_signal} is an outcome and makes no MQL: outcomes may only "
                f"hold leads back (is_mql false).",
            )
        if self.stage == "excluded":
            yield self.error(
                "stage",
                "the stage `excluded` is given by exclusions.csv: choose another name.",
            )
        if self.sla_hours is not None and self.sla_hours <= 0:
            message = f"{self.sla_hours}: write more than 0 hours."
            yield self.error("sla_hours", message)


class ManualAdjustment(Row):
    """A row of manual_adjustments.csv."""

    file = "manual_adjustments.csv"
    key = ("ruleset", "adjustment_id")

    adjustment_id: Text
    lead_id: Text
    points: Points
    from_date: Day
    to_date: Day | None = None
    reason: Text

    def check(self, known: Vocabulary) -> Iterator[Finding]:
        """Check the lead, the days and the reason."""
        if ADDRESS.search(self.lead_id):
            yield self.error(
                "lead_id",
                f"{self.lead_id} is an address: write the id of the lead's record in "
                f"the CRM, for no lead is found by its address here.",
            )
        if self.to_date is not None and self.to_date < self.from_date:
            yield self.error(
                "to_date",
                f"it ends before it begins ({self.from_date}): mend one of the two.",
            )
        yield from self.check_filled_in("reason")


class Rules(BaseModel):
    """The rows of all rule files: each field is a file, without `.csv`."""

    rulesets: list[Ruleset] = []
    signal_rules: list[SignalRule] = []
    activity_rules: list[ActivityRule] = []
    resets: list[Reset] = []
    caps: list[Cap] = []
    exclusions: list[Exclusion] = []
    grades: list[Grade] = []
    levels: list[Level] = []
    segments: list[Segment] = []
    qualification: list[Qualification] = []
    manual_adjustments: list[ManualAdjustment] = []

    def of(self, ruleset: str) -> Rules:
        """Return the rows of one ruleset."""
        return Rules.model_validate(
            {name: [r for r in rows if r.ruleset == ruleset] for name, rows in self}
        )

    def of_leads(self) -> Rules:
        """Return the rows of all rulesets but those that score accounts."""
        others = {row.ruleset for row in self.rulesets if row.scores_accounts}
        return Rules.model_validate(
            {name: [r for r in rows if r.ruleset not in others] for name, rows in self}
        )


FILES: dict[str, type[Row]] = {
    name: get_args(field.annotation)[0] for name, field in Rules.model_fields.items()
}


def columns_of() -> dict[str, dict[str, str]]:
    """Return the columns of every rule file, with their types in the warehouse."""
    return {name: row.columns() for name, row in FILES.items()}


def _check_condition(
    row: SignalRule | ActivityRule | Qualification, known: Vocabulary
) -> Iterator[Finding]:
    """Check the second condition of a rule, or the signal of a qualification."""
    if row.if_signal is None:
        if row.if_value is not None:
            message = "a value of which signal? Fill in if_signal, or empty if_value."
            yield row.error("if_signal", message)
        return
    yield from row.check_signal("if_signal", known)
    yield from row.check_values("if_value", "if_signal", known)
    yield from row.check_no_single_number("if_value", "if_signal", known)
    if row.if_value is None:
        yield row.warning(
            "if_value",
            "an empty value always holds: write `*` for any known value, or empty "
            "if_signal too.",
        )


def _check_range(
    row: SignalRule | Segment, signal: str, known: Vocabulary
) -> Iterator[Finding]:
    """Check what a row asks of a signal besides its value."""
    low, high = row.min_value, row.max_value
    has_range = low is not None or high is not None
    if row.value_text is None and not has_range:
        yield row.warning(
            "value_text",
            "neither a value nor a range: every lead meets it, known or not. Write "
            "`*` for any known value, a value or a range.",
        )
    if low is not None and high is not None and low >= high:
        yield row.error(
            "max_value",
            f"no number is at least {low} and below {high}: min_value must be the "
            f"smaller one (max_value itself is not included).",
        )
    if has_range and not known.holds_number(signal):
        yield row.error(
            "min_value",
            f"{signal} is a text and is never in a range of numbers: use "
            f"value_text, or a signal that is a number.",
        )


def _check_price(
    row: SignalRule | ActivityRule, known: Vocabulary
) -> Iterator[Finding]:
    """Check what the rules of signals and of activities have in common."""
    yield from _check_condition(row, known)
    yield from row.check_no_outcome("if_signal", known)
    if row.rule_id.lower().startswith(("cap:", "manual:")):
        message = "names that begin with cap: or manual: are taken: choose another."
        yield row.error("rule_id", message)
    if row.dimension == "negative" and row.points > 0:
        yield row.warning(
            "points",
            f"{plain(row.points)} in the dimension negative gives points: write "
            f"{plain(-row.points)} to take them, or choose another dimension.",
        )
    if row.points == 0 and not (isinstance(row, SignalRule) and row.grade_thirds):
        yield row.warning("points", "0 points: the rule changes nothing; remove it?")
    if row.rationale is None:
        yield row.warning("rationale", "say where the points come from.")
