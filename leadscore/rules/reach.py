"""How many points a ruleset can give at most: what caps and thresholds are held to."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from leadscore.rules.files import Row, Rules, plain

Sign = Literal[1, -1]

OTHER = "\0other"  # a value that no rule names
MISSING = "(missing)"

DIMENSIONS = ("demographic", "firmographic", "behavioral", "negative")

# The shortest period of each kind: its units lie at least that many days apart.
SHORTEST = {"day": 1, "week": 7, "month": 28, "quarter": 90}


@dataclass(frozen=True)
class Reach:
    """The most points that a lead can get (or, with sign -1, lose); maybe infinite.

    Attributes:
        before_cap: By scope and name of a cap (no name for fit and total): the sum
            that the cap limits.
        fit: Demographic and firmographic points together, after all caps.
    """

    before_cap: dict[tuple[str, str], float]
    fit: float


def reach_of(rules: Rules, ruleset: str, sign: Sign) -> Reach:
    """Return the most points of a sign that a ruleset can give.

    Conditions between different signals are taken to hold together: the true limit may
    be lower, never higher.
    """
    own = {
        name: [row for row in rows if row["ruleset"] == ruleset]
        for name, rows in rules.items()
    }
    column = "max_points" if sign == 1 else "min_points"
    limits = {
        _cap_key(row["scope"], row["name"]): abs(float(row[column]))
        for row in own["caps"]
        if row[column] is not None
    }
    before: dict[tuple[str, str], float] = {}

    def capped(scope: str, name: str, points: float) -> float:
        key = _cap_key(scope, name)
        before[key] = points
        return min(points, limits.get(key, math.inf))

    dimensions: dict[str, float] = defaultdict(float)
    for (dimension, group), points in _groups(own, sign).items():
        dimensions[dimension] += capped("rule_group", group, points)
    after = {name: capped("dimension", name, dimensions[name]) for name in DIMENSIONS}
    fit = capped("fit", "", after["demographic"] + after["firmographic"])
    manual = sum(
        max(0.0, sign * float(row["points"])) for row in own["manual_adjustments"]
    )
    capped("total", "", fit + after["behavioral"] + after["negative"] + manual)
    return Reach(before, fit)


def _cap_key(scope: str, name: str) -> tuple[str, str]:
    return scope, "" if scope in {"fit", "total"} else name


def _groups(own: Rules, sign: Sign) -> dict[tuple[str, str], float]:
    points: dict[tuple[str, str], float] = defaultdict(float)
    by_signal: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for row in own["signal_rules"]:
        by_signal[row["dimension"], row["rule_group"], row["signal"]].append(row)
    for (dimension, group, _), rows in by_signal.items():
        points[dimension, group] += _most_of_signal(rows, sign)
    for row in own["activity_rules"]:
        points[row["dimension"], row["rule_group"]] += _most_of_activity(row, sign)
    return points


def _most_of_signal(rows: list[Row], sign: Sign) -> float:
    """Return the most that one value of a signal earns: a lead has only one."""
    gains = [(row, max(0.0, sign * float(row["points"]))) for row in rows]
    return max(
        sum(gain for row, gain in gains if row_holds(row, *value))
        for value in possible_values(rows)
    )


def possible_values(rows: Iterable[Row]) -> list[tuple[str, Decimal | None]]:
    """Return values (text and number) that tell all the rows of a signal apart."""
    rows = list(rows)
    texts = {MISSING, OTHER}
    numbers: set[Decimal] = set()
    for row in rows:
        texts |= set((row["value_text"] or OTHER).lower().removeprefix("!").split("|"))
        numbers |= {row[c] for c in ("min_value", "max_value") if row[c] is not None}
    if numbers:
        numbers.add(min(numbers) - 1)
        numbers |= {
            Decimal(text) for text in texts if re.fullmatch(r"-?\d+(\.\d+)?", text)
        }
    return [(text, None) for text in texts] + [(plain(n), n) for n in numbers]


def row_holds(row: Row, text: str, number: Decimal | None) -> bool:
    """Whether a signal rule holds for a value, its further condition left aside."""
    low, high = row["min_value"], row["max_value"]
    if (low is not None or high is not None) and number is None:
        return False
    if number is not None and (
        (low is not None and number < low) or (high is not None and number >= high)
    ):
        return False
    wanted = row["value_text"]
    if wanted is None:
        return True
    if wanted == "*":
        return text != MISSING
    values = wanted.lower().removeprefix("!").split("|")
    return bool((text in values) != wanted.startswith("!"))


def _most_of_activity(row: Row, sign: Sign) -> float:
    points = sign * float(row["points"])
    if points <= 0:
        return 0.0
    limit = abs(float(row["max_points"])) if row["max_points"] else math.inf
    if row["max_units"] is None:
        return limit
    return min(limit, points * float(row["max_units"]) * _most_periods(row))


def _most_periods(row: Row) -> float:
    """Return the summed weights of a unit in every period, the newest today.

    The period before today's may have ended yesterday, so the ages are 0, 1, 1 + L,
    1 + 2 L ... with L the shortest length of a period.
    """
    if row["per"] == "ever":
        return 1.0
    length = SHORTEST[row["per"]]
    window, days = float(row["window_days"] or math.inf), float(row["decay_days"] or 0)
    if row["decay"] == "none" or days <= 0:
        return 1 + _periods_within(window, length)
    if row["decay"] == "linear":
        periods = _periods_within(min(window, days), length)
        return 1 + periods - (periods + length * periods * (periods - 1) / 2) / days
    per_day = 0.5 ** (1 / days)
    left = per_day ** (1 + length * _periods_within(window, length))
    return float(1 + (per_day - left) / (1 - per_day**length))


def _periods_within(days: float, length: int) -> float:
    """Return how many of the ages 1, 1 + length, 1 + 2 length ... are below `days`."""
    return days if days == math.inf else max(0, math.ceil((days - 1) / length))
