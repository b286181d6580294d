"""A learned scorecard as ordinary rule files: the rows of one more ruleset."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leadscore.dbt_runner import copy_seed
from leadscore.judging.cut_offs import RECENT_DAYS
from leadscore.rules.ladder_checks import BEHAVIORAL_SIGNALS
from leadscore.rules.row import plain
from leadscore.rules.schema import FILES
from leadscore.rules.vocabulary import ACCOUNT, MISSING, prefix_of
from leadscore.suggesting.cases import Question
from leadscore.suggesting.scorecard import Scorecard

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Copied from the base as they are. Caps are not: they limit the base's points, and
# these are limited by their penalty.
COPIED = ("grades", "exclusions", "segments")
# Columns of thresholds: of which points, by file.
THRESHOLDS = {
    "rulesets": {"curve_points": "total"},
    "levels": {"min_behavioral_points": "behavioral"},
    "qualification": {"min_points": "total", "min_behavioral_points": "behavioral"},
}

# What a scorecard gives everybody, asked by a signal that every lead has. It moves no
# lead past another.
BASE_POINTS = {
    "rule_id": "base_points",
    "dimension": "demographic",
    "rule_group": "base_points",
    "signal": "has_phone",
    "value_text": "yes|no",
    "reason": "Base points, which every lead gets",
    "rationale": "So that few totals are below 0, where the 0-100 score ends",
}

Row = dict[str, str]
Threshold = Callable[[str, float], int]


@dataclass
class RuleFiles:
    """The rows of a folder of rule files, as text.

    Attributes:
        headers: The columns of each file that is there, by its name without `.csv`.
        rows: The rows of each file that may be.
    """

    headers: dict[str, list[str]]
    rows: dict[str, list[Row]]

    @classmethod
    def read(cls, folder: Path, scratch: Path) -> RuleFiles:
        """Read a folder that was checked; a file that is not there has no rows."""
        scratch.mkdir()
        files = cls({}, {name: [] for name in FILES})
        for path in sorted(folder.glob("*.csv")):
            copy_seed(path, scratch / path.name)
            with (scratch / path.name).open(encoding="utf-8", newline="") as file:
                reader = csv.DictReader(file)
                files.headers[path.stem] = list(reader.fieldnames or ())
                files.rows[path.stem] = list(reader)
        return files

    def of(self, ruleset: str) -> RuleFiles:
        """Return the rows of one ruleset."""
        rows = {
            name: [row for row in rows if row["ruleset"] == ruleset]
            for name, rows in self.rows.items()
        }
        return RuleFiles(self.headers, rows)

    def with_rows(self, *others: RuleFiles) -> RuleFiles:
        """Return the rows with those of others after them."""
        rows = {
            name: rows + [row for other in others for row in other.rows[name]]
            for name, rows in self.rows.items()
        }
        return RuleFiles(self.headers, rows)

    def write(self, folder: Path) -> None:
        """Write the files that were there, and those of other rows."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, rows in self.rows.items():
            header = self.headers.get(name) or list(FILES[name].columns())
            if not rows and name not in self.headers:
                continue
            with (folder / f"{name}.csv").open(
                "w", encoding="utf-8", newline=""
            ) as file:
                writer = csv.DictWriter(file, header, restval="", lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows)


def drafted(
    name: str,
    scorecard: Scorecard,
    questions: list[Question],
    base: RuleFiles,
    threshold: Threshold,
    cells: Mapping[str, str],
    base_points: int = 0,
) -> RuleFiles:
    """Return a learned scorecard as the rows of a new ruleset.

    Fit is graded as the base grades it, by rules without points. A signal that the base
    prices stays in its dimension, an activity in its group too, so that resets hold;
    what takes points is negative.

    Args:
        name: The ruleset.
        scorecard: The points.
        questions: What they are given for.
        base: The rows of the ruleset that all but the points is taken from.
        threshold: Returns what stands for a threshold of the base, of total or
            behavioral points.
        cells: Of its row of rulesets.csv, other than those of the base.
        base_points: Points that every lead gets, so that totals are not negative.
    """
    rules = _priced(name, scorecard, questions, base)
    if base_points:
        of_all = BASE_POINTS | {"ruleset": name, "points": str(base_points)}
        rules["signal_rules"].append(of_all)
    groups = {name: {row["rule_group"] for row in rows} for name, rows in rules.items()}
    rows: dict[str, list[Row]] = {file: [] for file in FILES} | rules
    for file in (*COPIED, *THRESHOLDS):
        rows[file] = [row | {"ruleset": name} for row in base.rows[file]]
    rows["resets"] = [
        row | {"ruleset": name}
        for row in base.rows["resets"]
        if row["rule_group"] in groups["activity_rules"]
    ]
    for file, columns in THRESHOLDS.items():
        for row in rows[file]:
            for column, points in columns.items():
                if row[column]:
                    row[column] = str(threshold(points, float(row[column])))
    (head,) = rows["rulesets"]
    # A curve rises from 0.
    head["curve_points"] = str(max(1, int(head["curve_points"])))
    head |= {"status": "draft", **cells}
    if "reasons_first" in head:
        head["reasons_first"] = "|".join(_told_first(head["reasons_first"], rules))
    return RuleFiles(base.headers, rows)


def _told_first(first: str, rules: dict[str, list[Row]]) -> list[str]:
    """Return the groups in the order of reasons: the base's first, then by points."""
    most: dict[str, int] = {}
    for row in [row for rows in rules.values() for row in rows]:
        group, points = row["rule_group"], int(row["points"])
        most[group] = max(points, most.get(group, 0))
    given = {group for group, points in most.items() if points > 0}
    given.discard(BASE_POINTS["rule_group"])
    told = [group for group in first.split("|") if group in given]
    return [*told, *sorted(given - {*told}, key=lambda group: -most[group])]


def scaled_thresholds(
    asked: Mapping[str, list[float]],
    before: Mapping[str, NDArray[Any]],
    after: Mapping[str, NDArray[Any]],
) -> Threshold:
    """Return thresholds that as many leads reach as those of the base.

    What lies above another stays above it, were it by a point.

    Args:
        asked: The thresholds of the base, by which points they are of.
        before: The points of leads under the base, by the same names.
        after: The points of these leads under the draft.
    """
    import numpy as np

    found: dict[tuple[str, float], int] = {}
    for points, thresholds in asked.items():
        ordered = np.sort(after[points])[::-1]
        least = -math.inf
        for threshold in sorted(set(thresholds)):
            reached = int((before[points] >= threshold).sum())
            wanted = ordered[reached - 1] if reached else ordered[0] + 1
            least = max(math.floor(wanted), least + 1)
            found[points, threshold] = int(least)
    return lambda points, threshold: found[points, threshold]


def thresholds_of(base: RuleFiles) -> dict[str, list[float]]:
    """Return the thresholds of a ruleset, by which points they are of."""
    found: dict[str, list[float]] = {"total": [], "behavioral": []}
    for file, columns in THRESHOLDS.items():
        for row in base.rows[file]:
            for column, points in columns.items():
                if row[column]:
                    found[points].append(float(row[column]))
    return found


def _priced(
    name: str, scorecard: Scorecard, questions: list[Question], base: RuleFiles
) -> dict[str, list[Row]]:
    """Return the rules that grade, and those that give points, by file."""
    signals = [row | {"ruleset": name, "points": "0"} for row in _grading(base)]
    activities = []
    taken = {row["rule_id"] for row in signals}
    for number in sorted(scorecard.points, key=lambda q: -abs(scorecard.points[q])):
        question, points = questions[number], scorecard.points[number]
        placed = _placed(question, points, base)
        taken.add(rule_id := _free(_slug(str(question)), taken))
        row = {
            "ruleset": name,
            "rule_id": rule_id,
            **placed,
            "points": str(points),
            "reason": _reason(question, base),
            "rationale": str(scorecard.lifts[number]),
        }
        if question.kind == "activity":
            counted = {"activity": question.name, "per": "ever", "max_units": "1"}
            window = {"window_days": str(RECENT_DAYS), "decay": "none"}
            activities.append(row | counted | window)
        else:
            bounds = {"min_value": question.low, "max_value": question.high}
            asked = {
                "signal": question.name,
                "value_text": question.value or "",
                **{key: "" if n is None else plain(n) for key, n in bounds.items()},
            }
            signals.append(row | asked)
    return {"signal_rules": signals, "activity_rules": activities}


def _grading(base: RuleFiles) -> list[Row]:
    """Return the rules that grade; without those that others make idle."""
    graded = [row for row in base.rows["signal_rules"] if row["grade_thirds"]]
    moved = {(r["rule_group"], r["signal"]) for r in graded if int(r["grade_thirds"])}
    return [
        row
        for row in graded
        if int(row["grade_thirds"])
        or row["value_text"] == MISSING  # decides what is not known
        or (row["rule_group"], row["signal"]) not in moved
    ]


def _placed(question: Question, points: int, base: RuleFiles) -> Row:
    """Return the dimension and the group of a rule."""
    slug = _slug(question.name)
    if points < 0:
        return {"dimension": "negative", "rule_group": f"minus_{slug}"}
    group = f"points_{slug}"
    if question.kind == "activity":
        for row in base.rows["activity_rules"]:
            asked = question.name in row["activity"].split("|")
            if asked and row["dimension"] == "behavioral":
                group = row["rule_group"]
        return {"dimension": "behavioral", "rule_group": group}
    dimension = "firmographic" if prefix_of(question.name) == ACCOUNT else "demographic"
    if question.name in BEHAVIORAL_SIGNALS:
        dimension = "behavioral"
    for row in base.rows["signal_rules"]:
        if row["signal"] == question.name and row["dimension"] != "negative":
            dimension = row["dimension"]
    return {"dimension": dimension, "rule_group": group}


def _reason(question: Question, base: RuleFiles) -> str:
    """Return the base's own reason of an activity, or else what was asked."""
    label = re.sub(
        r"[{}@_\s]+", " ", question.name.removeprefix(prefix_of(question.name))
    )
    label = label.strip()[:1].upper() + label.strip()[1:]
    if question.kind == "activity":
        for row in base.rows["activity_rules"]:
            if row["activity"] == question.name and not row["if_signal"]:
                return row["reason"]
        return f"{label}, last on {{last_date}}"
    if question.value == MISSING:
        return f"{label} is not known"
    return f"{label} is known" if question.value == "*" else f"{label}: {{value}}"


def _slug(text: str) -> str:
    text = text.removeprefix(prefix_of(text))
    return re.sub(r"\W+", "_", text.lower()).strip("_") or "rule"


def _free(name: str, taken: set[str]) -> str:
    """Return a name that is not taken: the name, or with a number after it."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free
