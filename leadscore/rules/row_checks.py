"""Checks that need no more than one row of a rule file and the vocabulary."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from leadscore.rules.files import Finding, Row, Rules
from leadscore.rules.vocabulary import ATTRIBUTE, Vocabulary, nearest

Check = Callable[[Row, Vocabulary], Iterator[Finding]]

SHOW_ALL = "`leadscore rules list` shows all."

# What is filled in when a reason is read.
PLACEHOLDERS = {
    "signal_rules.csv": ("{value}",),
    "activity_rules.csv": ("{count}", "{days}", "{last_date}"),
}


def check_rows(rules: Rules, vocabulary: Vocabulary) -> Iterator[Finding]:
    """Return what is wrong with single rows."""
    for name, checks in CHECKS.items():
        for row in rules[name]:
            for check in checks:
                yield from check(row, vocabulary)


def _priced_signal(row: Row, vocabulary: Vocabulary) -> Iterator[Finding]:
    yield from _known_signal(row, "signal", vocabulary)
    yield from _no_outcome(row, "signal", vocabulary)
    yield from _values(row, "value_text")


def _price(row: Row, vocabulary: Vocabulary) -> Iterator[Finding]:
    """Check what the rules of signals and of activities have in common."""
    yield from _condition(row, vocabulary)
    if row["if_signal"] is not None:
        yield from _no_outcome(row, "if_signal", vocabulary)
    if row["rule_id"].startswith(("cap:", "manual:")):
        message = "names that begin with cap: or manual: are taken: choose another."
        yield row.error("rule_id", message)
    if row["points"] == 0 and not row.cells.get("grade_thirds"):
        yield row.warning("points", "0 points: the rule changes nothing; remove it?")
    if row["rationale"] is None:
        yield row.warning("rationale", "say where the points come from.")


def _range(row: Row, vocabulary: Vocabulary) -> Iterator[Finding]:
    low, high = row["min_value"], row["max_value"]
    if low is None and high is None:
        return
    if low is not None and high is not None and low >= high:
        yield row.error(
            "max_value",
            f"no number is at least {low} and below {high}: min_value must be the "
            f"smaller one (max_value itself is not included).",
        )
    if not vocabulary.holds_number(row["signal"]):
        yield row.error(
            "min_value",
            f"{row['signal']} is a text and is never in a range of numbers: use "
            f"value_text, or a signal that is a number.",
        )


def _graded(row: Row, vocabulary: Vocabulary) -> Iterator[Finding]:
    if row["grade_thirds"] is not None and row["dimension"] == "behavioral":
        yield row.error(
            "grade_thirds",
            "the grade tells fit alone, and behavior may not move it: empty the cell.",
        )


def _activities(column: str) -> Check:
    """Return the check of a cell that names activities, joined by |."""

    def check(row: Row, vocabulary: Vocabulary) -> Iterator[Finding]:
        names = row[column].split("|") if row[column] else []
        for position, name in enumerate(names):
            if name not in vocabulary.activities:
                hint = nearest(name, vocabulary.activities)
                yield row.error(
                    column, f"there is no activity {name!r}{hint or ':'} {SHOW_ALL}"
                )
            elif name in names[:position]:
                message = f"{name} stands here twice and would count twice: remove one."
                yield row.error(column, message)

    return check


def _one_activity(row: Row, vocabulary: Vocabulary) -> Iterator[Finding]:
    if "|" in row["activity"]:
        yield row.error("activity", "one activity a row: write a row for each.")
    else:
        yield from _activities("activity")(row, vocabulary)


def _decay(row: Row, vocabulary: Vocabulary) -> Iterator[Finding]:
    decay, days = row["decay"], row["decay_days"]
    if decay == "none" and days is not None:
        yield row.error(
            "decay_days",
            "with decay none nothing decays: leave decay_days empty, or write linear "
            "or half_life as decay.",
        )
    if decay != "none" and days is None:
        message = f"{decay} decay over how many days? Fill in decay_days."
        yield row.error("decay_days", message)
    if days is not None and days <= 0:
        yield row.error("decay_days", f"{days} days: at least 1 is needed.")
    limits = ("max_units", "max_points", "window_days")
    if decay != "none" and row["per"] == "ever" and not any(row[c] for c in limits):
        yield row.error(
            "per",
            "`ever` with decay and no limit: every event ever counts. Set max_units, "
            "max_points or window_days, or count per day.",
        )


def _at_least_one(*columns: str) -> Check:
    """Return the check of columns that count things."""

    def check(row: Row, vocabulary: Vocabulary) -> Iterator[Finding]:
        for column in columns:
            if row[column] is not None and row[column] < 1:
                yield row.error(column, f"{row[column]}: write 1 or more, or nothing.")

    return check


def _max_points(row: Row, vocabulary: Vocabulary) -> Iterator[Finding]:
    if row["max_points"] == 0:
        message = "a limit of 0 leaves no points: leave it empty, or remove the rule."
        yield row.error("max_points", message)


def _reason(row: Row, vocabulary: Vocabulary) -> Iterator[Finding]:
    allowed = PLACEHOLDERS.get(row.file, ())
    for found in re.findall(r"\{[^{}]*\}?|\}", row["reason"] or ""):
        if found not in allowed:
            filled = f"only {', '.join(allowed)}" if allowed else "nothing"
            message = f"{found} is not filled in: in this file {filled} is."
            yield row.error("reason", message)


def _condition(row: Row, vocabulary: Vocabulary) -> Iterator[Finding]:
    if row["if_signal"] is None:
        if row["if_value"] is not None:
            message = "a value of which signal? Fill in if_signal, or empty if_value."
            yield row.error("if_signal", message)
        return
    yield from _known_signal(row, "if_signal", vocabulary)
    yield from _values(row, "if_value")
    if row["if_value"] is None:
        yield row.warning(
            "if_value",
            "an empty value always holds: write `*` for any known value, or empty "
            "if_signal too.",
        )


def _known_signal(row: Row, column: str, vocabulary: Vocabulary) -> Iterator[Finding]:
    name = row[column]
    if vocabulary.knows_signal(name):
        return
    hint = nearest(name, vocabulary.signal_names())
    what = "attribute" if name.startswith(ATTRIBUTE) else "signal"
    yield row.error(column, f"there is no {what} {name!r}{hint or ':'} {SHOW_ALL}")


def _no_outcome(row: Row, column: str, vocabulary: Vocabulary) -> Iterator[Finding]:
    if row[column] in vocabulary.outcomes:
        yield row.error(
            column,
            f"{row[column]} is an outcome, and outcomes never price a score: it would "
            f"predict what has happened already. Remove the rule; a row of "
            f"exclusions.csv may exclude such leads.",
        )


def _values(row: Row, column: str) -> Iterator[Finding]:
    text = row[column]
    if text is None:
        return
    for value in text.removeprefix("!").split("|"):
        if not value:
            yield row.error(column, f"{text!r} has an empty value: remove a | or !.")
        elif value != value.strip():
            message = f"{value!r} never matches: remove the blanks beside the |."
            yield row.error(column, message)
        elif "!" in value[:1] or (value == "*" and text != "*"):
            yield row.error(
                column,
                f"{text!r}: `!` stands once, before the first value, and `*` stands "
                f"alone.",
            )


def _qualification(row: Row, vocabulary: Vocabulary) -> Iterator[Finding]:
    if row["within_days"] is not None and row["if_activity"] is None:
        message = "days since which activity? Fill in if_activity, or empty this."
        yield row.error("within_days", message)
    if row["is_mql"] and row["if_signal"] in vocabulary.outcomes:
        yield row.error(
            "if_signal",
            f"{row['if_signal']} is an outcome and makes no MQL: outcomes may only "
            f"hold leads back (is_mql false).",
        )
    if row["stage"] == "excluded":
        message = (
            "the stage `excluded` is given by exclusions.csv: choose another name."
        )
        yield row.error("stage", message)
    if row["sla_hours"] is not None and row["sla_hours"] <= 0:
        yield row.error("sla_hours", f"{row['sla_hours']}: write more than 0 hours.")


def _exclusion(row: Row, vocabulary: Vocabulary) -> Iterator[Finding]:
    yield from _known_signal(row, "signal", vocabulary)
    yield from _values(row, "value_text")


def _cap(row: Row, vocabulary: Vocabulary) -> Iterator[Finding]:
    low, high = row["min_points"], row["max_points"]
    if low is None and high is None:
        message = "a cap without a limit: fill in max_points or min_points."
        yield row.error("max_points", message)
    if low is not None and low > 0:
        yield row.error(
            "min_points",
            f"{low} would give points to leads that earned none: write 0 or less.",
        )
    if high is not None and high < 0:
        yield row.error(
            "max_points",
            f"{high} would take points from leads that lost none: write 0 or more.",
        )
    if low is not None and high is not None and low > high:
        message = f"at least {low} and at most {high} cannot both be: swap them."
        yield row.error("min_points", message)


def _adjustment(row: Row, vocabulary: Vocabulary) -> Iterator[Finding]:
    if row["to_date"] is not None and row["to_date"] < row["from_date"]:
        message = f"it ends before it begins ({row['from_date']}): mend one of the two."
        yield row.error("to_date", message)


def _curve(row: Row, vocabulary: Vocabulary) -> Iterator[Finding]:
    if row["curve_points"] <= 0:
        message = f"{row['curve_points']}: write the points of a good lead, above 0."
        yield row.error("curve_points", message)
    if not 0 < row["score_at_curve_points"] < 100:
        message = f"{row['score_at_curve_points']}: write a number between 0 and 100."
        yield row.error("score_at_curve_points", message)


CHECKS: dict[str, tuple[Check, ...]] = {
    "rulesets": (_curve,),
    "signal_rules": (_priced_signal, _price, _range, _graded, _reason),
    "activity_rules": (
        _activities("activity"),
        _price,
        _at_least_one("per_count", "max_units", "window_days"),
        _decay,
        _max_points,
        _reason,
    ),
    "resets": (_one_activity,),
    "caps": (_cap,),
    "exclusions": (_exclusion, _reason),
    "qualification": (
        _condition,
        _activities("if_activity"),
        _at_least_one("within_days", "priority"),
        _qualification,
    ),
    "manual_adjustments": (_adjustment, _reason),
}
