"""The page Rules: what earns points, in plain words, and whom each holds for."""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import groupby
from pathlib import Path

import duckdb

from leadscore.errors import counted
from leadscore.judging.estimate import Estimate
from leadscore.judging.wording import NONE, between, number, points, times
from leadscore.publish import attached_before, read_build
from leadscore.report.capacity import capacity
from leadscore.report.page import Shown, write_sections
from leadscore.report.parts import Row, Section, Table

# What a reason says of each lead in its own way: {value}, {count} ...
PLACEHOLDER = re.compile(r"\{\w+\}")

DIMENSIONS = {
    "demographic": "Who they are",
    "firmographic": "What their company is",
    "behavioral": "What they do",
    "negative": "What costs points",
}


# Rules that are others than those that an earlier build showed.
CHANGED = """
    with now as (
        select rule_id, asks, points, grade_thirds, max_points, rules.position
        from rules where ruleset = $1
    ),
    past as (
        select rule_id, asks, points, grade_thirds, max_points, rules.position
        from before.rules
        where ruleset in (select ruleset from before.rulesets where is_shown)
    )
    select
        coalesce(now.rule_id, past.rule_id) as rule_id,
        if(now.rule_id is null, null, now) as now,
        if(past.rule_id is null, null, past) as past
    from now full join past on now.rule_id = past.rule_id
    where
        (now.asks, now.points, now.grade_thirds, now.max_points)
        is distinct from (past.asks, past.points, past.grade_thirds, past.max_points)
    order by coalesce(now.position, past.position), rule_id
"""


def rules(shown: Shown) -> str:
    """Return the page."""
    [ruleset] = shown.rows("from rulesets where ruleset = ?", [shown.ruleset])
    rows = _rules(shown)
    return write_sections(
        "Rules",
        [
            _whole(shown, ruleset, rows),
            *_dimensions(shown, rows),
            _limits(shown),
            _grades(shown, ruleset),
            _qualification(shown),
            *capacity(shown),
            _changes(shown),
        ],
        ruleset["description"] or "",
    )


def _rules(shown: Shown) -> list[Row]:
    """Return the rules of the ruleset, each with its leads and what became of such."""
    return shown.rows(
        """
        with holding as (
            select rule_id, count(distinct lead_id) as leads
            from lead_score_factors where ruleset = $1 group by rule_id
        )
        select
            rules.*, coalesce(holding.leads, 0) as leads, performance.lift,
            performance.lift_low, performance.lift_high, performance.verdict
        from rules
        left join holding on rules.rule_id = holding.rule_id
        left join rule_performance as performance
            on performance.item_kind = 'rule' and performance.item = rules.rule_id
            and performance.target = $2 and performance.ruleset = $1
        where rules.ruleset = $1
        order by rules.position
        """,
        [shown.ruleset, shown.target],
    )


def _whole(shown: Shown, ruleset: Row, rows: list[Row]) -> Section:
    idle = sum(row["leads"] == 0 for row in rows)
    told = [
        f"Ruleset {shown.ruleset}: {counted(len(rows), 'rule')}, of which "
        f"{idle:,} hold for no lead today. Points of all that hold are added up.",
        f"{number(ruleset['curve_points'])} points are a score of "
        f"{number(ruleset['score_at_curve_points'])}; more points come closer and "
        f"closer to 100. The order is that of the points.",
    ]
    if shown.target is None:
        told.append(
            "Which rules earn their points is not known yet: the command leadscore "
            "judge says it."
        )
    if experiment := shown.publication.get("experiment"):
        told.append(
            f"An experiment until {experiment['until']} shows some leads under the "
            f"ruleset {experiment['challenger']}; this page shows the champion's rules."
        )
    return Section("How a score comes about", told)


def _dimensions(shown: Shown, rows: list[Row]) -> list[Section]:
    judged = shown.target is not None
    columns = ["rule", "points", "leads"]
    if judged:
        columns += [f"times as often as all ({shown.target})", "judged"]
    columns += ["shown as", "where the points come from"]
    sections = []
    for dimension, title in DIMENSIONS.items():
        of_dimension = [row for row in rows if row["dimension"] == dimension]
        if not of_dimension:
            continue
        section = Section(title)
        by_group = sorted(of_dimension, key=lambda row: str(row["rule_group"]))
        for group, members in groupby(by_group, lambda row: str(row["rule_group"])):
            cells = [
                [
                    *(row["asks"], _points(row), number(row["leads"])),
                    *([_lift(row), row["verdict"] or NONE] if judged else []),
                    PLACEHOLDER.sub("…", row["reason"] or NONE),
                    row["rationale"] or NONE,
                ]
                for row in members
            ]
            section.tables.append(Table(group.replace("_", " "), columns, cells))
        sections.append(section)
    return sections


def _points(row: Row) -> str:
    told = points(row["points"] or 0)
    if thirds := row["grade_thirds"]:
        told += f", grade {thirds:+d}/3".replace("-", "−")  # noqa: RUF001
    return told


def _lift(row: Row) -> str:
    if row["lift"] is None:
        return NONE
    return between(Estimate(row["lift"], row["lift_low"], row["lift_high"]), times)


def _limits(shown: Shown) -> Section:
    rows = shown.rows(
        "from rule_limits where ruleset = ? order by all", [shown.ruleset]
    )
    told = "However much a lead does, these sums stay within their limits."
    return Section("Limits", [told, *(f"{row['asks']}." for row in rows)])


def _grades(shown: Shown, ruleset: Row) -> Section:
    grades = shown.column(
        "select grade from rule_grades where ruleset = ? order by grade_rank",
        [shown.ruleset],
    )
    levels = shown.rows(
        "from rule_levels where ruleset = ? order by level", [shown.ruleset]
    )
    cells = [
        [f"level {row['level']}", number(row["min_behavioral_points"])]
        for row in levels
    ]
    return Section(
        "Grades and levels",
        [
            f"Everybody begins with {ruleset['start_grade']}; thirds of a letter are "
            f"added and taken off, from {grades[0]} to {grades[-1]}. A grade says who "
            f"fits; it does not mean call.",
        ],
        tables=[Table("Levels", ["level", "least points for what they do"], cells)],
    )


def _time_to_act(hours: Decimal | None) -> str:
    if hours is None:
        return NONE
    if hours < 1:
        return counted(round(hours * 60), "minute")
    return f"{hours.normalize():f} hour" + "s" * (hours != 1)


def _qualification(shown: Shown) -> Section:
    rows = shown.rows(
        "from rule_stages where ruleset = ? order by position", [shown.ruleset]
    )
    cells = [
        [
            *(row["asks"], row["stage"], "yes" if row["is_mql"] else "no"),
            *(row["queue"] or NONE, row["action"] or NONE),
            _time_to_act(row["sla_hours"]),
        ]
        for row in rows
    ]
    columns = ["who", "stage", "MQL", "queue", "what to do", "time to do it"]
    return Section(
        "Who is called",
        ["The first line that holds decides."],
        tables=[Table("Stages", columns, cells)],
    )


def _changes(shown: Shown) -> Section:
    section = Section("What changed")
    fingerprint = shown.rows(
        "select any_value(ruleset_fingerprint) as now, min(as_of_date) as since "
        "from lead_score_history where ruleset = $1 and ruleset_fingerprint = ("
        "select ruleset_fingerprint from rulesets where ruleset = $1)",
        [shown.ruleset],
    )[0]
    if fingerprint["since"]:
        section.sentences.append(
            f"The ruleset has had these rules since the scores of "
            f"{fingerprint['since']}, or longer than the history reaches."
        )
    for build in shown.earlier:
        if table := _changed_since(shown, build):
            section.tables.append(table)
            break
    decisions = shown.rows(
        "select decided_at, decision, ruleset, ruleset_before, because, verdict "
        "from ruleset_decisions order by decided_at desc limit 20"
    )
    if decisions:
        section.tables.append(
            Table(
                "Decided",
                ["on", "what", "ruleset", "before", "because", "judged"],
                [
                    [
                        f"{row['decided_at']:%Y-%m-%d}",
                        *(row["decision"], row["ruleset"]),
                        *(row["ruleset_before"] or NONE, row["because"] or NONE),
                        row["verdict"] or NONE,
                    ]
                    for row in decisions
                ],
            )
        )
    return section


def _changed_since(shown: Shown, build: Path) -> Table | None:
    """Return which rules differ from those of an earlier build, if any do."""
    try:
        with attached_before(shown.connection, build):
            rows = shown.rows(CHANGED, [shown.ruleset])
    except (duckdb.BinderException, duckdb.CatalogException):  # of another version
        return None
    if not rows:
        return None
    day = read_build(build)["as_of_date"]
    cells = [[row["rule_id"], _told(row["past"]), _told(row["now"])] for row in rows]
    return Table(f"Since the scores of {day}", ["rule", "before", "now"], cells)


def _told(rule: Row | None) -> str:
    if rule is None:
        return "not there"
    return f"{rule['asks']}: {_points(rule)}"
