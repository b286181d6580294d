"""Scores of accounts: what they are made of, their rules, and that no lead changes."""

from collections import defaultdict
from decimal import Decimal

import pytest
from fastapi.testclient import TestClient
from pipeline_world import published, warehouse
from scoring_cases import cases, facts_of, named_cases, named_rulesets, rule_files_of
from scoring_run import run_scoring
from test_rules import GOOD, VOCABULARY, write_rules
from typer.testing import CliRunner

from leadscore.cli import app
from leadscore.models import ACCOUNT_ENGAGEMENT, account_signals, described
from leadscore.report.write import FILES
from leadscore.rules import check
from leadscore.rules.files import read_rules
from leadscore.rules.schema import SEEDS
from leadscore.rules.vocabulary import as_spelled
from leadscore.serve.app import create_app

RULES, _ = read_rules(SEEDS / "rules")
OURS = RULES.of("accounts")

# The files of rules that a ruleset of accounts may have rows in.
OF_ACCOUNTS = ("rulesets", "signal_rules", "caps", "grades", "qualification")

# What our rules ask, as it is published; employee_count and industry_fit are not.
PUBLISHED = {
    "best_grade": "best_grade",
    "engaged_people": "engaged_people",
    "engaged_decision_makers": "decision_makers_engaged",
    "days_quiet": "days_since_last_activity",
}


def test_people_of_an_account_are_its_leads_that_are_not_excluded(world):
    leads = defaultdict(list)
    for row in published(
        world,
        """
        select
            account_id, lead_id, total_points, grade, owner_id, is_excluded,
            coalesce(as_of_date - last_activity_at::date < 30, false), seniority,
            department
        from lead_scores where account_id is not null
        """,
    ):
        leads[row[0]].append(row)
    expected = {}
    for account, rows in leads.items():
        people = sorted((r for r in rows if not r[5]), key=lambda r: (-r[2], r[1]))
        engaged = [row for row in people if row[6]]
        best = people[0] if people else (None,) * 5
        expected[account] = (
            *(len(people), len(engaged)),
            sum(row[7] in ("c_level", "vp", "director") for row in engaged),
            ", ".join(sorted({row[8] for row in engaged if row[8]})) or None,
            *(best[1], best[2], best[3], best[4]),
            sum(row[2] for row in people) if people else None,
        )
    found = published(
        world,
        """
        select
            account_id, people, engaged_people, decision_makers_engaged, departments,
            best_lead_id, best_total_points, best_grade, owner_id, sum_total_points
        from account_scores
        """,
    )
    assert {row[0]: row[1:] for row in found} == expected
    assert sum(row[2] > 1 for row in found) > 5


def test_a_buying_group_is_told_in_words(world):
    for people, engaged, seniorities, departments, told in published(
        world,
        "select people, engaged_people, seniorities, departments, buying_group "
        "from account_scores",
    ):
        counted = [part.split()[0] for part in (seniorities or "").split(", ") if part]
        assert sum(map(int, counted)) == engaged
        who = "; ".join(filter(None, (seniorities, departments)))
        assert told == f"{engaged} engaged of {people}" + (f": {who}" if who else "")


def test_decision_makers_are_those_whom_leads_know_of(world):
    """Where nobody is excluded: the signal of leads counts whoever is engaged."""
    rows = warehouse(
        world,
        f"""
        select scores.decision_makers_engaged, coalesce(len(decision_makers), 0)
        from marts.account_scores as scores
        left join {ACCOUNT_ENGAGEMENT} as known
            on
                scores.account_id = known.account_id
                and scores.as_of_date between known.valid_from and known.valid_to
        where scores.account_id not in (
            select account_id from marts.lead_scores
            where is_excluded and account_id is not null
        )
        """,
    )
    assert sum(ours > 0 for ours, _ in rows) > 10
    assert all(ours == theirs for ours, theirs in rows)


def test_rules_hold_where_their_rows_say_and_stages_follow(world):
    rows = published(
        world,
        "select account_id, behavioral_points, grade_rank, stage, relationship, "
        f"{', '.join(PUBLISHED.values())} from account_scores",
    )
    factors = {
        (account, rule): points
        for account, rule, points in published(
            world, "select account_id, rule_id, points from account_score_factors"
        )
    }
    simple = [
        rule
        for rule in OURS.signal_rules
        if rule.signal in PUBLISHED and rule.if_signal is None
    ]
    assert len(simple) == 6
    stages = defaultdict(int)
    for account, behavioral, grade_rank, stage, relationship, *values in rows:
        known = dict(zip(PUBLISHED, values, strict=True))
        for rule in simple:
            value = known[rule.signal]
            spelled = "(missing)" if value is None else as_spelled(str(value))
            held = factors.get((account, rule.rule_id))
            assert held == (rule.points if rule.holds_for(spelled) else None)
        if relationship in ("customer", "partner", "competitor"):
            expected = "not_a_target"
        elif behavioral >= 30:
            expected = "buying_group"
        elif behavioral >= 10:
            expected = "engaged"
        elif known["days_quiet"] is not None:
            expected = "quiet"
        else:
            expected = "target" if grade_rank <= 6 else "cold"
        assert stage == expected
        stages[stage] += 1
    assert len(stages) == 6


def test_factors_sum_to_the_points_of_an_account(world):
    sums = defaultdict(Decimal)
    for account, points in published(
        world, "select account_id, points from account_score_factors"
    ):
        sums[account] += points
    rows = published(world, "select account_id, total_points from account_scores")
    assert all(points == sums[account] for account, points in rows)
    capped = "from account_score_factors where rule_id = 'cap:buying_group'"
    assert published(world, f"select count(*) {capped}") > [(0,)]


def test_leads_are_scored_as_if_there_were_no_ruleset_of_accounts(scoring_folder):
    rulesets = named_rulesets(["r1", "companies"], 7)
    facts = facts_of(named_cases(cases(["r1"]), 10, 7))
    alone = run_scoring(scoring_folder, facts, rule_files_of({"r1": rulesets["r1"]}))
    rules = {
        name: [row for row in rows if row["ruleset"] == "r1" or name in OF_ACCOUNTS]
        for name, rows in rule_files_of(rulesets).items()
    }
    for row in rules["rulesets"]:
        if row["ruleset"] == "companies":
            row["scorecard"] = "account"
    beside = run_scoring(scoring_folder, facts, rules)
    assert alone.results
    assert beside.results == alone.results
    assert {key: told(rows) for key, rows in beside.factors.items()} == {
        key: told(rows) for key, rows in alone.factors.items()
    }


def told(factors):
    return sorted(map(str, factors))


# ---- rules


ACCOUNTS = {
    "rulesets": "c,account,champion,2026-01-01,60,65,D,companies,",
    "signal_rules": (
        "c,people,behavioral,people,engaged_people,,1,,,,10,,Active: {value},why"
    ),
    "caps": "c,rule_group,people,,5,",
    "grades": "c,1,D",
    "qualification": "c,1,,,,,,,,cold,false,,,,",
}
WRONG = [
    ("activity_rules", "c,x,behavioral,y,bounced,,,day,,,,none,,1,,Came,why", "itself"),
    ("resets", "c,bounced,people,why", "nothing begins anew"),
    ("levels", "c,1,", "min_behavioral_points"),
    ("segments", "c,warm,engaged_people,3,,,,,,,", "counts as signals"),
    ("exclusions", "c,relationship,customer,excluded,No", "a stage of its own"),
    ("manual_adjustments", "c,a,L1,5,2026-01-01,,Asked", "by hand are a lead's"),
    ("qualification", "c,0,,,,demo_requested,7,,,now,false,,,,", "ask for points or a"),
    ("qualification", "c,0,,5,,,,,,now,true,,,,", "an account is no MQL"),
    ("qualification", "c,0,,5,,,,,,now,false,,,,8", "nothing is due for an account"),
    (
        "signal_rules",
        "c,y,behavioral,z,engaged_peopel,,1,,,,10,,Active,why",
        "did you mean engaged_people?",
    ),
    (
        "signal_rules",
        "c,y,demographic,z,seniority,vp,,,,,10,,Is high,why",
        "there is no signal 'seniority'",
    ),
    (
        "signal_rules",
        "c,y,demographic,z,attribute.budget,yes,,,,,10,,Has one,why",
        "there is no signal 'attribute.budget'",
    ),
]


def findings(folder, *added):
    files = dict(GOOD)
    for name, row in (*ACCOUNTS.items(), *added):
        files[name] += f"\n        {row}"
    write_rules(folder, files)
    return [f for f in check(folder, VOCABULARY) if f.severity == "error"]


def test_a_ruleset_of_accounts_has_the_same_files_and_checks(tmp_path):
    assert findings(tmp_path) == []


@pytest.mark.parametrize(("file", "row", "part"), WRONG)
def test_what_only_leads_have_is_an_error_that_says_what_to_do(
    tmp_path, file, row, part
):
    found = findings(tmp_path, (file, row))
    assert any(part in str(one) and one.file == f"{file}.csv" for one in found)


def test_every_signal_of_accounts_is_told(world):
    assert set(account_signals()) <= described("account_facts").columns.keys()


@pytest.mark.parametrize(
    "command",
    [
        ["rules", "coverage", "--ruleset", "accounts"],
        ["rules", "diff", "default", "accounts"],
        ["rules", "backtest", "accounts", "default"],
        ["rules", "promote", "accounts"],
        ["rules", "experiment", "accounts"],
        ["rules", "try", "L90001", "--ruleset", "accounts"],
        ["judge", "--ruleset", "accounts"],
    ],
)
def test_what_compares_leads_refuses_a_ruleset_of_accounts(world, command):
    result = CliRunner().invoke(app, [*command, "--data", str(world.data)])
    assert result.exit_code
    assert "accounts scores accounts, not leads" in str(result.exception)


# ---- pages


def test_the_pages_show_accounts_and_who_of_them_is_engaged(world):
    [(account, lead, group)] = published(
        world,
        "select scores.account_id, best_lead_id, buying_group from account_scores as "
        "scores order by total_points desc, account_id limit 1",
    )
    [(name,)] = published(
        world, f"select name from accounts where account_id = '{account}'"
    )
    page = (world.published / "current" / "report" / FILES["Leads"]).read_text("utf-8")
    assert name in page
    assert group in page
    client = TestClient(create_app(world), base_url="http://localhost")
    of_lead = client.get(f"/leads/{lead}").text
    assert "Its account" in of_lead
    assert f"{group}." in of_lead
