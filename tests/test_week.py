"""A week of the sample, day by day: what is done with it does not depend on the order.

It takes minutes, so it has a command of its own: `pytest -m week`.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pipeline_world import DAY, ingest, publish, published, score, score_again, world_of

from leadscore.action import act
from leadscore.action.channels import Connections, Endpoint, MailServer
from leadscore.action.push.push import push
from leadscore.settings import Settings
from sample import write_sample

pytestmark = pytest.mark.week

WEEK = [DAY - timedelta(days=n) for n in range(6, -1, -1)]
FIRST_DELIVERY = DAY - timedelta(days=2)  # of the sample, it has the days before it
RECIPIENTS = """\
recipient,scope,name,channel,connection,address,gets,quiet_from,quiet_until,alerts_a_day
all,all,,mail,post,all@company.example,both,,,3
desk,queue,sales_now,mail,post,desk@company.example,both,,,
one,owner,U05,mail,post,one@company.example,digest,,,
emea,team,emea,mail,post,emea@company.example,digest,,,
"""


@dataclass
class Told:
    """What a world had done at the end of the week.

    Attributes:
        events: The events of the week that are published.
        assignments: Who was to be called by whom.
        records: What the CRM holds of each record.
        mails: What was sent, day by day: to whom, the subject and the text.
        told: The events that digests and alerts told.
        calls: The calls of the last digests, by recipient.
    """

    events: list[tuple] = field(default_factory=list)
    assignments: list[tuple] = field(default_factory=list)
    records: dict[str, dict[str, str]] = field(default_factory=dict)
    mails: list[tuple[str, str, str]] = field(default_factory=list)
    told: set[str] = field(default_factory=set)
    calls: dict[str, Any] = field(default_factory=dict)


@dataclass
class Post:
    """A mail server of which tests know what it has taken."""

    told: Told

    @property
    def connections(self) -> Connections:
        """Connections that all lead here."""

        @contextmanager
        def mail(name: str) -> Iterator[MailServer]:
            yield MailServer(self, "leadscore@company.example")  # type: ignore[arg-type]

        return Connections(mail, lambda name: Endpoint(""))

    def send_message(self, mail: Any, to_addrs: list[str]) -> dict[str, Any]:
        text = mail.get_body(("plain",)).get_content()
        self.told.mails.append((to_addrs[0], mail["Subject"], text))
        return {}


def done(settings: Settings, told: Told, day: date) -> None:
    """Publish a day that is scored, and act on what is published then."""
    publish(settings, day)
    plans = act.notify(settings, Post(told).connections, datetime.now(UTC))
    for plan in plans:
        for message in plan.now:
            events = message.payload.get("events", [message.payload.get("event")])
            told.told |= {event["event_id"] for event in events}
            if message.kind == "digest":
                told.calls[plan.recipient.recipient] = message.payload["calls"]
    pushed = push(settings, "csv", send=True)
    if pushed.file:
        with pushed.file.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                told.records[row["record_id"]] = row


def scored(settings: Settings, day: date) -> None:
    """Score a day with what is delivered by then."""
    if day > FIRST_DELIVERY:
        ingest(settings, day)
    score_again(settings, day)


def in_order(settings: Settings, told: Told) -> None:
    for day in WEEK:
        scored(settings, day)
        done(settings, told, day)


def twice(settings: Settings, told: Told) -> None:
    for day in WEEK:
        for _ in range(2):
            scored(settings, day)
            done(settings, told, day)
            done(settings, told, day)


def backfilled(settings: Settings, told: Told) -> None:
    """The days that were missed are scored in the pass of the last."""
    scored(settings, DAY)
    done(settings, told, DAY)


def newest_first(settings: Settings, told: Told) -> None:
    """And then each of the others, which are archived alone."""
    backfilled(settings, told)
    for day in WEEK[:-1]:
        score_again(settings, day)
        done(settings, told, day)


ORDERS: tuple[Callable[[Settings, Told], None], ...] = (
    *(in_order, twice, backfilled, newest_first),
)


@pytest.fixture(scope="module")
def weeks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Told]:
    """What worlds did that begin alike and had the days of the week in other orders."""
    folder = tmp_path_factory.mktemp("week")
    base, own = folder / "base", folder / "own"
    (own / "action").mkdir(parents=True)
    (own / "action" / "recipients.csv").write_text(RECIPIENTS, encoding="utf-8")
    write_sample(base, leads=300, until=DAY)
    with world_of(base, config=own) as settings:
        first = WEEK[0] - timedelta(days=1)
        ingest(settings, FIRST_DELIVERY)
        score(settings, first)
        done(settings, before := Told(), first)
    weeks = {}
    for order in ORDERS:
        data = folder / order.__name__
        shutil.copytree(base, data, symlinks=True)
        told = Told(records=dict(before.records))
        with world_of(data, config=own) as settings:
            order(settings, told)
            told.events = published(
                settings,
                "select * from lead_score_events "
                f"where event_date >= '{WEEK[0]}' order by event_id",
            )
            told.assignments = published(
                settings, "select * from lead_assignments order by lead_id"
            )
        weeks[order.__name__] = told
    return weeks


@pytest.mark.parametrize("order", ["twice", "backfilled", "newest_first"])
def test_events_assignments_and_the_crm_are_those_of_days_in_order(weeks, order):
    wanted, found = weeks["in_order"], weeks[order]
    assert len({event[5] for event in wanted.events}) > 3
    assert found.events == wanted.events
    assert len(wanted.assignments) > 3
    assert found.assignments == wanted.assignments
    assert len(wanted.records) > 200
    assert found.records == wanted.records
    assert found.calls == wanted.calls


def test_who_runs_each_day_twice_sends_nothing_twice(weeks):
    assert weeks["twice"].mails == weeks["in_order"].mails
    assert len({*weeks["twice"].mails}) == len(weeks["twice"].mails)


@pytest.mark.parametrize("order", ["backfilled", "newest_first"])
def test_who_missed_the_week_is_told_what_still_holds(weeks, order):
    wanted, found = weeks["in_order"], weeks[order]
    crossed: dict[tuple, tuple] = {}
    for event in sorted(wanted.events, key=lambda event: event[5]):
        crossed[event[1], event[3]] = event
    last = {event[0] for event in crossed.values()}
    assert found.told == wanted.told & last
    assert found.told
