"""The tables that tell people of the rules: every row in words, whosever they are."""

import re

import duckdb
import pytest
import yaml
from test_worked_examples import FOLDERS

from leadscore import models
from leadscore.settings import DBT_PROJECT, PROJECT

SEEDS = DBT_PROJECT / "seeds"
STEPS = ("asked_activities", "asked_values", "asked_conditions", "stage_orders")
TOLD = ("rules", "rule_stages", "rule_limits", "rule_grades", "rule_levels")

# What CONTRIBUTING.md and users write, beside what is in the default rules.
SIGNALS = """
mine,known,demographic,a,country,*,,,,,1,,r,r
mine,unknown,negative,b,seniority,(missing),,,,,-1,,r,r
mine,none_of,demographic,c,lead_source,!list_import|cold_outbound,,,,,1,,r,r
mine,range,firmographic,d,employee_count,,1000,,industry,retail,4,,r,r
mine,below,firmographic,e,annual_revenue,,,2500.5,,,4,,r,r
mine,own,demographic,f,attribute.bant_budget,no,,,,,0,-2,r,r
mine,both,demographic,g,account.tier,gold,10,20,,,1,,r,r
mine,segment,behavioral,h,segment.silent,yes,,,,,1,,r,r
"""
ACTIVITIES = """
mine,call,behavioral,a,call_connected,,,ever,,1,30,none,,10,,r,r
mine,docs,behavioral,b,docs_page_viewed,,,week,3,2,,linear,60,4,20,r,r
mine,webinar,behavioral,c,webinar_attended|webinar_registered,,,month,,1,,half_life,14,6,,r,r
mine,page,behavioral,d,pricing_page_viewed,seniority,c_level|vp,day,,1,,linear,90,5,25,r,r
mine,ticket,negative,e,support_ticket_opened,,,quarter,,3,,none,,-5,-10,r,r
mine,unheard,behavioral,f,cake_eaten,segment.silent,no,ever,,,,none,,1.5,,r,r
"""
SEGMENTS = """
mine,silent,,,,,email_delivered,,90,10,
mine,silent,,,,,email_opened,,90,,0
mine,silent,,,,,call_no_answer,demo_requested,,1,
"""
IN_WORDS = {
    "known": "Country is known",
    "unknown": "Job level is unknown",
    "none_of": "Lead source is not list import or cold outbound",
    "range": "Number of employees is 1,000 or more, if industry is retail",
    "below": "Yearly revenue of the company is below 2,500.5",
    "own": "The CRM column bant budget: no",
    "both": "The account column tier is gold and 10 to below 20",
    "segment": (
        "Silent (an email reached the mailbox at least 10 times in the last 90 days, "
        "and never opened an email in the last 90 days, and did not pick up the phone "
        "since they asked for a demo)"
    ),
    "call": "Talked to us on the phone: counts once, in full for 30 days, then nothing",
    "docs": (
        "Read the documentation: every 3 in a week count once, at most 2 times, fades "
        "to nothing in 60 days, 20 points at most"
    ),
    "webinar": (
        "Attended a webinar or registered for a webinar: counts once a month, worth "
        "half after 14 days"
    ),
    "page": (
        "Viewed the pricing page, if job level is C-level or VP: counts once a day, "
        "fades to nothing in 90 days, 25 points at most"
    ),
    "ticket": (
        "Opened a support ticket: up to 3 a quarter count, takes 10 points at most"
    ),
    "unheard": (
        "Cake eaten, if not silent (an email reached the mailbox at least 10 times in "
        "the last 90 days, and never opened an email in the last 90 days, and did not "
        "pick up the phone since they asked for a demo): every time counts"
    ),
}


@pytest.fixture
def tables():
    with duckdb.connect() as connection:
        for name in ("activities", "value_names"):
            load(connection, SEEDS / "mappings" / f"{name}.csv")
        yield connection


def load(connection, path, rows=""):
    """Load a seed as dbt does, by the types that stand beside ours."""
    (ours,) = SEEDS.glob(f"*/{path.stem}.yml")
    (seed,) = yaml.safe_load(ours.read_text())["seeds"]
    types = seed["config"]["column_types"]
    connection.execute(
        f"create table {path.stem} ({', '.join(f'{n} {t}' for n, t in types.items())})"
    )
    if rows:
        path.write_text(",".join(types) + rows)
    if path.exists():
        connection.execute(
            f"insert into {path.stem} by name from read_csv(?, header = true, "
            "all_varchar = true)",
            [str(path)],
        )


def tell(connection, folder):
    """Build the tables from the rules of a folder; their names are the models'."""
    for path in (SEEDS / "rules").glob("*.csv"):
        if path.stem not in ("manual_adjustments", "resets", "exclusions"):
            load(connection, folder / path.name)
    for name in (*STEPS, *TOLD):
        sql = models.sql_of(name, lambda other: other)
        connection.execute(f"create table {name} as {sql}")


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda f: str(f.relative_to(PROJECT)))
def test_every_rule_of_every_guide_is_told_in_words(tables, folder):
    tell(tables, folder)
    told = tables.execute(
        "select rule_id, asks from rules "
        "union all select stage, asks from rule_stages "
        "union all select name, asks from rule_limits"
    ).fetchall()
    files = ("signal_rules", "activity_rules", "qualification", "caps")
    rows = [f"select count(*) from {name}" for name in files]
    assert len(told) == sum(tables.execute(sql).fetchone()[0] for sql in rows) > 0
    odd = re.compile(r"^$|_|  |[:;,(] ?$|\b(is|if|or|and) ?$|\bis (and|or)\b|\(\)|null")
    assert [row for row in told if row[1] is None or odd.search(row[1])] == []


def test_each_kind_of_rule_says_what_it_asks_and_how_it_counts(tables, tmp_path):
    for name, rows in (
        ("signal_rules", SIGNALS),
        ("activity_rules", ACTIVITIES),
        ("segments", SEGMENTS),
        ("rulesets", "\nmine,new,champion,2020-01-01,100,65,D,,"),
    ):
        load(duckdb.connect(), tmp_path / f"{name}.csv", rows)
    tell(tables, tmp_path)
    found = tables.execute("select rule_id, asks from rules order by position")
    assert dict(found.fetchall()) == IN_WORDS


def test_the_stages_of_the_default_rules_read_from_the_most_urgent_on(tables):
    tell(tables, SEEDS / "rules")
    found = tables.execute(
        "select stage, stage_order, asks from rule_stages "
        "where ruleset = 'default' and position in (2, 5, 11, 15) order by position"
    ).fetchall()
    asked = (
        "asked for a demo, asked to talk to sales, asked for a quote or asked for "
        "prices or asked to be called again"
    )
    assert found == [
        (
            "mql",
            2,
            f"A{asked[1:]} in the last 30 days; left waiting (never talked to us on "
            "the phone, did not pick up the phone, came to a meeting, missed a meeting "
            "they had booked or got a mail from one of our sales people since they "
            f"{asked}, and engaged with us in the last 21 days)",
        ),
        (
            "mql",
            2,
            "Grade A- or better; 40 points or more for what they did; not quiet (never "
            "engaged with us in the last 21 days)",
        ),
        (
            "nurture",
            4,
            "Grade B- or better; 40 points or more for what they did; quiet (never "
            "engaged with us in the last 21 days)",
        ),
        ("cold", 5, "Everybody else"),
    ]
