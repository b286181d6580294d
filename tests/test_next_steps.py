"""The steps that are foretold are taken: the oracle scores what comes of it."""

from copy import deepcopy
from datetime import date
from decimal import Decimal

import duckdb
import pytest
from oracle import Lead, Result, Row, Ruleset, matches, score
from scoring_cases import (
    VALUES,
    cases,
    facts_of,
    named_cases,
    named_rulesets,
    rule_files_of,
)
from scoring_run import rows_of, run_scoring

from leadscore.dbt_runner import run_dbt
from leadscore.settings import DBT_PROJECT, Settings

DAY = date(2026, 11, 20)
RULESETS = [f"n{number:02}" for number in range(60)]
STEPS = ("lead_states", "step_trials", "step_candidates", "stage_steps")
# Counts as engagement, and no generated rule asks for it.
ENGAGED = "event_attended"
LEAST = Decimal("0.0001")

# What lead_scores says that the steps read, under every ruleset at once.
SHOWN = """
    create schema if not exists marts;
    create or replace table marts.lead_scores as
    select lead_id, ruleset, grade, is_excluded from scoring.lead_results
"""
TOLD = """
    select
        states.lead_id, steps.*, asked.min_grade, asked.if_signal, asked.if_value,
        choices.activities,
        states.checks[asked.place].points as missing_points,
        states.checks[asked.place].behavioral_points as missing_behavioral_points
    from scoring.lead_states as states
    inner join scoring.stage_steps as steps using (state_id, ruleset)
    inner join scoring.qualification_rows as asked using (ruleset, row_order)
    left join scoring.next_activities as choices using (choice_id)
    order by lead_id, ruleset, step
"""


@pytest.fixture(scope="module")
def rulesets(request) -> dict[str, Ruleset]:
    """Rulesets whose rows of qualification can be told apart by their stages."""
    found = named_rulesets(RULESETS, request.config.getoption("--case-seed"))
    for ruleset in found.values():
        for row in ruleset.qualification:
            row["stage"] = f"row {row['row_order']}"
    return found


@pytest.fixture(scope="module")
def leads(request) -> dict[str, Lead]:
    options = request.config.option
    strategy = cases(RULESETS, first_days=[DAY], lengths=[1])
    return {
        case.lead_id: case
        for case in named_cases(strategy, options.cases, options.case_seed)
    }


@pytest.fixture(scope="module")
def steps(leads, rulesets, scoring_folder) -> list[Row]:
    facts = facts_of(list(leads.values()))
    run_scoring(scoring_folder, facts, rule_files_of(rulesets), DAY)
    settings = Settings(data=scoring_folder)
    with duckdb.connect(str(settings.warehouse)) as connection:
        connection.execute(SHOWN)
    run_dbt(settings, DBT_PROJECT / "seeds", ["run", "--select", *STEPS])
    with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
        return rows_of(connection, TOLD)


def test_a_step_that_is_taken_reaches_what_it_foretells(steps, leads, rulesets):
    """The very row, if what the step says is all that changes."""
    wrong, taken = [], 0
    for step in steps:
        ruleset = rulesets[step["ruleset"]]
        lead = leads[step["lead_id"]].on(DAY, step["ruleset"])
        before = score(lead, DAY, ruleset)
        lead, ruleset = deepcopy(lead), deepcopy(ruleset)
        if not take(step, lead, ruleset):
            continue
        points = step["missing_points"]
        behavioral = step["missing_behavioral_points"]
        after = settled(
            lead,
            ruleset,
            behavioral=before.parts["behavioral"] + behavioral,
            total=before.total + max(points, behavioral),
        )
        grade = step["min_grade"] if step["is_grade_missing"] else before.grade
        if after is None or after.is_excluded or after.grade != grade:
            continue
        taken += 1
        if after.stage != f"row {step['row_order']}":
            wrong.append((step, after))
    assert not wrong, "\n".join(map(str, [len(wrong), *wrong[:5]]))
    assert taken > len(steps) * 0.8


def test_points_that_come_besides_lead_to_nothing_less_urgent(steps, leads, rulesets):
    """An activity and a fact have prices, of which the steps know nothing."""
    wrong, taken = [], 0
    for step in steps:
        ruleset = deepcopy(rulesets[step["ruleset"]])
        lead = leads[step["lead_id"]].on(DAY, step["ruleset"])
        before = score(lead, DAY, ruleset)
        lead = deepcopy(lead)
        if step["missing_points"] or not take(step, lead, ruleset):
            continue
        after = score(lead, DAY, ruleset)
        costs = (
            after.total < before.total
            or after.parts["behavioral"] < before.parts["behavioral"]
        )
        if costs or step["missing_behavioral_points"] or after.is_excluded:
            continue
        taken += 1
        order = {r["stage"]: urgency(r) for r in ruleset.qualification}
        if order[after.stage] > order[f"row {step['row_order']}"]:
            wrong.append((step, after))
    assert not wrong, "\n".join(map(str, [len(wrong), *wrong[:5]]))
    assert taken > 100


def test_a_point_less_than_foretold_is_not_enough(steps, leads, rulesets):
    few = [
        step
        for step in steps
        if step["missing_points"] and not step["missing_behavioral_points"]
    ]
    reached = []
    for step in few:
        lead = deepcopy(leads[step["lead_id"]].on(DAY, step["ruleset"]))
        ruleset = deepcopy(rulesets[step["ruleset"]])
        total = score(lead, DAY, ruleset).total + step["missing_points"] - LEAST
        if take(step, lead, ruleset) and (
            after := settled(lead, ruleset, behavioral=None, total=total)
        ):
            reached += [step] if after.stage == f"row {step['row_order']}" else []
    assert few
    assert not reached


def take(step: Row, lead: Lead, ruleset: Ruleset) -> bool:
    """Do what a step asks, but for the points; return whether it can be done."""
    if step["is_signal_missing"] and not make_true(step, lead, ruleset):
        return False
    if step["choice_id"]:
        activity = step["activities"][0].replace("*", ENGAGED)
        lead.activity_days.append((activity, DAY, 1))
    return not step["is_grade_missing"] or reach_grade(step, lead, ruleset)


def settled(
    lead: Lead, ruleset: Ruleset, behavioral: Decimal | None, total: Decimal
) -> Result | None:
    """Score a lead that is brought to so many points; None if caps do not let it."""
    after = score(lead, DAY, ruleset)
    if behavioral is not None and (more := behavioral - after.parts["behavioral"]):
        lead.activity_days.append((ENGAGED, DAY, 1))
        ruleset.activity_rules.append(earning(more))
        after = score(lead, DAY, ruleset)
    if more := total - after.total:
        adjustment = {"adjustment_id": "step", "points": more, "reason": "Step"}
        lead.adjustments.append(adjustment)
        after = score(lead, DAY, ruleset)
    is_there = behavioral in (None, after.parts["behavioral"]) and after.total == total
    return after if is_there else None


def urgency(row: Row) -> tuple[bool, int, bool]:
    return row["priority"] is None, row["priority"] or 0, not row["is_mql"]


def earning(points: Decimal) -> Row:
    """Return a rule that gives points for what nothing else prices."""
    empty = ("if_signal", "if_value", "per_count", "max_units", "window_days")
    return dict.fromkeys((*empty, "decay_days", "max_points")) | {
        "rule_id": "earned",
        "dimension": "behavioral",
        "rule_group": "earned",
        "activity": ENGAGED,
        "per": "ever",
        "decay": "none",
        "points": points,
        "reason": "Earned",
    }


def reach_grade(step: Row, lead: Lead, ruleset: Ruleset) -> bool:
    """Let a new fact, which gives no points, bring a lead to the grade."""
    lead.signals["attribute.step"] = ("yes", None)
    # Two criteria that outweigh all others and each other: enough is known of the lead.
    for group, thirds in (("known", 99), ("too", -99), ("step", 0)):
        ruleset.signal_rules.append(grading(group, thirds))
    for thirds in sorted(range(-40, 41), key=abs):
        ruleset.signal_rules[-1]["grade_thirds"] = thirds
        if score(lead, DAY, ruleset).grade == step["min_grade"]:
            return True
    return False


def grading(group: str, thirds: int) -> Row:
    empty = ("value_text", "min_value", "max_value", "if_signal", "if_value")
    return dict.fromkeys(empty) | {
        "rule_id": f"step_{group}",
        "dimension": "demographic",
        "rule_group": group,
        "signal": "attribute.step",
        "points": Decimal(0),
        "grade_thirds": thirds,
        "reason": "Step",
    }


def make_true(step: Row, lead: Lead, ruleset: Ruleset) -> bool:
    """Make what a step asks true of a lead; return whether that can be."""
    signal, wanted = step["if_signal"], step["if_value"]
    values = ["yes", "no"] if signal.startswith("segment.") else VALUES[signal]
    for value in values:
        if matches(Lead({signal: (value, None)}), signal, wanted):
            if value in ("yes", "no"):
                set_segment(ruleset, signal, value)
            else:
                lead.signals[signal] = (value, None)
            return True
    return False


def set_segment(ruleset: Ruleset, signal: str, value: str) -> None:
    """Let every lead be in a segment, or none."""
    row = dict.fromkeys(ruleset.segments[0]) | {
        "segment": signal.removeprefix("segment."),
        "activity": "never_done",
        "min_count": 0 if value == "yes" else 1,
    }
    others = [r for r in ruleset.segments if r["segment"] != row["segment"]]
    ruleset.segments[:] = [*others, row]
