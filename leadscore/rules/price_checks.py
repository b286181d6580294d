"""Checks across the rows that give points: rule ids, groups, ranges, caps, resets."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations

from leadscore.models import dimensions
from leadscore.rules.row import Finding, plain
from leadscore.rules.schema import ActivityRule, Cap, Rules, Ruleset, SignalRule
from leadscore.rules.vocabulary import MISSING, nearest

Priced = list[SignalRule | ActivityRule]


# The shortest period of each kind: its units lie at least that many days apart.
SHORTEST = {"day": 1, "week": 7, "month": 28, "quarter": 90}

# After so many half-lives nothing is left, to the fourth decimal and far beyond.
HALF_LIVES = 50

# What counts for more days than these is taken to count without an end.
ENDLESS_DAYS = 100_000


def check_prices(own: Rules, ruleset: Ruleset) -> Iterator[Finding]:
    """Return what is wrong between the priced rows of one ruleset."""
    priced: Priced = [*own.signal_rules, *own.activity_rules]
    yield from _ids_used_twice(priced)
    yield from _groups_in_two_dimensions(priced)
    yield from _overlaps(own.signal_rules)
    yield from _unknown_groups(own, priced)
    yield from _reasons_first(ruleset, {row.rule_group for row in priced})
    yield from _caps_named_alike(own.caps)
    yield from _caps_that_never_bite(own)
    yield from _caps_that_leave_nothing(own)


def most_points(own: Rules, sign: int) -> dict[tuple[str, str], float]:
    """Return the most points a lead can get (or, with sign -1, lose) in every sum.

    The sums are those that caps may limit, by `Cap.limited`, each before its own cap;
    they may be infinite. Conditions on different signals are taken to hold together:
    the true limit may be lower, never higher.
    """
    sums: dict[tuple[str, str], float] = defaultdict(float)
    limits = {
        cap.limited: abs(float(limit))
        for cap in own.caps
        if (limit := cap.max_points if sign > 0 else cap.min_points) is not None
    }

    def capped(scope: str, name: str = "") -> float:
        return min(sums[scope, name], limits.get((scope, name), math.inf))

    by_signal: dict[tuple[str, str], list[SignalRule]] = defaultdict(list)
    for rule in own.signal_rules:
        by_signal[rule.rule_group, rule.signal].append(rule)
    for (group, _), rules in by_signal.items():
        sums["rule_group", group] += _most_of_signal(rules, sign)
    for counting in own.activity_rules:
        sums["rule_group", counting.rule_group] += _most_of_activity(counting, sign)
    priced: Priced = [*own.signal_rules, *own.activity_rules]
    for dimension, group in dict.fromkeys((r.dimension, r.rule_group) for r in priced):
        sums["dimension", dimension] += capped("rule_group", group)
    of = {name: capped("dimension", name) for name in dimensions()}
    sums["fit", ""] = of["demographic"] + of["firmographic"]
    by_hand = sum(max(0.0, sign * float(row.points)) for row in own.manual_adjustments)
    sums["total", ""] = capped("fit") + of["behavioral"] + of["negative"] + by_hand
    return sums


def _most_of_signal(rules: list[SignalRule], sign: int) -> float:
    """Return the most that one value of a signal earns: a lead has only one."""
    return max(
        sum(max(0.0, sign * float(r.points)) for r in rules if r.holds_for(value))
        for value in {MISSING}.union(*(rule.telling_values() for rule in rules))
    )


def _most_of_activity(rule: ActivityRule, sign: int) -> float:
    points = sign * float(rule.points)
    if points <= 0:
        return 0.0
    limit = abs(float(rule.max_points)) if rule.max_points else math.inf
    units = math.inf if rule.max_units is None else float(rule.max_units)
    return min(limit, points * units * _most_periods(rule))


def _most_periods(rule: ActivityRule) -> float:
    """Return the summed weights of a unit in every period, the newest today.

    The period before today's may have ended yesterday, so the ages are 0, 1, 1 + L,
    1 + 2 L ... with L the shortest length of a period.
    """
    if rule.per == "ever":
        return 1.0
    days = 0.0 if rule.decay == "none" else max(0.0, float(rule.decay_days or 0))
    faded = days * (1 if rule.decay == "linear" else HALF_LIVES) or math.inf
    end = min(float(rule.window_days or math.inf), faded)
    if end > ENDLESS_DAYS:
        return math.inf
    ages: list[int] = [0, *range(1, math.ceil(end), SHORTEST[rule.per])]
    if not days:
        return float(len(ages))
    if rule.decay == "linear":
        return sum(1 - age / days for age in ages)
    return sum(math.exp2(-age / days) for age in ages)


def _ids_used_twice(priced: Priced) -> Iterator[Finding]:
    """Find ids that a signal rule and an activity rule share, or nearly share."""
    seen: dict[str, SignalRule | ActivityRule] = {}
    alike: dict[str, SignalRule | ActivityRule] = {}
    for row in priced:
        first = seen.setdefault(row.rule_id, row)
        near = alike.setdefault(row.rule_id.lower(), row)
        if near.rule_id != row.rule_id:
            yield row.warning(
                "rule_id",
                f"{row.rule_id} differs from {near.rule_id} (line {near.line} of "
                f"{near.file}) in capital letters alone: give one another name.",
            )
        if first.file != row.file:
            yield row.error(
                "rule_id",
                f"{row.rule_id} is on line {first.line} of {first.file} already: "
                f"give one of the two another name.",
            )


def _groups_in_two_dimensions(priced: Priced) -> Iterator[Finding]:
    seen: dict[str, SignalRule | ActivityRule] = {}
    for row in priced:
        first = seen.setdefault(row.rule_group, row)
        if first.dimension != row.dimension:
            yield row.error(
                "rule_group",
                f"the group {row.rule_group} is {row.dimension} here and "
                f"{first.dimension} on line {first.line} of {first.file}: a group "
                f"lies in one dimension, so choose another name for one of the two.",
            )


def _overlaps(signal_rules: list[SignalRule]) -> Iterator[Finding]:
    """Find rules of a group that the same value of a signal meets."""
    alike: dict[tuple[str | None, ...], list[SignalRule]] = defaultdict(list)
    for row in signal_rules:
        alike[row.rule_group, row.signal, row.if_signal, row.if_value].append(row)
    for rows in alike.values():
        for first, second in combinations(rows, 2):
            values = (first.telling_values() | second.telling_values()) - {MISSING}
            if not any(first.holds_for(v) and second.holds_for(v) for v in values):
                continue
            both = (
                f"{second.rule_id} and {first.rule_id} (line {first.line}) both hold "
                f"for some values of {second.signal}, which would earn the points of "
                f"both"
            )
            if first.has_range and second.has_range:
                yield second.error(
                    "min_value",
                    f"{both}: let one range end where the other begins (max_value "
                    f"itself is not included).",
                )
            else:
                message = f"{both}: name each value once, if not meant."
                yield second.warning("value_text", message)


def _unknown_groups(own: Rules, priced: Priced) -> Iterator[Finding]:
    groups = {row.rule_group for row in priced}
    known = {"rule_group": groups, "dimension": set(dimensions())}
    for cap in own.caps:
        names = known.get(cap.scope)
        if names is not None and cap.name not in names:
            yield cap.error(
                "name", _no_such(cap.scope.replace("_", " "), cap.name, names)
            )
    counted = {row.rule_group for row in own.activity_rules}
    for row in own.resets:
        if row.rule_group not in counted:
            what = "rule group with activity rules"
            yield row.error("rule_group", _no_such(what, row.rule_group, counted))


def _reasons_first(ruleset: Ruleset, groups: set[str]) -> Iterator[Finding]:
    named = ruleset.reasons_first.split("|") if ruleset.reasons_first else []
    for position, name in enumerate(named):
        if name not in groups:
            message = _no_such("rule group", name, groups)
            yield ruleset.error("reasons_first", message)
        elif name in named[:position]:
            message = f"{name} stands here twice: remove one."
            yield ruleset.error("reasons_first", message)


def _no_such(what: str, name: str, known: set[str]) -> str:
    hint = nearest(name, known) or f": choose from {', '.join(sorted(known))}."
    return f"this ruleset has no {what} {name!r}{hint}"


def _caps_named_alike(caps: list[Cap]) -> Iterator[Finding]:
    """Find caps that limit the same sum or would share a name among the factors."""
    for second, first in combinations(reversed(caps), 2):
        if second.limited == first.limited and second.scope in {"fit", "total"}:
            yield second.error(
                "scope",
                f"line {first.line} limits the {first.scope} points already: write "
                f"both limits into one row.",
            )
        elif second.name == first.name and second.scope != first.scope:
            yield second.error(
                "name",
                f"line {first.line} has a cap {first.name} too, and both would be "
                f"called cap:{first.name} among the factors: rename one.",
            )


def _caps_that_never_bite(own: Rules) -> Iterator[Finding]:
    sides = ("max_points", 1, "more"), ("min_points", -1, "less")
    for column, sign, direction in sides:
        sums = most_points(own, sign)
        for cap in own.caps:
            limit = getattr(cap, column)
            most = sums.get(cap.limited, math.inf)
            # To the fourth decimal, so that no cap is judged by a float's last digit.
            if limit is not None and round(most, 4) < sign * float(limit):
                yield cap.error(
                    column,
                    f"this cap never bites: {cap.limited[1] or 'the rules'} "
                    f"cannot give {direction} than {sign * most + 0:.10g} points, and "
                    f"the cap is {plain(limit)}. Lower it, or remove the row.",
                )


def _caps_that_leave_nothing(own: Rules) -> Iterator[Finding]:
    """Find shares of a total that fit alone makes up."""
    sums = most_points(own, 1)
    if not sums["dimension", "behavioral"] + sums["dimension", "negative"]:
        for cap in own.caps:
            if cap.max_percent is not None:
                yield cap.error(
                    "max_percent",
                    "only fit gives points here, so no share of the total is left of "
                    "it: write max_points, or add rules for behavior.",
                )
