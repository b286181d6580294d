"""Checks of what becomes of points: champions, grades, levels and qualification."""

from __future__ import annotations

import math
import operator
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import pairwise

from leadscore.rules.price_checks import most_points
from leadscore.rules.row import Finding, plain
from leadscore.rules.schema import Grade, Level, Qualification, Rules, Ruleset
from leadscore.rules.vocabulary import nearest

NO_GRADE = "-"  # of whom too little is known

# Signals that behavior moves: who meets a condition on them has done something.
BEHAVIORAL_SIGNALS = {
    "engaged_decision_makers",
    "other_decision_makers",
    "days_since_last_activity",
}


def check_champions(rulesets: list[Ruleset]) -> Iterator[Finding]:
    """Return what is wrong with the champions of the scorecards."""
    shown = [row for row in rulesets if not row.scores_accounts]
    if not any(row.status == "champion" for row in shown):
        message = "no ruleset is a champion: give the one to show the status champion."
        yield Finding("error", "rulesets.csv", None, "status", message)
        return
    scorecards: dict[str, list[Ruleset]] = defaultdict(list)
    for row in rulesets:
        scorecards[row.scorecard].append(row)
    for scorecard, rows in scorecards.items():
        champions: dict[date, Ruleset] = {}
        for row in rows:
            if row.status != "champion":
                continue
            first = champions.setdefault(row.effective_from, row)
            if first is not row:
                yield row.error(
                    "effective_from",
                    f"{row.ruleset} and {first.ruleset} (line {first.line}) are "
                    f"champions of {scorecard} from the same day: change a day, or "
                    f"make one of them a challenger.",
                )
        if not champions:
            yield rows[0].warning(
                "status",
                f"the scorecard {scorecard} has no champion: its rulesets are scored "
                f"and never shown in lead_scores.",
            )


def check_ladders(own: Rules, ruleset: Ruleset) -> Iterator[Finding]:
    """Return what is wrong with one ruleset's grades, levels and qualification."""
    name = ruleset.ruleset
    for file in ("grades", "levels", "qualification"):
        if not getattr(own, file) and not (
            file == "levels" and ruleset.scores_accounts
        ):
            message = f"the ruleset {name} has no rows in {file}.csv: add them there."
            yield ruleset.error("ruleset", message)
    if not own.signal_rules and not own.activity_rules:
        message = f"the ruleset {name} has no rules: every lead gets 0 points."
        yield ruleset.warning("ruleset", message)
    yield from _grades(own.grades, ruleset)
    yield from _levels(own.levels)
    yield from _qualification(own.qualification, own.grades)
    if own.activity_rules:
        yield from _fit_alone(own)


def _grades(grades: list[Grade], ruleset: Ruleset) -> Iterator[Finding]:
    steps = sorted(grades, key=lambda row: row.position)
    seen: dict[str, Grade] = {}
    for row in steps:
        first = seen.setdefault(row.grade, row)
        if first is not row:
            message = f"the grade {row.grade} is on line {first.line} already."
            yield row.error("grade", f"{message} Each grade stands once.")
    for place, row in enumerate(steps, start=1):
        if row.position != place:
            yield row.error(
                "position",
                f"position {row.position} where {place} is next: number the ladder "
                f"1 to {len(steps)} without gaps.",
            )
            break
    for worse, better in pairwise(steps):
        keys = _grade_order(worse.grade), _grade_order(better.grade)
        if all(keys) and keys[0] > keys[1]:
            yield better.error(
                "grade",
                f"{better.grade} stands above {worse.grade} (line {worse.line}): "
                f"position 1 is the worst grade, and each step is better.",
            )
    start = ruleset.start_grade
    if grades and start not in seen:
        hint = nearest(start, seen) or f": choose from {', '.join(seen)}."
        yield ruleset.error("start_grade", f"its ladder has no grade {start!r}{hint}")


def _grade_order(grade: str) -> tuple[int, ...]:
    """Return a key that rises with the letters A to Z, + and -; empty for others."""
    if not re.fullmatch(r"[A-Z][+-]?", grade):
        return ()
    return -ord(grade[0]), {"-": -1, "+": 1}.get(grade[1:], 0)


def _levels(levels: list[Level]) -> Iterator[Finding]:
    steps = sorted(levels, key=lambda row: row.level)
    for row in steps[:-1]:
        if row.min_behavioral_points is None:
            yield row.error(
                "min_behavioral_points",
                f"level {row.level} takes every lead, so the levels after it are "
                f"never reached: only the last has no threshold.",
            )
    known = [
        (row, row.min_behavioral_points)
        for row in steps
        if row.min_behavioral_points is not None
    ]
    for (higher, high), (lower, low) in pairwise(known):
        if low >= high:
            yield lower.error(
                "min_behavioral_points",
                f"level {lower.level} must begin below level {higher.level} "
                f"(line {higher.line}, {plain(high)} points): 1 is the most engaged.",
            )
    if steps and steps[-1].min_behavioral_points is not None:
        yield steps[-1].error(
            "min_behavioral_points",
            "leads with fewer points would have no level: leave the last level's "
            "threshold empty.",
        )


def _qualification(rows: list[Qualification], grades: list[Grade]) -> Iterator[Finding]:
    positions = {row.grade: int(row.position) for row in grades}
    steps = sorted(rows, key=lambda row: row.row_order)
    for row in steps:
        if row.min_grade not in {None, NO_GRADE, *positions}:
            known = f": choose from {', '.join(positions)}, or - for none."
            yield row.error(
                "min_grade",
                f"the ladder has no grade {row.min_grade!r}"
                f"{nearest(str(row.min_grade), positions) or known}",
            )
    if steps and not _always_holds(steps[-1]):
        yield steps[-1].error(
            None,
            "the last row has conditions, and leads that meet no row would be lost: "
            "add a row without conditions after it.",
        )
    for place, row in enumerate(steps):
        for earlier in steps[:place]:
            if _takes_all_of(earlier, row, positions):
                yield row.error(
                    "row_order",
                    f"this row is never reached: row {earlier.row_order} (line "
                    f"{earlier.line}) holds whenever it does. Move it up, or remove "
                    f"it.",
                )
                break


def _always_holds(row: Qualification) -> bool:
    thresholds = row.min_grade, row.min_points, row.min_behavioral_points
    return {*thresholds, row.if_activity, row.if_signal} == {None}


def _takes_all_of(
    earlier: Qualification, later: Qualification, positions: dict[str, int]
) -> bool:
    """Whether the earlier row holds for every lead for which the later one does."""

    def thresholds(row: Qualification) -> tuple[Decimal, ...]:
        grade = positions.get(row.min_grade or "")
        asked = (grade, row.min_points, row.min_behavioral_points)
        return tuple(Decimal("-inf" if one is None else one) for one in asked)

    def activities(row: Qualification) -> set[str]:
        return set(row.if_activity.split("|")) if row.if_activity else set()

    if not all(map(operator.le, thresholds(earlier), thresholds(later))):
        return False
    # Of those without a grade only a row on any grade, or on just these, takes all.
    asked = {earlier.min_grade, later.min_grade}
    if earlier.min_grade is not None and NO_GRADE in asked and len(asked) > 1:
        return False
    if earlier.if_activity is not None and not (
        set() < activities(later) <= activities(earlier)
        and (later.within_days or math.inf) <= (earlier.within_days or math.inf)
    ):
        return False
    conditions = [(row.if_signal, row.if_value) for row in (earlier, later)]
    return earlier.if_signal is None or conditions[0] == conditions[1]


def _fit_alone(own: Rules) -> Iterator[Finding]:
    """Warn of rows that make an MQL of a lead that has done nothing."""
    limits = [cap.max_points for cap in own.caps if cap.scope == "fit"]
    # A share of the total is nothing where fit is all there is.
    limits += [Decimal(0) for cap in own.caps if cap.max_percent is not None]
    fit = min(
        most_points(own, 1)["fit", ""],
        *(float(limit) for limit in limits if limit is not None),
        math.inf,
    )
    for row in own.qualification:
        points = row.min_points
        if (
            row.is_mql
            and row.min_behavioral_points is None
            and row.if_activity is None
            and row.if_signal not in BEHAVIORAL_SIGNALS
            and (points is None or fit >= points)
        ):
            reached = (
                "" if points is None else f", and fit alone gives up to {fit:.10g}"
            )
            yield row.warning(
                "min_behavioral_points",
                f"fit alone is enough for {row.stage}: the row asks for no behavior"
                f"{reached}. Set min_behavioral_points or if_activity, if not meant.",
            )
