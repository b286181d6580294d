"""Checks across the rows that give points: rule ids, groups, ranges, caps, resets."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations
from typing import Any

from leadscore.rules.files import Finding, Row, Rules, plain
from leadscore.rules.reach import (
    DIMENSIONS,
    MISSING,
    Sign,
    possible_values,
    reach_of,
    row_holds,
)
from leadscore.rules.vocabulary import nearest


def check_prices(rules: Rules, ruleset: str) -> Iterator[Finding]:
    """Return what is wrong between the priced rows of one ruleset."""
    own = {
        name: [row for row in rows if row["ruleset"] == ruleset]
        for name, rows in rules.items()
    }
    priced = own["signal_rules"] + own["activity_rules"]
    yield from _ids_used_twice(priced)
    yield from _groups_in_two_dimensions(priced)
    yield from _overlaps(own["signal_rules"])
    yield from _unknown_groups(own, priced)
    yield from _caps_named_alike(own["caps"])
    yield from _caps_that_never_bite(own, ruleset)


def _ids_used_twice(priced: list[Row]) -> Iterator[Finding]:
    """Find ids that a signal rule and an activity rule share."""
    seen: dict[str, Row] = {}
    for row in priced:
        first = seen.setdefault(row["rule_id"], row)
        if first.file != row.file:
            yield row.error(
                "rule_id",
                f"{row['rule_id']} is on line {first.line} of {first.file} already: "
                f"give one of the two another name.",
            )


def _groups_in_two_dimensions(priced: list[Row]) -> Iterator[Finding]:
    seen: dict[str, Row] = {}
    for row in priced:
        first = seen.setdefault(row["rule_group"], row)
        if first["dimension"] != row["dimension"]:
            yield row.error(
                "rule_group",
                f"the group {row['rule_group']} is {row['dimension']} here and "
                f"{first['dimension']} on line {first.line} of {first.file}: a group "
                f"lies in one dimension, so choose another name for one of the two.",
            )


def _overlaps(signal_rules: list[Row]) -> Iterator[Finding]:
    """Find rules of a group that the same value of a signal meets."""
    alike: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in signal_rules:
        columns = ("rule_group", "signal", "if_signal", "if_value")
        alike[tuple(row[column] for column in columns)].append(row)
    for rows in alike.values():
        for first, second in combinations(rows, 2):
            values = [
                value
                for value in possible_values([first, second])
                if value[0] != MISSING
                and row_holds(first, *value)
                and row_holds(second, *value)
            ]
            if values:
                yield _overlap(first, second)


def _overlap(first: Row, second: Row) -> Finding:
    both = (
        f"{second['rule_id']} and {first['rule_id']} (line {first.line}) both hold for "
        f"some values of {second['signal']}, which would earn the points of both"
    )
    if _has_range(first) and _has_range(second):
        return second.error(
            "min_value",
            f"{both}: let one range end where the other begins (max_value itself is "
            f"not included).",
        )
    return second.warning("value_text", f"{both}: name each value once, if not meant.")


def _has_range(row: Row) -> bool:
    return row["min_value"] is not None or row["max_value"] is not None


def _unknown_groups(own: Rules, priced: list[Row]) -> Iterator[Finding]:
    groups = {row["rule_group"] for row in priced}
    known = {"rule_group": groups, "dimension": set(DIMENSIONS)}
    for row in own["caps"]:
        names = known.get(row["scope"])
        if names is not None and row["name"] not in names:
            yield _no_such(row, "name", row["scope"].replace("_", " "), names)
    groups = {row["rule_group"] for row in own["activity_rules"]}
    for row in own["resets"]:
        if row["rule_group"] not in groups:
            yield _no_such(row, "rule_group", "rule group with activity rules", groups)


def _no_such(row: Row, column: str, what: str, known: set[str]) -> Finding:
    name = row[column]
    hint = nearest(name, known) or f": choose from {', '.join(sorted(known))}."
    return row.error(column, f"this ruleset has no {what} {name!r}{hint}")


def _caps_named_alike(caps: list[Row]) -> Iterator[Finding]:
    """Find caps that limit the same sum or would share a name among the factors."""
    for second, first in combinations(reversed(caps), 2):
        if second["scope"] == first["scope"] and second["scope"] in {"fit", "total"}:
            yield second.error(
                "scope",
                f"line {first.line} limits the {first['scope']} points already: write "
                f"both limits into one row.",
            )
        elif second["name"] == first["name"] and second["scope"] != first["scope"]:
            yield second.error(
                "name",
                f"line {first.line} has a cap {first['name']} too, and both would be "
                f"called cap:{first['name']} among the factors: rename one.",
            )


def _caps_that_never_bite(own: Rules, ruleset: str) -> Iterator[Finding]:
    sides: tuple[tuple[str, Sign, str], ...] = (
        ("max_points", 1, "more"),
        ("min_points", -1, "less"),
    )
    for column, sign, direction in sides:
        reach = reach_of(own, ruleset, sign).before_cap
        for row in own["caps"]:
            scope, limit = row["scope"], row[column]
            name = "" if scope in {"fit", "total"} else row["name"]
            most = reach.get((scope, name), math.inf)
            # To the fourth decimal, so that no cap is judged by a float's last digit.
            if limit is not None and round(most, 4) < sign * float(limit):
                yield row.error(
                    column,
                    f"this cap never bites: {name or 'the rules'} "
                    f"cannot give {direction} than {sign * most:.10g} points, and the "
                    f"cap is {plain(limit)}. Lower it, or remove the row.",
                )
