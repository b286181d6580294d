"""Snowplow's own sample, held against the tables that its dbt package makes of it.

The package is no oracle for ours: it models sessions, we count what people did. Where
the definitions agree the rows must; every other row stands below, with the reason.
Rows of our own plant the same oddities under ids that begin alike; what the package
would make of them was written by hand.
"""

import csv
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

import duckdb
import pytest
from excerpts import Data, ours_and_whole
from pipeline_world import world_of

from leadscore import dbt_runner, ingest, runs
from leadscore.settings import DBT_PROJECT, PROJECT

PAGE = PROJECT / "docs" / "snowplow.md"
DAY = date(2021, 3, 15)
EVENTS = "snowplow_web_events.csv"

# Kinds of events that no activity is named for: to compare all events, they get one.
UNNAMED = (
    "page_ping",
    "link_click",
    "object_click",
    "snplow_cookies",
    "cmp_visible",
    "consent_preferences",
    "data_structures_workflow",
    "login",
)

LATE = "Sent more than three days after it happened"
LONG = "More than three days after its session began"
NO_PAGE_VIEW_ID = "Without a page view id"
SAME_PAGE_VIEW_ID = "A second event with the same page view id"
ROTATED = "The visitor id changes within a session"
NO_COOKIE = "Without the first-party cookie"
NO_VIEW = "A session without a page view or ping"
PING_AGAIN = "A ping in a later run of the package"

# The beginning of an event's id -> why we count the page view and the package does not.
PAGE_VIEWS = {
    "941c1388": LATE,
    "6d72f61a": LONG,
    "9b02c625": LONG,
    "b0c248b5": LONG,
    "b0833046": NO_PAGE_VIEW_ID,
    "0464e31b": SAME_PAGE_VIEW_ID,
}
# A session's -> why, with our events and the package's (None: no such session).
SESSIONS = {
    "7edb1641": (LATE, 2, None),
    "2bfc2c76": (LONG, 11, 3),
    "d21c000a": (LONG, 2, 1),
    "e7971181": (NO_PAGE_VIEW_ID, 2, None),
}
# A visitor's -> why, with our page views and the package's (None: no such user).
VISITORS = {
    "9341fb4f": (LATE, 1, None),
    "4f011c92": (LONG, 4, 2),
    "12c98e1f": (LONG, 2, 1),
    "ff747617": (NO_PAGE_VIEW_ID, 1, None),
    "f897c486": (SAME_PAGE_VIEW_ID, 8, 7),
    "0e9ab97b": (ROTATED, 1, 3),
    "1f72f389": (ROTATED, 1, None),
    "2e340eb6": (ROTATED, 1, None),
    "a66d14db": (NO_COOKIE, 1, None),
    "0691aaf0": (PING_AGAIN, 4, 6),
    "b3c88384": (PING_AGAIN, 1, 2),
}


@dataclass
class Event:
    """An event that counts, each id once."""

    event_id: str
    visitor: str
    session: str | None
    kind: str
    at: datetime


@dataclass(frozen=True)
class Counts:
    """How much there is in a sample."""

    events: int
    event_ids: int
    their_sessions: int
    sessions_without_view: int


@pytest.fixture(
    scope="module",
    params=ours_and_whole(
        "snowplow_web", Counts(44, 41, 8, 1), Counts(160, 157, 18, 27)
    ),
)
def data(request) -> Data:
    return request.param


@pytest.fixture(scope="module")
def counts(data) -> Counts:
    return data.known


@pytest.fixture(scope="module")
def warehouse(data, tmp_path_factory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse after the sample was loaded and the activity models were built."""
    root = tmp_path_factory.mktemp("snowplow")
    with world_of(root, maps="snowplow", sources="web") as settings:
        place = settings.extracts / "web" / DAY.isoformat()
        place.mkdir(parents=True)
        shutil.copyfile(data.path / EVENTS, place / "snowplow.csv")
        ingest.load(settings, "web", DAY)
        ingest.accept(settings, "web")
        seeds = DBT_PROJECT / "seeds"
        runs.begin(settings, DAY, seeds)
        mappings = "+int_activity_days,resource_type:seed"
        dbt_runner.run_dbt(settings, seeds, ["seed", "--select", mappings])
        with duckdb.connect(str(settings.warehouse)) as connection:
            for position, kind in enumerate(UNNAMED, start=1000):
                connection.execute(
                    "insert into mappings.activities (position, source, event_type, "
                    "activity, count_once_per, is_engagement) "
                    "values (?, 'web', ?, ?, 'event', false)",
                    [position, kind, kind],
                )
            # The package counts what was opened on a developer's machine, too.
            connection.execute(
                "insert into mappings.site_hosts (position, pattern, kind) "
                "values (0, '*', 'own')"
            )
        models = ["--select", "+int_activity_days", "--exclude", "resource_type:seed"]
        dbt_runner.run_dbt(settings, seeds, ["run", *models])
        with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
            yield connection


@pytest.fixture(scope="module")
def ours(warehouse) -> list[Event]:
    rows = warehouse.execute(
        "select events.event_id, identifier, session_id, event_type, "
        "events.occurred_at from intermediate.int_events as events "
        "inner join staging.stg_web__events using (batch_id, source_row) "
        "where not_counted_reason is null"
    ).fetchall()
    return [Event(*row) for row in rows]


@pytest.fixture(scope="module")
def theirs(data) -> dict[str, list[dict[str, str]]]:
    found = {}
    for table in ("page_views", "sessions", "users"):
        path = data.path / "expected" / f"snowplow_web_{table}_expected.csv"
        with path.open(encoding="utf-8", newline="") as file:
            found[table] = list(csv.DictReader(file))
    return found


def differences(our: Counter, their: Counter, reasons: dict) -> dict:
    """What differs, in the shape of the lists above."""
    found = {
        key[:8]: (our[key] or None, their[key] or None)
        for key in {*our, *their}
        if our[key] != their[key]
    }
    return {
        key: (reasons.get(key, ("Not explained",))[0], *pair)
        for key, pair in found.items()
    }


def test_every_event_is_loaded(warehouse, counts):
    loaded = "select rows_read, rows_loaded, rows_rejected from raw.batches"
    assert warehouse.execute(loaded).fetchall() == [(counts.events, counts.events, 0)]


def test_an_event_id_counts_once_whether_its_times_agree_or_not(
    warehouse, ours, counts
):
    delivered = warehouse.execute(
        "select event_id, list(occurred_at order by occurred_at) "
        "from raw.web_events group by event_id"
    ).fetchall()
    repeated = {event_id: times for event_id, times in delivered if len(times) > 1}
    assert len(repeated) == 3
    assert len(delivered) == len(ours) == counts.event_ids
    counted = {event.event_id: event.at for event in ours}
    assert counted == {event_id: times[0] for event_id, times in delivered}


def test_page_views_are_theirs_and_those_listed(ours, theirs):
    views = {event.event_id: event for event in ours if event.kind == "page_view"}
    expected = {row["event_id"]: row for row in theirs["page_views"]}
    assert expected.keys() <= views.keys()
    more = {event_id[:8] for event_id in views.keys() - expected.keys()}
    assert more == PAGE_VIEWS.keys()
    for event_id, row in expected.items():
        event = views[event_id]
        assert event.at == datetime.fromisoformat(row["derived_tstamp"])
        assert event.session == row["original_domain_sessionid"]
        if row["original_domain_userid"]:
            assert event.visitor == row["original_domain_userid"]


def test_a_session_has_their_events_but_for_those_listed(ours, theirs, counts):
    our = Counter(event.session for event in ours)
    their: Counter = Counter()
    for row in theirs["sessions"]:
        their[row["domain_sessionid"]] += int(row["total_events"])
    assert len(their) == counts.their_sessions
    seen = {event.session for event in ours if event.kind in ("page_view", "page_ping")}
    unseen = our.keys() - seen  # NO_VIEW
    assert len(unseen) == counts.sessions_without_view
    assert not unseen & their.keys()
    for session in unseen:
        del our[session]
    assert differences(our, their, SESSIONS) == SESSIONS


def test_a_visitor_has_their_page_views_but_for_those_listed(ours, theirs):
    our = Counter(event.visitor for event in ours if event.kind == "page_view")
    their = Counter(
        {row["domain_userid"]: int(row["page_views"]) for row in theirs["users"]}
    )
    assert differences(our, their, VISITORS) == VISITORS


def test_a_page_viewed_twice_on_a_day_is_one_activity(warehouse):
    """So a repeated page view id, which the package drops, earns nothing twice."""
    counts = warehouse.execute(
        "select event_count from intermediate.int_activity_days "
        "where identifier like 'f897c486%' and object_id like '%/3661'"
    ).fetchall()
    assert counts == [(1,)]


def test_late_events_and_long_sessions_count_on_the_days_they_happened(warehouse):
    days = warehouse.execute(
        "select left(identifier, 8), "
        "list(distinct activity_date order by activity_date) "
        "from intermediate.int_activity_days "
        "where (identifier like '9341fb4f%' or identifier like '4f011c92%') "
        "and (activity like '%page_viewed' or activity = 'ad_clicked') "
        "group by all"
    ).fetchall()
    found = {visitor: [day.isoformat()[5:] for day in seen] for visitor, seen in days}
    assert found["9341fb4f"] == ["02-26"]
    assert found["4f011c92"] == ["03-01", "03-03", "03-07", "03-09"]


def test_every_reason_stands_in_the_docs():
    text = PAGE.read_text(encoding="utf-8")
    reasons = {LATE, LONG, NO_PAGE_VIEW_ID, SAME_PAGE_VIEW_ID}
    reasons |= {ROTATED, NO_COOKIE, NO_VIEW, PING_AGAIN}
    assert {line.split(" | ")[0] for line in text.splitlines() if " | " in line} >= {
        f"| {reason}" for reason in reasons
    }
