"""The scoring arithmetic in plain Python: what docs/scoring.md says, and no SQL.

It shares no code with the product and is slow on purpose: events are laid out one by
one, sums are decimals or fractions. `score` is the whole of it:

    factors        a rule that holds gives points: signals, activities
    caps           rule group, dimension, fit, total; one that bites is a factor too
    parts, total   demographic + firmographic + behavioral + negative + adjustment
    score          the total on a curve from 0 to 100
    grade, level   how well the lead fits; how engaged it is
    stage          the first row of qualification that holds, unless excluded
    top_reasons    what the factors say that weigh most

Rows of rule files are dicts with the columns of the file; an empty cell is None.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from functools import cache
from typing import Any

Row = dict[str, Any]
MISSING = "(missing)"
# Values that mappings/value_names.csv gives a name.
NAMES = {("seniority", "c_level"): "C-level", ("seniority", "vp"): "VP"}
PARTS = ("demographic", "firmographic", "behavioral", "negative", "adjustment")
FIT = ("demographic", "firmographic")


@dataclass
class Lead:
    """What is known of one lead on one day.

    Attributes:
        signals: Signal -> (value as text, value as number or None).
        activity_days: (activity, day, how many), none after the scored day.
        adjustments: Rows of manual_adjustments.csv in force on the day.
    """

    signals: dict[str, tuple[str, Decimal | None]] = field(default_factory=dict)
    activity_days: list[tuple[str, date, int]] = field(default_factory=list)
    adjustments: list[Row] = field(default_factory=list)


@dataclass
class Ruleset:
    """The rows of every rule file that belong to one ruleset; `row` is its own."""

    row: Row
    signal_rules: list[Row] = field(default_factory=list)
    activity_rules: list[Row] = field(default_factory=list)
    resets: list[Row] = field(default_factory=list)
    caps: list[Row] = field(default_factory=list)
    exclusions: list[Row] = field(default_factory=list)
    grades: list[Row] = field(default_factory=list)
    levels: list[Row] = field(default_factory=list)
    segments: list[Row] = field(default_factory=list)
    qualification: list[Row] = field(default_factory=list)


@dataclass
class Factor:
    """A priced fact; events, days and dates only for rules about activities."""

    rule_id: str
    dimension: str
    points: Decimal
    reason: str
    rule_group: str | None = None
    occurrences: int | None = None
    days: int | None = None
    first_day: date | None = None
    last_day: date | None = None


@dataclass
class Result:
    """One score; exclusion_reasons holds every reason that may be shown."""

    factors: list[Factor]
    parts: dict[str, Decimal]
    total: Decimal
    score: Decimal
    grade: str
    level: int | None
    stage: str | None
    is_mql: bool
    priority: int | None
    queue: str | None
    is_excluded: bool
    exclusion_reasons: set[str]


def score(lead: Lead, as_of_date: date, ruleset: Ruleset) -> Result:
    """Score one lead on one day under one ruleset."""
    lead = with_segments(lead, as_of_date, ruleset)
    factors = signal_factors(lead, ruleset) + activity_factors(
        lead, as_of_date, ruleset
    )
    factors += cap_factors(factors, lead, ruleset)
    parts = {
        part: sum((f.points for f in factors if f.dimension == part), Decimal(0))
        for part in PARTS
    }
    total = sum(parts.values(), Decimal(0))
    position, grade = grade_of(lead, ruleset)
    row = qualification_row(
        lead, as_of_date, ruleset, position, total, parts["behavioral"]
    )
    excluded = exclusion_reasons(lead, ruleset, "excluded")
    held_back = exclusion_reasons(lead, ruleset, "no_queue")
    is_called = not (excluded or held_back)
    return Result(
        factors=factors,
        parts=parts,
        total=total,
        score=curve(total, ruleset.row),
        grade=grade,
        level=level_of(parts["behavioral"], ruleset),
        stage="excluded" if excluded else row["stage"],
        is_mql=bool(row["is_mql"]) and not excluded,
        priority=row["priority"] if is_called else None,
        queue=row["queue"] if is_called else None,
        is_excluded=bool(excluded),
        exclusion_reasons=excluded or held_back,
    )


# --- Signals -------------------------------------------------------------------------


def with_segments(lead: Lead, as_of_date: date, ruleset: Ruleset) -> Lead:
    """The lead with a signal for each segment: yes if all rows of the name hold."""
    found: dict[str, bool] = {}
    for row in ruleset.segments:
        name = f"segment.{row['segment']}"
        found[name] = found.get(name, True) and segment_row_holds(lead, as_of_date, row)
    signals = {name: ("yes" if is_in else "no", None) for name, is_in in found.items()}
    return replace(lead, signals=lead.signals | signals)


def segment_row_holds(lead: Lead, as_of_date: date, row: Row) -> bool:
    if row["signal"] is not None:
        number = lead.signals.get(row["signal"], (MISSING, None))[1]
        return matches(lead, row["signal"], row["value_text"]) and within(
            number, row["min_value"], row["max_value"]
        )
    counted = 0
    before = (row["after_activity"] or "").split("|")
    newest = [day for activity, day, _ in lead.activity_days if activity in before]
    for activity, day, count in lead.activity_days:
        is_late_enough = not row["after_activity"] or (newest and day > max(newest))
        age = (as_of_date - day).days
        is_fresh = row["within_days"] is None or age < row["within_days"]
        if activity in row["activity"].split("|") and is_late_enough and is_fresh:
            counted += count
    least = row["min_count"]
    if least is None:
        least = 1 if row["max_count"] is None else 0
    return counted >= least and (
        row["max_count"] is None or counted <= row["max_count"]
    )


def signal_factors(lead: Lead, ruleset: Ruleset) -> list[Factor]:
    """A signal rule holds once."""
    return [
        Factor(
            rule["rule_id"],
            rule["dimension"],
            rule["points"],
            told(rule["reason"], value=value_told(lead, rule["signal"])),
            rule["rule_group"],
        )
        for rule in ruleset.signal_rules
        if signal_rule_holds(lead, rule)
    ]


def signal_rule_holds(lead: Lead, rule: Row) -> bool:
    number = lead.signals.get(rule["signal"], (MISSING, None))[1]
    return (
        matches(lead, rule["signal"], rule["value_text"])
        and within(number, rule["min_value"], rule["max_value"])
        and condition_holds(lead, rule)
    )


def condition_holds(lead: Lead, row: Row) -> bool:
    """No if_signal: always."""
    return row["if_signal"] is None or matches(lead, row["if_signal"], row["if_value"])


def matches(lead: Lead, signal: str, pattern: str | None) -> bool:
    """Whether the lead's value meets a value_text.

    `a|b` one of them, `!a|b` none of them (unknown is fine), `*` any known value,
    `(missing)` unknown, empty anything; trimmed and in lower case.
    """
    value = lead.signals.get(signal, (MISSING, None))[0].strip().lower()
    wanted = (pattern or "").strip().lower()
    if not wanted:
        return True
    if wanted == "*":
        return value != MISSING
    if wanted.startswith("!"):
        return value not in {one.strip() for one in wanted[1:].split("|")}
    return value in {one.strip() for one in wanted.split("|")}


def within(number: Decimal | None, low: Decimal | None, high: Decimal | None) -> bool:
    """Whether low <= number < high; an unknown number is in no range."""
    if low is None and high is None:
        return True
    return (
        number is not None
        and (low is None or number >= low)
        and (high is None or number < high)
    )


# --- Activities ----------------------------------------------------------------------


def activity_factors(lead: Lead, as_of_date: date, ruleset: Ruleset) -> list[Factor]:
    """A rule is a factor if window, reset and decay leave something of it."""
    priced = [
        activity_factor(lead, as_of_date, ruleset, rule)
        for rule in ruleset.activity_rules
        if condition_holds(lead, rule)
    ]
    return [factor for factor in priced if factor]


def activity_factor(
    lead: Lead, as_of_date: date, ruleset: Ruleset, rule: Row
) -> Factor | None:
    """A unit stands for its day, its weight; what has decayed to nothing is gone."""
    weights = [
        (day, weight_of((as_of_date - day).days, rule))
        for day in units_of(lead, as_of_date, ruleset, rule)
    ]
    counted = [(day, weight) for day, weight in weights if weight]
    if not counted:
        return None
    days = {day for day, _ in counted}
    events = len(counted) * (rule["per_count"] or 1)
    points = rule["points"] * sum(weight for _, weight in counted)
    return Factor(
        rule["rule_id"],
        rule["dimension"],
        limited(rounded(points, 4), rule["max_points"]),
        told(rule["reason"], count=events, days=len(days), last_date=max(days)),
        rule["rule_group"],
        occurrences=events,
        days=len(days),
        first_day=min(days),
        last_day=max(days),
    )


def units_of(lead: Lead, as_of_date: date, ruleset: Ruleset, rule: Row) -> list[date]:
    """The units that count, each by the day of its newest event."""
    in_period = defaultdict(list)
    for day in events_of(lead, as_of_date, ruleset, rule):
        in_period[period(day, rule["per"])].append(day)
    size = rule["per_count"] or 1
    counted = []
    for events in in_period.values():
        newest_first = sorted(events, reverse=True)
        complete = len(events) // size
        counted += newest_first[: complete * size : size][: rule["max_units"]]
    return counted


def events_of(
    lead: Lead, as_of_date: date, ruleset: Ruleset, rule: Row
) -> Iterable[date]:
    """The day of every single event that the rule may count."""
    reset = max(
        (
            day
            for activity, day, _ in lead.activity_days
            for row in ruleset.resets
            if row["activity"] == activity and row["rule_group"] == rule["rule_group"]
        ),
        default=date.min,
    )
    window = rule["window_days"]
    for activity, day, count in lead.activity_days:
        age = (as_of_date - day).days
        if (
            activity in rule["activity"].split("|")
            and (window is None or age < window)
            and day >= reset
        ):
            yield from [day] * count


def period(day: date, per: str) -> tuple[int, ...]:
    """A name of the calendar period that the day lies in."""
    return {
        "day": (day.year, day.month, day.day),
        "week": tuple(day.isocalendar())[:2],
        "month": (day.year, day.month),
        "quarter": (day.year, (day.month - 1) // 3),
        "ever": (),
    }[per]


def weight_of(age: int, rule: Row) -> Decimal:
    """What a unit of this age is worth, to ten places."""
    return decayed(age, rule["decay"], rule["decay_days"])


@cache
def decayed(age: int, decay: str, decay_days: int | None) -> Decimal:
    if decay == "none" or decay_days is None:
        return Decimal(1)
    if decay == "linear":
        return max(Decimal(0), rounded(1 - Fraction(age, decay_days), 10))
    with localcontext() as context:
        context.prec = 60
        return rounded(Decimal("0.5") ** (Decimal(age) / Decimal(decay_days)), 10)


# --- Caps ----------------------------------------------------------------------------


def cap_factors(factors: list[Factor], lead: Lead, ruleset: Ruleset) -> list[Factor]:
    """What caps take or give, in their order, and the manual adjustments."""
    added: list[Factor] = []

    def total_of(*dimensions: str, group: str | None = None) -> Decimal:
        return sum(
            (
                f.points
                for f in factors + added
                if f.dimension in dimensions and group in (None, f.rule_group)
            ),
            Decimal(0),
        )

    def apply(cap: Row, points: Decimal, part: str, group: str | None = None) -> None:
        held = clamped(points, cap["min_points"], cap["max_points"])
        rest = total_of("behavioral", "negative")
        held = held_beside(held, rest, cap["max_percent"])
        if held != points:
            name = f"cap:{cap['name']}"
            added.append(Factor(name, part, held - points, "Limit", group))

    dimension_of = {
        rule["rule_group"]: rule["dimension"]
        for rule in ruleset.signal_rules + ruleset.activity_rules
    }
    caps = defaultdict(list)
    for cap in ruleset.caps:
        caps[cap["scope"]].append(cap)
    for cap in caps["rule_group"]:
        part, group = dimension_of[cap["name"]], cap["name"]
        apply(cap, total_of(part, group=group), part, group)
    for cap in caps["dimension"]:
        apply(cap, total_of(cap["name"]), cap["name"])
    for cap in caps["fit"]:
        apply(cap, total_of(*FIT), "adjustment")
    for row in lead.adjustments:
        name = f"manual:{row['adjustment_id']}"
        added.append(Factor(name, "adjustment", row["points"], row["reason"]))
    for cap in caps["total"]:
        apply(cap, total_of(*PARTS), "adjustment")
    return added


# --- From points to score, grade, level and stage ------------------------------------


def curve(points: Decimal, row: Row) -> Decimal:
    """The 0-100 score: a line to curve_points, then ever flatter; rounded down."""
    bend, height = row["curve_points"], row["score_at_curve_points"]
    if points <= 0:
        return Decimal("0.00")
    with localcontext() as context:
        context.prec = 60
        context.rounding = ROUND_DOWN
        if points <= bend:
            exact = height * points / bend
        else:
            exact = height + (100 - height) * (1 - (-(points - bend) / bend).exp())
        return exact.quantize(Decimal("0.01"))


def grade_of(lead: Lead, ruleset: Ruleset) -> tuple[int | None, str]:
    """The place on the ladder and its grade; (None, `-`) if too little is known.

    A criterion is a rule group about fit with graded rules. Two at least must be known,
    and those decided be able to move the grade as far as the others. A negative rule (a
    student) may move the grade too, but what it is about says little of a lead.
    """
    graded = [rule for rule in ruleset.signal_rules if rule["grade_thirds"] is not None]
    about_fit = [rule for rule in graded if rule["dimension"] in FIT]
    can_move: dict[str, int] = defaultdict(int)
    for rule in about_fit:
        group = rule["rule_group"]
        can_move[group] = max(can_move[group], abs(rule["grade_thirds"]))
    known = {r["rule_group"] for r in about_fit if matches(lead, r["signal"], "*")}
    held = {r["rule_group"] for r in about_fit if signal_rule_holds(lead, r)}
    decided = sum(can_move[group] for group in known | held)
    if len(known) < 2 or decided < sum(can_move.values()) - decided:
        return None, "-"
    in_group = defaultdict(list)
    for rule in graded:
        if signal_rule_holds(lead, rule):
            in_group[rule["rule_group"]].append(rule["grade_thirds"])
    # The one that moves the grade most; of two equally far the worse.
    thirds = sum(max(group, key=lambda t: (abs(t), -t)) for group in in_group.values())
    ladder = {row["grade"]: row["position"] for row in ruleset.grades}
    place = ladder[ruleset.row["start_grade"]] + thirds
    place = min(max(place, min(ladder.values())), max(ladder.values()))
    return place, next(grade for grade, at in ladder.items() if at == place)


def level_of(behavioral_points: Decimal, ruleset: Ruleset) -> int | None:
    """The best level whose points are reached."""
    return min(
        (
            row["level"]
            for row in ruleset.levels
            if reached(behavioral_points, row["min_behavioral_points"])
        ),
        default=None,
    )


def qualification_row(
    lead: Lead,
    as_of_date: date,
    ruleset: Ruleset,
    position: int | None,
    total: Decimal,
    behavioral: Decimal,
) -> Row:
    """The first row of which every condition holds; an empty one if none does."""
    ladder = {row["grade"]: row["position"] for row in ruleset.grades}

    def holds(row: Row) -> bool:
        return (
            (
                row["min_grade"] is None
                or (row["min_grade"] == "-" and position is None)
                or (
                    row["min_grade"] != "-"
                    and position is not None
                    and position >= ladder[row["min_grade"]]
                )
            )
            and reached(total, row["min_points"])
            and reached(behavioral, row["min_behavioral_points"])
            and has_done(lead, as_of_date, row["if_activity"], row["within_days"])
            and condition_holds(lead, row)
        )

    rows = sorted(ruleset.qualification, key=lambda row: row["row_order"])
    nothing = dict.fromkeys(("stage", "is_mql", "priority", "queue"))
    return next((row for row in rows if holds(row)), nothing)


def has_done(
    lead: Lead, as_of_date: date, activities: str | None, within_days: int | None
) -> bool:
    """Whether one of the activities happened fewer than within_days days ago."""
    return activities is None or any(
        activity in activities.split("|")
        and (within_days is None or (as_of_date - day).days < within_days)
        for activity, day, _ in lead.activity_days
    )


def exclusion_reasons(lead: Lead, ruleset: Ruleset, effect: str) -> set[str]:
    return {
        row["reason"]
        for row in ruleset.exclusions
        if row["effect"] == effect and matches(lead, row["signal"], row["value_text"])
    }


# --- Reasons -------------------------------------------------------------------------


def top_reasons(result: Result, ruleset: Ruleset) -> str:
    """Three reasons at most: by group, by points, by name."""
    first = (ruleset.row["reasons_first"] or "").split("|")

    def place(factor: Factor) -> tuple[int, Decimal, str]:
        group = factor.rule_group
        told_at = first.index(group) if group in first else len(first)
        return told_at, -factor.points, factor.rule_id

    telling = [
        factor
        for factor in result.factors
        if factor.points > 0 and not factor.rule_id.startswith("cap:")
    ]
    return "; ".join(factor.reason for factor in sorted(telling, key=place)[:3])


def value_told(lead: Lead, signal: str) -> str:
    text, number = lead.signals.get(signal, (MISSING, None))
    if text == MISSING:
        return "unknown"
    return NAMES.get((signal, text), text if number is None else f"{number:,}")


def told(reason: str, **numbers: object) -> str:
    """Fill in numbers: a single one in the singular, for a single day its date."""
    if numbers.get("days") == 1:
        reason = reason.replace("on {days} days", "on {last_date}")
    for name, number in numbers.items():
        if str(number) == "1":
            reason = reason.replace(f"{{{name}}} days", "1 day")
            reason = reason.replace(f"{{{name}}} times", "1 time")
        reason = reason.replace(f"{{{name}}}", str(number))
    return reason


# --- Numbers -------------------------------------------------------------------------


def reached(points: Decimal, at_least: Decimal | None) -> bool:
    return at_least is None or points >= at_least


def clamped(points: Decimal, low: Decimal | None, high: Decimal | None) -> Decimal:
    if low is not None and points < low:
        return low
    if high is not None and points > high:
        return high
    return points


def held_beside(points: Decimal, rest: Decimal, percent: int | None) -> Decimal:
    """Hold the points within so many percent of themselves and the rest together."""
    if percent is None:
        return points
    most = Fraction(percent, 100 - percent) * Fraction(max(rest, Decimal(0)))
    return min(points, rounded(most, 4))


def limited(points: Decimal, most: Decimal | None) -> Decimal:
    """Hold the points within most either way, whatever the sign of most."""
    return points if most is None else clamped(points, -abs(most), abs(most))


def rounded(value: Decimal | Fraction, places: int) -> Decimal:
    """Round half away from zero."""
    with localcontext() as context:
        context.prec = 60
        if isinstance(value, Fraction):
            value = Decimal(value.numerator) / Decimal(value.denominator)
        return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def bucket(lead_id: str, experiment: str) -> float:
    """Return where a lead lies in an experiment: from 0 to below 1."""
    digest = hashlib.md5(f"{experiment} {lead_id}".encode()).hexdigest()
    return int(digest[:8], 16) / 2**32
