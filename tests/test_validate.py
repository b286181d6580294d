"""Great Expectations at both edges: each expectation has rows that must fail it."""

import importlib
import re
import shutil
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta

import duckdb
import pytest
from ingest_world import LEADS_MAP, World
from small_marts import build_marts, small_world

from leadscore import checks, warehouse
from leadscore.candidate import write_candidate
from leadscore.canonical import TABLES
from leadscore.checks import Check
from leadscore.errors import LeadscoreError
from leadscore.publish import note_checks, publish, read_build, show_contacts
from leadscore.settings import SOURCES
from leadscore.validate import AUDITED, audit_candidate, validate_pending

pytestmark = pytest.mark.filterwarnings("ignore:.schema_name. is deprecated")

DAY = date(2026, 11, 20)
NOON = "2026-11-20 12:00:00"
LATE = "2026-11-21 23:00:00"  # still the 20th in Hawaii
FAR_OFF = "2026-11-22 00:00:00"
LONG_AGO = "1970-01-01 00:00:00"

# A row of each table that may pass; {id} differs from row to row.
GOOD = {
    "crm_leads": {
        "lead_id": "{id}",
        "email": " ann@example.org",
        "first_name": "Ann",
        "is_deleted": False,
        "created_at": NOON,
        "updated_at": LATE,
        "converted_at": NOON,
    },
    "crm_accounts": {
        "account_id": "{id}",
        "domain": "example.org",
        "employee_count": 0,
        "annual_revenue": 1_000,
        "is_deleted": False,
        "updated_at": NOON,
    },
    "crm_opportunities": {
        "opportunity_id": "{id}",
        "lead_id": "L1",
        "amount": 0,
        "is_won": True,
        "created_at": NOON,
        "closed_at": NOON,
    },
    "crm_owners": {"owner_id": "{id}", "name": "Ann", "is_active": True},
    "crm_activities": {
        "activity_id": "{id}",
        "activity_type": "call",
        "email": "ann@example.org",
        "occurred_at": NOON,
    },
    "crm_opportunity_leads": {
        "link_id": "{id}",
        "opportunity_id": "O1",
        "lead_id": "L1",
    },
    "crm_emails": {"lead_id": "{id}", "email": "ann@example.org"},
    "crm_merges": {"merged_id": "{id}", "into_id": "L1", "merged_at": NOON},
    "crm_opportunity_merges": {
        "opportunity_id": "{id}",
        "into_opportunity_id": "O1",
        "merged_at": NOON,
    },
    "email_events": {
        "event_id": "{id}",
        "email": "ann@example.org",
        "event_type": "opened",
        "occurred_at": NOON,
    },
    "web_events": {
        "event_id": "{id}",
        "visitor_id": "v1",
        "event_type": "page_view",
        "duration_seconds": 0.0,
        "occurred_at": NOON,
    },
    "feedback": {
        "feedback_id": "{id}",
        "lead_id": "L1",
        "verdict": "good",
        "given_at": NOON,
    },
}

# What is wrong with every row of a file, and the words of the failure it must cause.
BAD = {
    "crm_leads": [
        ({"lead_id": None}, "Every lead record has its lead_id"),
        ({"lead_id": "twice"}, "delivers each lead_id once"),
        ({"is_deleted": True}, "Most lead records are alive"),
        ({"employee_count": -1}, "employee_count is zero or more"),
        ({"annual_revenue": -1}, "annual_revenue is zero or more"),
        ({"email": "Ann"}, "An email that is given reads like"),
        ({"first_name": "ann@example.org"}, "Names hold no emails"),
        ({"created_at": LONG_AGO}, "created_at is not before the year 2000"),
        ({"created_at": FAR_OFF, "converted_at": None}, "created_at is not after"),
        ({"updated_at": FAR_OFF}, "updated_at is not after"),
        ({"converted_at": LONG_AGO}, "converted after it was created"),
    ],
    "crm_accounts": [
        ({"account_id": None}, "Every account has its account_id"),
        ({"account_id": "twice"}, "delivers each account_id once"),
        ({"is_deleted": True}, "Most accounts are alive"),
        ({"domain": "ann@example.org"}, "A domain that is given reads like"),
        ({"employee_count": -1}, "employee_count is zero or more"),
        ({"annual_revenue": -1}, "annual_revenue is zero or more"),
        ({"updated_at": FAR_OFF}, "updated_at is not after"),
    ],
    "crm_opportunities": [
        ({"opportunity_id": None}, "Every opportunity has its opportunity_id"),
        ({"opportunity_id": "twice"}, "delivers each opportunity_id once"),
        ({"lead_id": None}, "belongs to a lead or to an account"),
        ({"is_closed": False}, "What is won is closed"),
        ({"closed_at": LONG_AGO}, "closed after it was created"),
        ({"amount": -1}, "amount is zero or more"),
        ({"created_at": LONG_AGO}, "created_at is not before the year 2000"),
        ({"created_at": FAR_OFF, "closed_at": FAR_OFF}, "created_at is not after"),
    ],
    "crm_owners": [
        ({"owner_id": None}, "Every owner has their owner_id"),
        ({"owner_id": "twice"}, "delivers each owner_id once"),
        ({"name": None}, "Most owners have a name"),
    ],
    "crm_activities": [
        ({"activity_id": None}, "Every activity has its activity_id"),
        ({"activity_type": None}, "Every activity says what it was"),
        ({"occurred_at": None}, "Every activity has its time"),
        ({"activity_id": "twice", "detail": "{id}"}, "One activity_id means one event"),
        ({"email": None}, "names a lead, an account or an email"),
        ({"email": "Ann"}, "An email that is given reads like"),
        ({"occurred_at": LONG_AGO}, "occurred_at is not before the year 2000"),
        ({"occurred_at": FAR_OFF}, "occurred_at is not after"),
    ],
    "crm_opportunity_leads": [
        ({"link_id": None}, "Every link has its link_id"),
        ({"opportunity_id": None}, "Every link names its opportunity"),
        ({"lead_id": None}, "Every link names its lead"),
    ],
    "crm_emails": [
        ({"lead_id": None}, "Every address names the record"),
        ({"email": None}, "Every further address is given"),
        ({"email": "Ann Lee"}, "An email that is given reads like"),
    ],
    "crm_merges": [
        ({"merged_id": None}, "Every merge names the record that was merged"),
        ({"into_id": None}, "Every merge names the record that stayed"),
        ({"merged_id": "twice"}, "delivers each merged_id once"),
        ({"merged_at": LONG_AGO}, "merged_at is not before the year 2000"),
        ({"merged_at": FAR_OFF}, "merged_at is not after"),
    ],
    "crm_opportunity_merges": [
        ({"opportunity_id": None}, "Every merge names the deal that was merged"),
        ({"into_opportunity_id": None}, "Every merge names the deal that stayed"),
        ({"merged_at": LONG_AGO}, "merged_at is not before the year 2000"),
        ({"merged_at": FAR_OFF}, "merged_at is not after"),
    ],
    "email_events": [
        ({"email": None}, "Every event names the email or the lead"),
        ({"event_type": None}, "Every event says what happened"),
        ({"event_type": "OPEN"}, "event_type is one of sent, delivered"),
        ({"occurred_at": None}, "Every event has its time"),
        ({"event_id": "twice", "url": "{id}"}, "One event_id means one event"),
        ({"email": "ann@example"}, "An email that is given reads like"),
        ({"occurred_at": LONG_AGO}, "occurred_at is not before the year 2000"),
        ({"occurred_at": FAR_OFF}, "occurred_at is not after"),
    ],
    "web_events": [
        ({"visitor_id": None}, "Every event names its visitor, an email or a lead"),
        ({"event_type": None}, "Every event says what happened"),
        ({"occurred_at": None}, "Every event has its time"),
        ({"event_id": "twice", "url": "{id}"}, "One event_id means one event"),
        ({"email": "Ann Lee"}, "An email that is given reads like"),
        ({"duration_seconds": -0.5}, "duration_seconds is zero or more"),
        ({"occurred_at": LONG_AGO}, "occurred_at is not before the year 2000"),
        ({"occurred_at": FAR_OFF}, "occurred_at is not after"),
    ],
    "feedback": [
        ({"lead_id": None}, "Every verdict names the email or the lead"),
        ({"verdict": None}, "Every row gives its verdict"),
        ({"given_at": None}, "Every verdict has its time"),
        ({"feedback_id": "twice", "note": "{id}"}, "One feedback_id means one event"),
        ({"email": "Ann Lee"}, "An email that is given reads like"),
        ({"given_at": LONG_AGO}, "given_at is not before the year 2000"),
        ({"given_at": FAR_OFF}, "given_at is not after"),
    ],
}
EACH_BAD = [
    (table, number, words)
    for table, cases in BAD.items()
    for number, (_, words) in enumerate(cases)
]


def deliver(settings, table, name, rows, *, day=DAY, status="pending"):
    """Load rows (what differs from a good one) as one file; it becomes a batch."""
    source = TABLES[table].source
    delivery = "snapshot" if table in list(TABLES)[:3] else "changes"
    with warehouse.connect(settings) as connection:
        connection.begin()
        connection.execute(
            "insert into raw.batches (batch_id, source, table_name, delivery, file, "
            "rows_loaded, extract_date, loaded_at, status) "
            "values ($batch, $source, $table, $delivery, $file, $rows, $day, $now, "
            "$status)",
            {
                "batch": f"{day}{name}",
                "source": source,
                "table": table,
                "delivery": delivery,
                "file": f"{source}/{day}/{name}",
                "rows": len(rows),
                "day": day,
                "now": NOON,
                "status": status,
            },
        )
        for number, row in enumerate(rows, start=1):
            values = {
                column: value.format(id=f"{name}{number}")
                if isinstance(value, str)
                else value
                for column, value in (GOOD[table] | row).items()
            } | {"batch_id": f"{day}{name}", "source_row": number, "extract_date": day}
            connection.execute(
                f"insert into raw.{table} ({', '.join(values)}) "
                f"values ({', '.join('?' * len(values))})",
                list(values.values()),
            )
        connection.commit()


@pytest.fixture
def settings(tmp_path):
    return small_world(tmp_path)


def failures_with(verdict, words):
    return [failure for failure in verdict.failures if words in failure]


@pytest.fixture(scope="module")
def bad_deliveries(tmp_path_factory):
    """Return the verdict on each source, where every file breaks one thing."""
    settings = small_world(tmp_path_factory.mktemp("bad"))
    for table, cases in BAD.items():
        for number, (wrong, _) in enumerate(cases):
            deliver(settings, table, f"{table}{number}.csv", [wrong] * 12)
    return {source: validate_pending(settings, source) for source in SOURCES}


@pytest.mark.parametrize(("table", "number", "words"), EACH_BAD)
def test_a_file_that_breaks_an_expectation_fails_it_by_name(
    bad_deliveries, table, number, words
):
    source = TABLES[table].source

    (failure,) = [
        failure
        for failure in failures_with(bad_deliveries[source], words)
        if failure.startswith(f"{table}:")
    ]

    assert not bad_deliveries[source].success
    assert "does not hold" in failure
    assert f"{source}/{DAY}/{table}{number}.csv row " in failure


def test_a_bad_file_fails_nothing_but_what_it_breaks(bad_deliveries):
    for source, verdict in bad_deliveries.items():
        broken = [table for table, _, _ in EACH_BAD if TABLES[table].source == source]
        assert len(verdict.failures) == len(broken)


def test_good_deliveries_pass_every_suite(settings):
    for table in TABLES:
        deliver(settings, table, "good", [{}] * 30)

    verdicts = [validate_pending(settings, source) for source in SOURCES]

    assert [verdict.failures for verdict in verdicts] == [[], [], [], []]
    assert all(verdict.success for verdict in verdicts)
    assert [verdict.checked for verdict in verdicts] == [52, 8, 8, 7]


def test_some_dirt_in_a_file_is_tolerated_and_more_is_not(settings):
    bad, good = {"email": "Ann"}, {}
    deliver(settings, "crm_leads", "small.csv", [bad] * 10 + [good] * 2)
    deliver(settings, "crm_leads", "large.csv", [bad] * 15 + [good] * 285)
    assert validate_pending(settings, "crm").success

    deliver(settings, "crm_leads", "dirty.csv", [bad] * 16 + [good] * 284)
    verdict = validate_pending(settings, "crm")

    (failure,) = verdict.failures
    assert "16 rows break it" in failure
    assert f"crm/{DAY}/dirty.csv row 1: email = Ann" in failure


def test_opportunities_of_nobody_pass_if_links_beside_them_name_somebody(settings):
    numbers = range(1, 31)
    deliver(settings, "crm_opportunities", "deal", [{"lead_id": None} for _ in numbers])
    assert failures_with(
        validate_pending(settings, "crm"), "belongs to a lead or to an account"
    )
    links = [{"opportunity_id": f"deal{number}"} for number in numbers]
    deliver(settings, "crm_opportunity_leads", "links", links)
    assert validate_pending(settings, "crm").failures == []


def test_only_pending_batches_are_judged(settings):
    deliver(settings, "web_events", "old.csv", [{"event_type": None}], status="refused")
    deliver(settings, "web_events", "new.csv", [{}])

    assert validate_pending(settings, "web").success


def test_tables_without_pending_rows_are_skipped_and_named(settings):
    deliver(settings, "crm_activities", "new.csv", [{}])

    verdict = validate_pending(settings, "crm")

    assert verdict.success
    assert verdict.checked == 8
    assert verdict.skipped == [
        "crm_leads",
        "crm_accounts",
        "crm_opportunities",
        "crm_owners",
        "crm_opportunity_leads",
        "crm_emails",
        "crm_merges",
        "crm_opportunity_merges",
    ]
    assert validate_pending(settings, "web").skipped == ["web_events"]


def through_the_door(world, day):
    """Load and judge what was delivered up to a day, as the tasks do, and accept it."""
    world.load(day)
    verdict = validate_pending(world.settings, "crm")
    assert verdict.failures == []
    world.accept()


def crm_leads(*numbers):
    return "id,email,country,created\n" + "".join(
        f"L{n},p{n}@x.example,DE,2026-11-01\n" for n in numbers
    )


def test_snapshots_of_one_table_that_two_maps_read_on_different_days_pass(tmp_path):
    world = World(tmp_path)
    world.write_map(LEADS_MAP)
    world.write_map(LEADS_MAP.replace("leads*", "partners*"), name="partners")
    for day, file, first in [
        (date(2026, 11, 17), "leads.csv", 0),
        (date(2026, 11, 18), "partners.csv", 500),
        (date(2026, 11, 19), "leads.csv", 0),
        (date(2026, 11, 20), "partners.csv", 500),
    ]:
        world.deliver(file, crm_leads(*range(first, first + 20)), day)
        through_the_door(world, day)

    assert world.query("select count(*), count(distinct lead_id) from raw.crm_leads")[
        0
    ] == (80, 40)


@pytest.mark.parametrize(("kept", "limit"), [(5, 75), (0, 100)])
def test_a_higher_limit_in_the_map_is_enough_to_let_a_shrunken_snapshot_in(
    tmp_path, kept, limit
):
    world = World(tmp_path)
    world.write_map(LEADS_MAP)
    world.deliver("leads.csv", crm_leads(*range(20)))
    through_the_door(world, DAY)
    next_day = date(2026, 11, 21)
    world.deliver("leads.csv", crm_leads(*range(kept)), next_day)
    assert "or raise max_gone_pct in the source map mine" in world.refusal(next_day)

    time.sleep(0.02)
    world.write_map(LEADS_MAP + f"    max_gone_pct: {limit}\n")
    through_the_door(world, next_day)

    assert world.query("select status, rows_loaded from raw.batches order by file") == [
        ("accepted", 20),
        ("accepted", kept),
    ]


def test_the_warehouse_is_left_as_it_was_and_open_to_other_processes(settings):
    deliver(settings, "web_events", "new.csv", [{}])
    validate_pending(settings, "web")

    with warehouse.connect(settings) as connection:
        schemas = connection.execute(
            "select distinct schema_name from duckdb_views() where not internal"
        ).fetchall()
    opens = f"import duckdb; duckdb.connect({str(settings.warehouse)!r})"
    opened = subprocess.run([sys.executable, "-c", opens], check=False)

    assert schemas == []
    assert opened.returncode == 0


# ---- what was checked, for people


def checked(settings, query):
    with warehouse.connect(settings) as connection:
        return connection.execute(query).fetchall()


def test_each_expectation_is_remembered_with_what_was_found_of_it(settings):
    early, late = date(2026, 11, 18), date(2026, 11, 19)
    deliver(settings, "email_events", "old.csv", [{}], day=early)
    rows = [{"event_type": "OPEN"}, {}]
    deliver(settings, "email_events", "new.csv", rows, day=late)
    verdict = validate_pending(settings, "email")

    found = checked(settings, "from raw.checks order by position")
    assert [row[4] for row in found] == list(range(1, 9))
    assert {row[:2] + row[3:4] for row in found} == {("email", late, "email_events")}
    assert len({row[2] for row in found}) == 1
    [failed] = [row for row in found if not row[8]]
    expectation, column, sentence, _, told = failed[5:]
    assert (expectation, column) == ("expect_column_values_to_be_in_set", "event_type")
    assert sentence.startswith("event_type is one of sent, delivered, opened,")
    assert told == "1 of 3 rows break it"
    assert verdict.causes == [f"email_events: {sentence} {told}"]


def test_the_page_tells_every_run_and_needs_nothing_but_itself(settings):
    deliver(settings, "web_events", "new.csv", [{}])
    deliver(settings, "email_events", "new.csv", [{"event_type": "OPEN"}])
    validate_pending(settings, "web")
    validate_pending(settings, "email")

    page = (settings.docs / "index.html").read_text()

    assert page.index("The email delivery of 2026-11-20, judged") < page.index(
        "The web delivery of 2026-11-20, judged"
    )
    assert "<b>1 of 8 do not hold</b>" in page
    assert "all 8 hold" in page
    assert "translates the sender" in page
    assert "1 of 1 rows break it" in page
    assert not re.findall(r"https?://|<script|src=|<link", page)
    assert [path.name for path in settings.docs.rglob("*")] == ["index.html"]


def test_no_value_of_a_row_is_remembered_or_shown(settings):
    marked = {
        "crm_leads": [
            {"first_name": "Gundula@x", "email": "gundula(at)x"},
            {"lead_id": "Gundula", "created_at": LONG_AGO},
        ],
        "crm_accounts": [{"domain": "gundula@x.example"}],
    }
    for table, wrong in marked.items():
        for number, row in enumerate(wrong):
            deliver(settings, table, f"{table}{number}.csv", [row] * 12)
    verdict = validate_pending(settings, "crm")

    told = " ".join(verdict.failures).lower()
    assert told.count("gundula") > 8
    kept = str(checked(settings, "select sentence, found from raw.checks"))
    for text in (kept, *verdict.causes, (settings.docs / "index.html").read_text()):
        assert "gundula" not in text.lower()


def test_the_page_has_so_many_runs_and_checks_are_forgotten_after_a_while(
    settings, monkeypatch
):
    monkeypatch.setattr(checks, "RUNS_SHOWN", 2)
    now = datetime.now(UTC).replace(tzinfo=None)
    for days in (100, 50, 40, 30):
        one = Check(
            *("web", DAY, now - timedelta(days=days), "web_events", 1, "a_type", None),
            *(f"It is {days} days ago.", True, None),
        )
        checks.record(settings, [one])

    page = (settings.docs / "index.html").read_text()
    assert [days for days in (100, 50, 40, 30) if f"{days} days ago" in page] == [
        40,
        30,
    ]
    assert checked(settings, "select count(*) from raw.checks") == [(3,)]


def test_pages_that_quoted_rows_are_removed(settings):
    docs = settings.docs
    for name in (".results/a.json", "validations/a/b.html", "static/styles/c.css"):
        (docs / name).parent.mkdir(parents=True)
        (docs / name).write_text("Gundula")
    (docs / "handbook.md").write_text("ours")
    deliver(settings, "web_events", "new.csv", [{}])
    validate_pending(settings, "web")

    assert sorted(path.name for path in docs.iterdir()) == ["handbook.md", "index.html"]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    settings = small_world(tmp_path_factory.mktemp("built"))
    build_marts(settings, DAY, "one")
    return settings, write_candidate(settings, DAY, "one")


@pytest.fixture
def candidate(built, tmp_path):
    """Return the settings of a world without publication and a copy of the build."""
    copy = tmp_path / "published" / "builds" / ".candidate-one"
    shutil.copytree(built[1], copy)
    return built[0].model_copy(update={"data": tmp_path}), copy


def change(candidate, statement):
    with duckdb.connect(str(candidate / "lead_scores.duckdb")) as connection:
        show_contacts(connection.execute, candidate)
        connection.execute(statement)


def test_a_sound_build_passes_the_audit_and_says_so_in_its_publication(candidate):
    settings, build = candidate

    verdict = audit_candidate(settings, build)

    assert verdict.failures == []
    assert read_build(build)["checks"] == {"expectations": 96, "failed": 0}
    assert read_build(build)["row_counts"]["checks"] == 96
    with duckdb.connect() as connection:
        connection.execute(f"attach '{build / 'lead_scores.duckdb'}' as build")
        for table in ("build.checks", f"'{build / 'parquet' / 'checks.parquet'}'"):
            assert connection.execute(
                "select source, day, count(*), bool_and(success) "
                f"from {table} group by all"
            ).fetchall() == [("scores", DAY, 96, True)]
    assert audit_candidate(settings, build) == verdict
    assert publish(settings, build).name == "one"
    assert audit_candidate(settings, build) == verdict  # a rerun after publication


SCORES = "update lead_scores set "
FACTORS = "update lead_score_factors set "
FACTS = "update lead_attributes set "
ODDS = "update lead_score_probabilities set "
EVENTS = "update lead_score_events set "
ACCOUNTS = "update account_scores set "
FEEDBACK = "update lead_feedback set "
NEW_FACT = "insert into lead_attributes select lead_id, 'attribute.New', "
CONTACTS = " from lead_contacts"
L1, L2, EXCLUDED = (f" where lead_id = '{lead}'" for lead in ("L1", "L2", "h3"))

HISTORY = "delete from lead_score_history where as_of_date = '"
TWICE = "A lead has one row for each ruleset and day"

NAMES_MOST = "the name or the phone number of most leads"

SUM_OF_FACTORS = "lead_scores: total_points is exactly the sum of the lead's factors"

# Builds, each broken by these statements, and the words of the failures they cause.
BROKEN_BUILDS = [
    [
        (SCORES + "as_of_date = '2026-11-19'" + L1, "lead_scores: All scores are for"),
        (SCORES + "build_id = 'other'" + L1, "from the build that is published"),
        (SCORES + "score = 100.01" + L1, "A score lies between 0 and 100"),
        (SCORES + "grade = 'E'" + L1, "one of the 13 steps"),
        (SCORES + "grade_rank = 3" + L2, "order of grade_rank go from A+ to F"),
        (SCORES + "stage_order = 7" + L1, "A stage has one place in its ruleset"),
        (SCORES + "engagement_level = 5" + L1, "1 (most engaged) to 4"),
        (SCORES + "segment = 'A1'" + L2, "segment is the grade's letter"),
        (SCORES + "behavioral_points = 0.0001" + L2, "sum of its five parts"),
        (SCORES + "score = 0.01" + L2, "Without points above zero"),
        (SCORES + "is_mql = true" + EXCLUDED, "An excluded lead is not"),
        (SCORES + "stage = 'mql'" + EXCLUDED, "in no queue and says why"),
        (SCORES + "top_topic = 'ann@example.org'" + L1, "lead_scores: No text holds"),
        (
            SCORES + "call_rank = null" + L1,
            "Each lead of a queue has a place",
        ),
        (
            FACTORS + "points = points + 0.0001" + L1,
            SUM_OF_FACTORS,
        ),
        (FACTORS + "dimension = 'outcome'" + L1, "A factor belongs to one of"),
        (FACTORS + "as_of_date = '2026-11-19'" + L1, "All factors are for the day"),
        (FACTORS + "reason = 'Ann@Example.org'" + L1, "factors: No text holds"),
        ("update lead_scores_all set total_points = 1", "lead_scores_all: total_point"),
        (FACTS + "value = 'the a@ö.ms one'" + L1, "attributes: No text holds an email"),
        ("insert into lead_attributes from lead_attributes", "one value of a signal"),
        (
            "insert into lead_score_summary from lead_score_summary limit 1 offset 199",
            "summary counts the leads that the history holds",
        ),
        (NEW_FACT + "'00' || replace(phone, ' ', '')" + CONTACTS, NAMES_MOST),
        (ODDS + "as_of_date = '2026-11-19'" + L1, "All probabilities are for the day"),
        (ODDS + "low = 1" + L1, "A probability lies between low"),
        (EVENTS + "event_id = 'same'", "An event stands once"),
        (ACCOUNTS + "as_of_date = '2026-11-19'", "All accounts are scored for the day"),
        (ACCOUNTS + "score = 100.5", "The score of an account lies between"),
        (ACCOUNTS + "grade = 'E'", "The grade of an account is a step"),
        (ACCOUNTS + "total_points = 31", "exactly the sum of the account's factors"),
        (ACCOUNTS + "engaged_people = 3", "Of the people some are engaged"),
        (ACCOUNTS + "best_lead_id = 'nobody'", "The best lead of an account is one"),
        (ACCOUNTS + "top_reasons = 'a@x.example'", "account_scores: No text holds"),
        (EVENTS + "direction = 'out'" + L1, "A lead entered or left"),
        (EVENTS + "event_date = '2026-11-21'" + L2, "of a day after the one that is"),
        (EVENTS + "ruleset = 'x'" + L1, "Who crossed on the day that is published"),
        (EVENTS + "untold_because = null" + L2, "is told, or says why it is not"),
        (EVENTS + "is_rule_change = true" + L1, "what only other rules brought about"),
        (EVENTS + "message = 'ask ann@x.example'" + L1, "events: No text holds"),
        (FEEDBACK + "given_by = 'o1'", "A person has one verdict on a lead"),
        (FEEDBACK + "verdict = 'great'", "A verdict is good, bad, wrong_person"),
        (FEEDBACK + "lead_id = 'x'", "A verdict is on a lead that is published"),
        (FEEDBACK + "given_by = 'ann@x.example'", "feedback: No text holds"),
        (ODDS + "ruleset = 'x'" + L2, "probability is of a lead that is published"),
        (ODDS + "is_first_target = false" + L1, "show the probability of the first"),
        (
            "update lead_outcomes set lead_id = 'x'",
            "outcome is of a lead that is publi",
        ),
        ("update lead_outcomes set won_at = null", "What is won has its day"),
        (
            "update lead_assignments set lead_id = 'x'",
            "assignment is of a lead that is pub",
        ),
        ("update team_loads set dealt = 6", "beyond what they take"),
        ("delete from rules where rule_id = 'demo_vp'", "gave somebody points is told"),
        ("update rules set asks = ' '", "Every rule says what it asks"),
        ("update ruleset_decisions set verdict = 'worse'", "promoted for a reason"),
        ("update ruleset_decisions set auc_change = 0.1", "lies within its interval"),
        (SCORES + "ruleset = 'x'" + L2, "in an experiment each under that of its arm"),
    ],
    [
        (SCORES + "as_of_date = null" + L1, "says for which day"),
        (SCORES + "build_id = null" + L1, "says which build"),
        (SCORES + "score = null" + L1, "Every lead has a score"),
        (SCORES + "grade = null" + L1, "Every lead has a grade"),
        (SCORES + "engagement_level = null" + L1, "has an engagement level"),
        (SCORES + "negative_points = null" + L1, "sum of its five parts"),
        (SCORES + "exclusion_reason = null" + EXCLUDED, "in no queue and says why"),
        (FACTORS + "rule_id = null" + L1, "Every factor names its rule"),
        (FACTORS + "reason = null" + L1, "reason that a person can read"),
        (FACTORS + "points = null" + L1, "Every factor has its points"),
        (FACTS + "value = null" + L1, "Every fact has its value"),
        (FACTS + "lead_id = 'nobody'" + L1, "fact is about a lead that is published"),
        ("insert into lead_scores_all from lead_scores_all", "row for each ruleset"),
        (
            "update lead_scores_all set as_of_date = '2026-11-19'",
            "lead_scores_all: All",
        ),
        (ODDS + "probability = 0" + L1, "never mean a lower probability"),
        (NEW_FACT + "'gold, ann'" + CONTACTS, NAMES_MOST),
        (HISTORY + "2026-08-30'", "summary counts the leads that the history holds"),
        ("delete from lead_assignments", "call list it is said whose it is"),
    ],
    [
        (SCORES + "score = 0" + EXCLUDED, "With points above zero"),
        (FACTS + "lead_id = null" + EXCLUDED, "Every fact has its lead_id"),
        (SCORES + "queue = 'sales'" + EXCLUDED, "in no queue and says why"),
        (SCORES + "lead_id = 'L2'" + L1, "A lead has one row"),
        (FACTORS + "lead_id = 'nobody'" + L1, "belongs to a lead"),
        ("alter table lead_scores add column email text", "scores: There are no c"),
        (
            "alter table lead_scores_all add column phone text",
            "all: There are no columns",
        ),
        (
            "alter table lead_score_factors add column name text",
            "factors: There are no",
        ),
        ("update lead_scores_all set country = 'a@b.co'", "all: No text holds"),
        ("alter table lead_scores drop column sla_hours", "missing are sla_hours"),
        ("alter table lead_attributes drop column value", "missing are value"),
        ("alter table lead_score_factors drop column first_at", "missing are first_at"),
        ("alter table lead_scores_all drop column queue", "missing are queue"),
        (HISTORY + "2026-11-20'", "published stands in the history of its day"),
        ("alter table lead_score_history drop column is_mql", "missing are is_mql"),
        ("alter table lead_score_summary drop column stage", "missing are stage"),
        ("alter table lead_score_events drop column how", "missing are how"),
        ("alter table account_scores drop column people", "missing are people"),
        ("insert into account_scores from account_scores", "An account has one row"),
        ("alter table lead_feedback drop column given_at", "missing are given_at"),
        ("alter table lead_score_probabilities drop column model", "missing are model"),
        ("alter table ruleset_decisions drop column target", "missing are target"),
        ("update lead_assignments set owner_id = 'o2'", "An owner in the CRM stays"),
    ],
    [
        (SCORES + "score = -0.01" + L2, "A score lies between 0 and 100"),
        (FACTS + "name = null" + EXCLUDED, "Every fact has its name"),
        (FACTS + "value = 'gold' where lead_id != 'h3'", NAMES_MOST),
        (SCORES + "score = 45.51" + EXCLUDED, "More points never mean"),
        (SCORES + "lead_id = null" + L1, "Every row names its lead"),
        (SCORES + "priority = 1" + EXCLUDED, "in no queue and says why"),
        ("insert into lead_score_history from lead_score_history limit 1", TWICE),
    ],
    [("delete from lead_scores", "There are leads")],
]


@pytest.fixture(scope="module")
def broken_builds(built):
    """Return the verdict on each of the broken builds."""
    verdicts = []
    for number, breaks in enumerate(BROKEN_BUILDS):
        build = built[1].with_name(f".candidate-broken{number}")
        shutil.copytree(built[1], build)
        for statement, _ in breaks:
            change(build, statement)
        verdicts.append(audit_candidate(built[0], build))
    return verdicts


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (number, words)
        for number, breaks in enumerate(BROKEN_BUILDS)
        for _, words in breaks
    ],
)
def test_a_build_that_breaks_an_expectation_fails_the_audit(
    broken_builds, number, words
):
    (failure,) = failures_with(broken_builds[number], words)

    assert not broken_builds[number].success
    assert "does not hold" in failure


@pytest.mark.parametrize("table", AUDITED)
def test_each_expectation_of_a_build_is_seen_to_fail(broken_builds, table):
    suite = importlib.import_module(f"expectations.{table}").SUITE
    failures = [failure for verdict in broken_builds for failure in verdict.failures]

    never_failed = [
        expectation.description
        for expectation in suite
        if not any(
            f.startswith(f"{table}: {expectation.description}") for f in failures
        )
    ]

    assert never_failed == []


def test_a_build_that_failed_the_audit_cannot_be_published(candidate):
    settings, build = candidate
    change(build, SCORES + "score = null" + L1)
    audit_candidate(settings, build)

    with pytest.raises(LeadscoreError, match="has not passed the audit"):
        publish(settings, build)


def test_a_second_set_of_rows_in_the_history_is_not_published(settings):
    build_marts(settings, DAY, "one")
    with warehouse.connect(settings) as connection:
        connection.execute(f"""
            insert into marts.lead_score_history
            select * replace ('none' as build_id) from marts.lead_score_history
            where as_of_date = '{DAY}';

            update marts.lead_score_summary set lead_count = 2 * lead_count
            where as_of_date = '{DAY}';
        """)
    build = write_candidate(settings, DAY, "one")

    (failure,) = audit_candidate(settings, build).failures

    assert failure.startswith(f"lead_score_history: {TWICE}")
    assert "3 rows break it" in failure
    with pytest.raises(LeadscoreError, match="has not passed the audit"):
        publish(settings, build)


def test_an_expectation_that_cannot_be_computed_blocks_and_is_told_apart(candidate):
    settings, build = candidate
    change(build, "alter table lead_scores drop column segment")

    verdict = audit_candidate(settings, build)

    assert not verdict.success
    (failure,) = failures_with(verdict, "could not be computed")
    assert failure.startswith("lead_scores: A segment is the grade's letter")
    assert 'column "segment" not found' in failure
    assert failures_with(verdict, "does not hold: missing are segment")


def test_a_score_that_is_rounded_down_to_zero_is_sound(candidate):
    settings, build = candidate
    change(
        build,
        """
        update lead_scores set demographic_points = 0.01, total_points = 0.01, score = 0
        where lead_id = 'h3';
        update lead_score_factors set points = 0.01 where lead_id = 'h3';
        update lead_scores_all set total_points = 0.01 where lead_id = 'h3';
        update lead_score_history set total_points = 0.01 where lead_id = 'h3';
        """,
    )

    assert audit_candidate(settings, build).failures == []


@pytest.mark.parametrize(
    ("published_day", "passes"),
    [(date(2026, 11, 19), False), (DAY, False), (date(2026, 11, 21), True)],
)
def test_a_build_that_lost_over_a_fifth_of_the_leads_fails_unless_its_day_is_older(
    settings, published_day, passes
):
    build_marts(settings, published_day, "published")
    published = write_candidate(settings, published_day, "published")
    note_checks(published, checked=1, failed=0)
    publish(settings, published)
    build_marts(settings, DAY, "next")
    build = write_candidate(settings, DAY, "next")
    tables = (
        *("lead_scores", "lead_scores_all", "lead_score_factors", "lead_attributes"),
        *("lead_score_probabilities", "lead_score_events"),
        *("lead_score_probabilities", "lead_assignments"),
    )
    for table in tables:
        change(build, f"delete from {table} where lead_id = 'L2'")

    verdict = audit_candidate(settings, build)

    assert verdict.success is passes
    assert bool(failures_with(verdict, "found 2")) is not passes


def test_a_build_without_its_tables_is_refused_in_plain_words(candidate):
    settings, build = candidate
    change(build, "drop table lead_score_factors")

    with pytest.raises(LeadscoreError, match="lacks lead_score_factors"):
        audit_candidate(settings, build)
