"""lead_score_events: generated histories whose events Python finds too, and a world."""

import shutil
from collections import Counter
from collections.abc import Iterable
from dataclasses import astuple, replace
from datetime import date, timedelta
from functools import partial

import duckdb
import pytest
from event_cases import ALERTS, FIRST, Histories, Scored, events_of, generated
from oracle import bucket
from pipeline_world import DAY, score_again, warehouse, world_of

from leadscore.elsewhere import Elsewhere

INPUTS = {
    "alerts": "alert varchar, measure varchar, enters_at varchar, leaves_at varchar, "
    "stay_days integer, once_in_days integer, tells varchar, how varchar, "
    "message varchar",
    "lead_score_history": "ruleset varchar, lead_id varchar, as_of_date date, "
    "stage varchar, grade varchar, engagement_level integer, "
    "total_points decimal(18, 4), score decimal(5, 2), ruleset_fingerprint varchar",
    "int_lead_identifiers": "lead_id varchar, identifier_type varchar, "
    "identifier varchar, valid_from date, valid_to date",
    "rulesets": "ruleset varchar, scorecard varchar, status varchar, "
    "effective_from date",
    "ruleset_decisions": "experiment varchar, ruleset varchar, ruleset_before varchar, "
    "decision varchar, share double, from_date date, until_date date",
}
# What a run knew on its last day.
KNOWN = {
    "lead_score_history": "from given.lead_score_history where as_of_date <= '{last}'",
    "lead_score_summary": "select distinct ruleset, as_of_date "
    "from given.lead_score_history where as_of_date <= '{last}'",
    "int_lead_identifiers": "select * replace (if(valid_to < '{last}', valid_to, "
    "'9999-12-31') as valid_to) from given.int_lead_identifiers "
    "where valid_from <= '{last}'",
}
EVENTS = """
    select
        lead_id, alert, direction, event_date, value, value_before, is_new,
        is_rule_change, untold_because
    from marts.lead_score_events
"""


def found(
    histories: Histories,
    *runs: tuple[date, date],
    other: Histories | None = None,
    rulesets: Iterable[tuple] = (("r", "s", "champion", FIRST),),
    decisions: Iterable[tuple] = (),
) -> list[tuple]:
    """Return the events that the models find when runs score the days from, to.

    Of the ruleset r, and of another one, o, by which the same leads went other ways.
    """
    rows = {
        "alerts": map(astuple, ALERTS),
        "lead_score_history": (
            (ruleset, lead, day, *astuple(scored))
            for ruleset, scores in (("r", histories), ("o", other or Histories()))
            for lead, of_lead in scores.leads.items()
            for day, scored in of_lead.items()
        ),
        "int_lead_identifiers": (
            (lead, "crm", f"record {number}", begin, end)
            for number, (before, into, since) in enumerate(histories.handovers)
            for lead, begin, end in (
                (before, FIRST, since - timedelta(1)),
                (into, since, date.max),
            )
        ),
        "rulesets": rulesets,
        "ruleset_decisions": decisions,
    }
    events = []
    with duckdb.connect() as connection:
        connection.execute("set threads = 1; create schema given")
        for name, columns in INPUTS.items():
            connection.execute(f"create table given.{name} ({columns})")
            for row in rows[name]:
                marks = ", ".join("?" * len(row))
                connection.execute(f"insert into given.{name} values ({marks})", row)
        for first, last in runs:
            run = {"from_date": first, "as_of_date": last, "scorecard": "s"}
            built = Elsewhere(connection, partial(given, last=last), run)
            built.build("lead_score_events")
            events += connection.execute(EVENTS).fetchall()
            for schema in ("marts", "scoring", "intermediate", "action", "rules"):
                connection.execute(f"drop schema if exists {schema} cascade")
    return events


def given(table: str, last: date) -> str | None:
    name = table.partition(".")[2]
    if name in KNOWN:
        return KNOWN[name].format(last=last)
    return f"from given.{name}" if name in INPUTS else None


@pytest.fixture(scope="module", params=[1, 2])
def histories(request):
    return generated(request.param)


@pytest.fixture(scope="module")
def events(histories):
    return events_of(histories)


def test_one_pass_finds_what_python_finds(histories, events):
    days = histories.days
    assert Counter(found(histories, (days[0], days[-1]))) == Counter(events)
    told = Counter(event[-1] for event in events)
    assert all(told[why] for why in (None, "The rules changed", "Nobody asked"))
    assert any(event[6] for event in events)


def test_days_in_order_and_in_weeks_give_the_events_of_one_pass(histories, events):
    days = histories.days
    last = days[-20:]
    wanted = Counter(event for event in events if event[3] >= last[0])
    in_order = found(histories, *((day, day) for day in last))
    weeks = [(last[n], last[min(n + 6, 19)]) for n in range(0, 20, 7)]
    assert Counter(in_order) == wanted
    assert Counter(found(histories, *weeks)) == wanted


@pytest.mark.parametrize("what", ["champion", "experiment", "experiment stopped"])
def test_a_day_tells_of_the_ruleset_that_was_shown_on_it(what):
    histories = generated(1)
    last = histories.days[-10:]
    begun, ended = last[3], last[-1] if what == "champion" else last[7]
    other = replace(
        histories,
        leads={
            lead: dict(zip(of_lead, reversed(of_lead.values()), strict=True))
            for lead, of_lead in histories.leads.items()
        },
    )
    rulesets = [("r", "s", "champion", FIRST), ("o", "s", "challenger", FIRST)]
    decisions = [("x", "o", "r", "experiment", 0.5, begun, ended)]
    if what == "champion":
        rulesets[1], decisions = ("o", "s", "champion", begun), []
    if what == "experiment stopped":
        decisions = [
            ("x", "o", "r", "experiment", 0.5, begun, last[-1]),
            ("x", "o", "r", what, 0.5, begun, ended),
        ]

    def is_other(event: tuple) -> bool:
        of_arm = what == "champion" or bucket(event[0], "x") < 0.5
        return begun <= event[3] <= ended and of_arm

    events = [e for e in events_of(histories) if not is_other(e)]
    events += filter(is_other, events_of(other))
    wanted = Counter(e for e in events if e[3] >= last[0])
    known = {"other": other, "rulesets": rulesets, "decisions": decisions}
    assert Counter(found(histories, (last[0], last[-1]), **known)) == wanted
    in_order = found(histories, *((day, day) for day in last), **known)
    assert Counter(in_order) == wanted


def test_a_lead_that_is_another_one_since_is_no_new_one():
    merged, day = Histories(), FIRST + timedelta(5)
    hot, cold = Scored("mql", "A", 1, 200, 80), Scored("cold", "D", 4, 10, 5)
    days = [FIRST + timedelta(n) for n in range(10)]
    merged.leads = {
        "L1": {d: hot if d >= day else cold for d in days},
        "L2": {d: hot for d in days if d < day},
        "e_3": {d: hot for d in days if d < day},
        "L3": {d: hot for d in days if d >= day},
        "L4": {d: hot for d in days if d >= day},
    }
    merged.handovers = [("L2", "L1", day), ("e_3", "L3", day)]
    events = found(merged, (days[0], days[-1]))
    assert {(lead, is_new) for lead, *_, is_new, _, _ in events} == {("L4", True)}


def test_days_scored_again_give_the_events_of_one_pass(world, tmp_path):
    days = [DAY - timedelta(days=n) for n in (1, 0)]
    query = (
        "from marts.lead_score_events "
        f"where event_date >= '{days[0]}' order by event_id"
    )
    ignore = shutil.ignore_patterns("dbt", "docs")
    shutil.copytree(world.data, tmp_path / "copy", symlinks=True, ignore=ignore)
    with world_of(tmp_path / "copy", history_days=1) as copied:
        in_one_pass = warehouse(copied, query)
        assert {event[5] for event in in_one_pass} == {*days}
        warehouse(copied, "delete from marts.lead_score_events")
        for day in days:
            score_again(copied, day, "lead_score_events")
        assert warehouse(copied, query) == in_one_pass
