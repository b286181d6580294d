"""From extracts to publication, with the functions that the DAGs' tasks call."""

import csv
import io
import json
import re
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from pipeline_world import (
    DAY,
    checksums,
    ingest,
    publish,
    published,
    score,
    score_again,
    warehouse,
    world_of,
)
from rich.console import Console

from leadscore import dbt_runner, pipeline, runs, summary
from leadscore.errors import LeadscoreError
from leadscore.loading import batches
from leadscore.loading.batches import Batch
from leadscore.publish import DATABASE, read_build, unseal, write_publication
from leadscore.settings import Settings
from leadscore.warehouse import connect
from sample import CAST

GOLDEN = Path(__file__).parent / "data" / "cast.csv"
RESULT = "total_points, score, grade, engagement_level, stage, queue, exclusion_reason"
HISTORY = f"""
    select * exclude (build_id) from marts.lead_score_history
    where as_of_date between '{DAY - timedelta(days=1)}' and '{DAY}' order by all
"""


@pytest.fixture
def copied(world, tmp_path):
    """A copy of the world, for a test that changes it; without what dbt left there."""
    ignore = shutil.ignore_patterns("dbt", "docs")
    shutil.copytree(world.data, tmp_path / "copy", symlinks=True, ignore=ignore)
    with world_of(tmp_path / "copy", history_days=1) as settings:
        yield settings


def test_every_row_delivered_is_loaded_or_in_quarantine(world):
    planted = json.loads((world.data / "sample.json").read_text())["unreadable_rows"]
    batches = warehouse(
        world, "select file, rows_read, rows_loaded, rows_rejected from raw.batches"
    )
    assert {file: rejected for file, _, _, rejected in batches if rejected} == planted
    assert all(read == loaded + rejected for _, read, loaded, rejected in batches)
    kept = [
        row
        for path in world.quarantine.rglob("*.csv")
        for row in csv.DictReader(path.open(encoding="utf-8"))
    ]
    assert len(kept) == sum(planted.values())


def test_the_cast_is_scored_as_the_golden_file_says(world):
    ids = ", ".join(f"'{member.lead_id}'" for member in CAST)
    query = f"from lead_scores where lead_id in ({ids}) order by total_points desc"
    with GOLDEN.open(encoding="utf-8") as file:
        expected = [tuple(row) for row in csv.reader(file)][1:]
    rows = published(world, f"select lead_id, {RESULT} {query}, lead_id")
    assert [tuple("" if v is None else str(v) for v in row) for row in rows] == expected


def test_the_history_holds_the_days_before(world):
    days = published(world, "select distinct as_of_date from lead_score_history")
    assert {day for (day,) in days} == {DAY - timedelta(days=n) for n in range(8)}


def test_no_name_or_address_is_in_the_scores(world):
    contacts = published(world, "select email, phone from lead_contacts")
    personal = {value for row in contacts for value in row if value}
    assert personal
    for table in ("lead_scores_all", "lead_score_factors", "lead_identities"):
        values = {str(v) for row in published(world, f"from {table}") for v in row}
        assert not personal & values


def test_running_every_step_again_changes_nothing(copied):
    before = checksums(copied.published / "current")
    # As it was left before the column came.
    warehouse(copied, "alter table rules.rulesets drop column reasons_first")
    ingest(copied)
    score(copied)
    publish(copied)
    assert checksums(copied.published / "current") == before


def test_days_scored_in_any_order_give_the_rows_of_one_pass(copied):
    in_one_pass = warehouse(copied, HISTORY)
    warehouse(copied, "delete from marts.lead_score_history")
    for day in (DAY, DAY - timedelta(days=1)):
        score_again(copied, day, "lead_score_history", "lead_score_factors")
        explained = "select distinct as_of_date from marts.lead_score_factors"
        assert warehouse(copied, explained) == [(day,)]
    assert warehouse(copied, HISTORY) == in_one_pass
    # What is told of the past day that was scored last.
    yesterday = DAY - timedelta(days=1)
    where = f"marts.lead_score_history where as_of_date = '{yesterday}'"
    [(leads,)] = warehouse(copied, f"select count(distinct lead_id) from {where}")
    for otherwise in (0, 1):
        console = Console(width=140, file=io.StringIO())
        summary.tell_past(copied, console)
        told = console.file.getvalue()
        assert re.search(rf"{yesterday} +{leads} +{leads} +{otherwise}\b", told)
        assert f"archive/{yesterday}_" in told
        warehouse(
            copied,
            f"update marts.lead_score_history set total_points = total_points + 1 "
            f"where as_of_date = '{yesterday}' and lead_id = 'L90007'",
        )


def test_a_world_fed_day_by_day_equals_one_built_from_scratch(world, tmp_path):
    yesterday = DAY - timedelta(days=1)
    # Movement looks at other scored days, qualifies_until at days to come.
    query = """
        select * exclude (
            build_id, previous_score, score_change_7d, score_change_30d, first_mql_date,
            qualifies_until, stage_since, due_at, is_overdue, call_rank
        ) from marts.lead_scores_all order by all
    """
    with world_of(tmp_path / "fed", history_days=1) as fed:
        (tmp_path / "fed").mkdir()
        fed.extracts.symlink_to(world.extracts)
        ingest(fed, yesterday)
        pipeline.layer("rules", yesterday.isoformat())
        score_again(fed, yesterday, "lead_scores_all", "lead_score_factors")
        events = "select count(*) from intermediate.int_activity_days"
        before = warehouse(fed, events)
        ingest(fed)
        score_again(fed, DAY, "lead_scores_all", "lead_score_factors")
        assert warehouse(fed, events) > before
        assert warehouse(fed, query) == warehouse(world, query)
        factors = "from marts.lead_score_factors order by all"
        assert warehouse(fed, factors) == warehouse(world, factors)


def test_an_event_changes_only_the_people_it_touches(copied):
    query = f"""
        select lead_id, total_points from marts.lead_score_history
        where ruleset = 'default' and as_of_date = '{DAY}'
    """
    before = dict(warehouse(copied, query))
    warehouse(
        copied,
        f"""
        insert into raw.web_events by name
        select batch_id, source_row, extract_date, 'one_more' as event_id,
            (
                select identifier from marts.lead_identities
                where lead_id = 'L90014' and identifier_type = 'visitor' limit 1
            ) as visitor_id, 'form_submitted' as event_type,
            'demo_request' as event_name, timestamp '{DAY} 11:00' as occurred_at
        from raw.web_events limit 1
        """,
    )
    warehouse(copied, "update raw.run set events_built = false")
    score_again(copied, DAY, "lead_scores", "lead_score_changes")
    after = dict(warehouse(copied, query))
    touched = {lead for lead in before if before[lead] != after[lead]}
    colleagues = warehouse(
        copied,
        "select lead_id from marts.lead_scores where account_id = "
        "(select account_id from marts.lead_scores where lead_id = 'L90014')",
    )
    assert "L90014" in touched
    assert touched <= {"L90014", *(lead for (lead,) in colleagues)}
    assert after.keys() == before.keys()
    causes = warehouse(
        copied,
        "select distinct cause from marts.lead_score_changes where rule_id = "
        "'beh_demo_requested' and lead_id = 'L90014'",
    )
    assert causes == [("activity",)]


def test_changes_follow_each_other_from_day_to_day(copied):
    changes = "select distinct as_of_date, previous_date from marts.lead_score_changes"
    days = [DAY + timedelta(days=n) for n in range(-1, 4)]
    assert set(warehouse(copied, changes)) == {(days[1], days[0])}
    score_again(copied, days[2], "lead_score_changes")
    causes = warehouse(
        copied,
        f"select distinct cause from marts.lead_score_changes "
        f"where as_of_date = '{days[2]}'",
    )
    assert set(causes) == {("time",), ("cap",)}  # as nothing happened on it
    with world_of(copied.data, history_days=2) as later:  # the day between comes along
        score_again(later, days[4], "lead_score_changes")
    followed = {(days[1], days[0]), (days[2], days[1]), (days[4], days[2])}
    assert set(warehouse(copied, changes)) == followed
    unexplained = f"""
        with changes as (
            select lead_id, ruleset, sum(points_change) as points
            from marts.lead_score_changes group by all
        )
        select lead_id from marts.lead_score_history as today
        inner join marts.lead_score_history as before using (lead_id, ruleset)
        left join changes using (lead_id, ruleset)
        where
            today.as_of_date = '{days[4]}' and before.as_of_date = '{days[0]}'
            and today.total_points - before.total_points != coalesce(changes.points, 0)
    """
    assert warehouse(copied, unexplained) == []


@pytest.mark.parametrize(
    ("kept", "first", "compared"),
    [
        ([], 20, 20),  # the first day there is: with none
        ([], 10, 19),  # many at once: with the day before
        ([18, 19], 20, 19),
        ([16, 17], 18, 17),  # two days late: with the run before
        ([19, 20], 20, 19),  # again
        ([19, 20], 10, 19),  # many again
        ([29, 30], 20, 20),  # a past day
        ([29, 30], 10, 19),
    ],
)
def test_a_day_is_compared_with_the_last_one_of_the_run_before(kept, first, compared):
    days = {date(2026, 6, day) for day in kept}
    found = runs.compared_date(days, date(2026, 6, first), date(2026, 6, 20))
    assert found == date(2026, 6, compared)


def test_a_changed_rule_explains_its_own_factors_alone(copied):
    warehouse(
        copied,
        "update rules.signal_rules set points = points + 1 "
        "where ruleset = 'default' and rule_id = 'demo_seniority_mid'",
    )
    score_again(copied, DAY, "lead_score_changes")
    found = warehouse(
        copied,
        "select distinct ruleset, rule_id, points_change from marts.lead_score_changes "
        f"where cause = 'rule' and as_of_date = '{DAY}'",
    )
    assert found == [("default", "demo_seniority_mid", 1)]


def test_what_is_told_is_what_changed_since_the_last_publication(copied):
    current = (copied.published / "current").resolve()
    before = current.with_name("an_earlier_build")
    shutil.copytree(current, before)
    unseal(before)
    publication = read_build(before) | {
        "as_of_date": "2026-06-29",
        "published_at": "2026-06-29T12:00+00:00",
    }
    write_publication(before, publication)
    (before / DATABASE).chmod(0o644)
    with duckdb.connect(str(before / DATABASE)) as connection:
        connection.execute("delete from lead_scores where lead_id = 'L90001'")
        connection.execute(
            "update lead_scores set queue = 'sales', is_mql = true "
            "where lead_id = 'L90010'"
        )
    file = "crm/2026-06-30/leads.csv"
    warehouse(
        copied,
        f"update raw.batches set loaded_at = if(file = '{file}', now()::timestamp, "
        f"'2026-06-29 11:00')",
    )
    written = io.StringIO()
    summary.summarize(copied, Console(file=written, width=300))
    told = written.getvalue()
    came_in = told.partition("What came in since the publication of 2026-06-29")[2]
    assert re.findall(r"^ (\w+) +(\d+) +0 ", came_in, re.M) == [("crm", "1")]
    assert "New on it since the publication of 2026-06-29: Gina Gold L90001." in told
    off = r"Off it since the publication of 2026-06-29: [^,]*L90010\."
    assert re.search(off, told)


def test_rows_of_records_that_nobody_delivered_are_counted_and_told(copied):
    warehouse(
        copied,
        f"update raw.crm_activities set lead_id = 'P-' || lead_id, email = null "
        f"where extract_date < '{DAY}'",
    )
    command = ["run", "--select", "int_rows_of_nobody", "rows_of_nobody"]
    dbt_runner.run_dbt(copied, dbt_runner.lay_out_seeds(copied), command)
    told = {}
    for show in (summary.summarize, summary.show_status):
        written = io.StringIO()
        show(copied, Console(file=written, width=300))
        told[show] = written.getvalue()
        of_file = told[show].partition("Rows that name no record ever delivered")[2]
        file = r"crm/2026-06-28/activities.csv +crm_activities"
        [(rows, of_nobody)] = re.findall(rf"{file} +(\d+) +(\d+)", of_file)
        assert int(rows) == int(of_nobody) > 0
    hint = r"\d+ of \d+ rows of crm_activities name no record that was ever delivered"
    assert re.search(hint, told[summary.summarize])


def status_of(settings: Settings) -> str:
    console = Console(width=60, file=io.StringIO(), highlight=False)
    summary.show_status(settings, console)
    return console.file.getvalue()


def test_events_that_no_mapping_names_are_counted(copied):
    assert "Events that no row" not in status_of(copied)
    kinds = "intermediate.int_event_kinds"
    warehouse(copied, f"update {kinds} set activity = null where event_type = 'opened'")
    count = "sum(event_count)::bigint, sum(event_count) filter (activity is null)"
    [(events, unnamed)] = warehouse(copied, f"select {count} from {kinds}")
    told = f"that earn nothing: {unnamed:,} of {events:,} (email {unnamed:,})."
    assert told in " ".join(status_of(copied).split())


def test_a_bad_delivery_leaves_the_last_publication(copied):
    before = checksums(copied.published)
    day = DAY + timedelta(days=1)
    for source in ("crm", "email", "web"):
        shutil.copytree(
            copied.extracts / source / DAY.isoformat(),
            copied.extracts / source / day.isoformat(),
        )
    leads = copied.extracts / "crm" / day.isoformat() / "leads.csv"
    whole = leads.read_text(encoding="utf-8")
    leads.write_text(whole.replace("@", " at "), encoding="utf-8")
    pipeline.load("crm", day.isoformat())
    with pytest.raises(LeadscoreError, match=r"(?s)refused.*crm_leads.*email"):
        pipeline.validate("crm", day.isoformat())
    with pytest.raises(LeadscoreError, match="refused"):  # also when Airflow retries
        pipeline.validate("crm", day.isoformat())
    assert checksums(copied.published) == before
    said = status_of(copied)
    assert re.match(r"(?s)Refused: .*crm/2026-07-01/leads.csv.*email.*mended", said)
    assert said.index("Refused") < said.index("Published")
    assert re.search(r"crm/2026-07-01/opportunities.csv +crm_opportunities +ref", said)
    leads.write_text(whole, encoding="utf-8")
    ingest(copied, day)
    ingest(copied, day)  # nothing is left to check, which says nothing
    said = status_of(copied)
    assert "Refused" not in said
    held = said.split("found to hold")[1]
    for source in ("crm", "email", "web"):  # what the publication was made of
        assert re.search(rf"{source} +2026-06-30 +[1-9]\d* *$", held, re.MULTILINE)
    assert warehouse(copied, "select max(extract_date) from raw.crm_leads") == [(day,)]


def test_a_candidate_that_fails_the_audit_is_not_published(copied):
    before = checksums(copied.published / "current")
    warehouse(copied, "update raw.run set build_id = 'x'")
    warehouse(copied, "update marts.lead_scores_all set build_id = 'x', score = 101")
    with pytest.raises(LeadscoreError, match=r"(?s)did not pass the audit.*score"):
        pipeline.audit(DAY.isoformat())
    with pytest.raises(LeadscoreError):
        pipeline.publish(DAY.isoformat())
    assert checksums(copied.published / "current") == before


def test_a_day_before_its_extracts_are_complete_is_refused(copied):
    with pytest.raises(LeadscoreError, match=r"not complete.*_DONE"):
        pipeline.load("crm", (DAY + timedelta(days=1)).isoformat())


def test_readers_of_the_publication_need_no_warehouse(world):
    with duckdb.connect(str(world.warehouse)):  # a writer holds it
        assert published(world, "select count(*) > 0 from lead_scores") == [(True,)]
    assert isinstance(
        published(world, "select max(as_of_date) from lead_scores")[0][0], date
    )


def test_a_call_that_nobody_picks_up_is_a_touch(world):
    """It is no engagement and has no price: segments and touches ask for it."""
    calls = """
        select members.lead_id, max(days.last_at)
        from intermediate.int_activity_days as days
        inner join intermediate.int_lead_members as members
            using (identifier_type, identifier)
        where
            days.activity like 'call_%' and days.not_counted_reason is null
            and members.valid_to = '9999-12-31'
        group by members.lead_id having max_by(days.activity, days.last_at)
        = 'call_no_answer'
    """
    touched = dict(
        warehouse(world, "select lead_id, last_touched_at from marts.lead_scores")
    )
    found = [(lead, last) for lead, last in warehouse(world, calls) if lead in touched]
    assert len(found) > 10
    assert all(touched[lead] >= last for lead, last in found)


def test_a_lead_that_does_nothing_qualifies_until_the_day_foretold(copied):
    query = (
        "select lead_id, qualifies_until from marts.lead_scores where lead_id = '{}'"
    )
    [(lead, until)] = warehouse(copied, query.format("L90002"))
    is_mql = f"select is_mql from marts.lead_scores where lead_id = '{lead}'"
    score_again(copied, until, "lead_scores")
    assert warehouse(copied, is_mql) == [(True,)]
    score_again(copied, until + timedelta(days=1), "lead_scores")
    assert warehouse(copied, is_mql) == [(False,)]


def test_every_row_of_the_signals_file_is_a_signal_of_every_lead(world):
    lacking = """
        select spans.span_id, signals.signal
        from intermediate.int_lead_spans as spans
        cross join mappings.signals as signals
        left join intermediate.int_lead_signals as found using (span_id, signal)
        group by all having count(found.signal) != 1
    """
    assert warehouse(world, lacking) == []


def test_every_signal_is_spelled_as_rules_spell_it(world):
    other = """
        select signal, value_text from intermediate.int_signal_values
        where value_text != replace(lower(trim(value_text)), '|', '/')
    """
    assert warehouse(world, other) == []


@pytest.mark.parametrize(
    ("given", "table", "rows", "status", "scorecard", "because"),
    [
        ({}, "crm_leads", 9, "accepted", "fit_only", "brought no activities"),
        ({}, "crm_activities", 0, "accepted", "fit_only", "brought no activities"),
        ({}, "crm_activities", 9, "refused", "fit_only", "brought no activities"),
        ({}, "crm_activities", 9, "accepted", "new_business", "first scorecard"),
        ({"sources": "crm,web"}, "crm_leads", 9, "accepted", "new_business", "first"),
        ({"scorecard": "x"}, "crm_leads", 9, "accepted", "x", "LEADSCORE_SCORECARD"),
    ],
)
def test_fit_alone_is_shown_only_where_nothing_is_known_to_be_done(
    tmp_path, given, table, rows, status, scorecard, because
):
    settings = Settings(data=tmp_path, **{"sources": "crm"} | given)
    leads = Batch(
        *("leads", "crm", "crm_leads", "generic", "snapshot", "crm/leads.csv", "sha"),
        *(1, 1, 1, 0, DAY, datetime(2026, 7, 1, tzinfo=UTC), "accepted"),
    )
    with connect(settings) as connection:
        batches.write(connection, leads)
        other = {"batch_id": "other", "table_name": table, "rows_loaded": rows}
        batches.write(connection, replace(leads, **other, status=status))
    run = runs.plan(settings, DAY)
    assert run.scorecard == scorecard
    assert because in run.because
    assert runs.plan(settings, DAY) == run
