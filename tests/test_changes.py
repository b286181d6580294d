"""What lead_score_changes says of the days of a world, and its split by the oracle."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import duckdb
import oracle
import pytest
from scoring_cases import cases, facts_of, named_cases, named_rulesets, rule_files_of
from scoring_run import run_scoring

RULESETS = [f"r{number:02}" for number in range(30)]

# A Sunday of ISO week 53 and the Tuesday of another year, quarter, month and week.
BEFORE, TODAY = date(2021, 1, 3), date(2021, 1, 5)


@pytest.fixture(scope="module")
def old_rules(request):
    return named_rulesets(RULESETS, request.config.getoption("--case-seed"))


@pytest.fixture(scope="module")
def new_rules(old_rules):
    """Every third ruleset is as it was; of the others some rows are other ones."""
    return {
        name: ruleset if number % 3 == 0 else changed_ruleset(ruleset, number)
        for number, (name, ruleset) in enumerate(old_rules.items())
    }


def changed_ruleset(old: oracle.Ruleset, number: int) -> oracle.Ruleset:
    new = replace(
        old,
        signal_rules=changed(old.signal_rules, number),
        activity_rules=changed(old.activity_rules, number),
        resets=old.resets[number % 2 :],
    )
    groups = {rule["rule_group"] for rule in new.signal_rules + new.activity_rules}
    caps = [c for c in old.caps if c["scope"] != "rule_group" or c["name"] in groups]
    return replace(new, caps=caps[number % 2 :])


def changed(rules: list[oracle.Row], number: int) -> list[oracle.Row]:
    """Some rows have other points, some only another reason, some are gone."""
    variants = [
        [rule, rule | {"points": rule["points"] + 1}, rule | {"reason": "Other"}, None][
            (number + position) % 4
        ]
        for position, rule in enumerate(rules)
    ]
    return [rule for rule in variants if rule]


@pytest.fixture(scope="module")
def leads(request):
    options = request.config.option
    days = (TODAY - BEFORE).days + 1
    strategy = cases(RULESETS, first_days=[BEFORE], lengths=[days])
    return named_cases(strategy, options.cases, options.case_seed)


@pytest.fixture(scope="module")
def ask(leads, old_rules, new_rules, scoring_folder) -> Callable[[str], list[tuple]]:
    """Query what two runs made, the second with other rules and events."""
    facts = facts_of(leads)
    run_scoring(scoring_folder, facts, rule_files_of(old_rules), BEFORE)
    run_scoring(scoring_folder, facts, rule_files_of(new_rules), TODAY, anew=False)

    def answer(query: str) -> list[tuple]:
        with duckdb.connect(str(scoring_folder / "warehouse.duckdb")) as connection:
            return connection.execute(query).fetchall()

    return answer


@pytest.fixture(scope="module")
def causes(ask) -> dict[tuple, dict]:
    rows = ask(
        "select lead_id, ruleset, rule_id, cause, points_change "
        "from scoring.change_causes"
    )
    found: dict[tuple, dict] = {}
    for lead_id, ruleset, rule_id, cause, points in rows:
        found.setdefault((lead_id, ruleset), {})[rule_id, cause] = points
    return found


def test_changes_are_split_as_the_oracle_splits_them(
    leads, old_rules, new_rules, causes
):
    expected = {
        (lead.lead_id, name): split(lead, old_rules[name], new_rules[name], name)
        for lead in leads
        for name in RULESETS
    }
    wrong = {
        key: (causes.get(key, {}), changes)
        for key, changes in expected.items()
        if causes.get(key, {}) != changes
    }
    assert not wrong, f"{len(wrong)} of {len(expected)}: {next(iter(wrong.items()))}"
    seen = {cause for changes in expected.values() for _, cause in changes}
    assert seen == {"rule", "attribute", "activity", "time", "cap", "adjustment"}


def test_the_reasons_told_are_those_that_the_oracle_tells(leads, new_rules, ask):
    reasons = ask("select lead_id, ruleset, top_reasons from scoring.lead_reasons")
    found = {(lead_id, ruleset): told for lead_id, ruleset, told in reasons}
    expected = {
        (lead.lead_id, name): oracle.top_reasons(
            oracle.score(lead.on(TODAY, name), TODAY, ruleset), ruleset
        )
        for lead in leads
        for name, ruleset in new_rules.items()
    }
    wrong = {
        key: (found.get(key, ""), told)
        for key, told in expected.items()
        if found.get(key, "") != told
    }
    assert not wrong, f"{len(wrong)} of {len(expected)}: {next(iter(wrong.items()))}"
    said = " ".join(expected.values())
    for words in ("C-level", "unknown", "So on 20", "For 1 day by"):
        assert words in said


def split(case, old: oracle.Ruleset, new: oracle.Ruleset, name: str) -> dict:
    """Split a lead's difference as docs/scoring.md, section 7, says."""
    before = oracle.with_segments(case.on(BEFORE, name), BEFORE, old)
    today = oracle.with_segments(case.on(TODAY, name), TODAY, new)
    earlier = {f.rule_id: f.points for f in oracle.score(before, BEFORE, old).factors}
    now = {f.rule_id: f.points for f in oracle.score(today, TODAY, new).factors}
    changes: dict[tuple, Decimal] = {}
    for rule_id in sorted({*earlier, *now}):
        first, last = earlier.get(rule_id, Decimal(0)), now.get(rule_id, Decimal(0))
        rule = rule_named(new, rule_id)
        if first == last:
            parts = {}
        elif rule_id.startswith("cap:"):
            parts = {"cap": last - first}
        elif rule_id.startswith("manual:"):
            parts = {"adjustment": last - first}
        elif priced(old, rule_id) != priced(new, rule_id):
            parts = {"rule": last - first}
        elif rule in new.signal_rules:
            parts = {"attribute": last - first}
        else:
            aged = worth(before, new, rule)
            held, holds = (
                oracle.condition_holds(lead, rule) for lead in (before, today)
            )
            began = holds and not held and aged
            ceased = held and not holds and worth(today, new, rule) is not None
            if began or ceased:
                parts = {"attribute": last - first}
            else:
                aged = aged or Decimal(0)
                parts = {"time": aged - first, "activity": last - aged}
        changes |= {(rule_id, cause): part for cause, part in parts.items() if part}
    return changes


def rule_named(ruleset: oracle.Ruleset, rule_id: str) -> oracle.Row | None:
    rules = [*ruleset.signal_rules, *ruleset.activity_rules]
    return next((rule for rule in rules if rule["rule_id"] == rule_id), None)


def priced(ruleset: oracle.Ruleset, rule_id: str) -> tuple | None:
    """What of a rule decides points: its resets too, its reason not."""
    rule = rule_named(ruleset, rule_id)
    if rule is None:
        return None
    words = ("reason", "rationale", "grade_thirds")
    resets = sorted(
        row["activity"]
        for row in ruleset.resets
        if row["rule_group"] == rule["rule_group"] and rule in ruleset.activity_rules
    )
    return {k: v for k, v in rule.items() if k not in words}, resets


def worth(lead: oracle.Lead, ruleset: oracle.Ruleset, rule: oracle.Row):
    """Points today of the activities of a lead, whether the condition holds or not."""
    factor = oracle.activity_factor(lead, TODAY, ruleset, rule)
    return factor and factor.points
