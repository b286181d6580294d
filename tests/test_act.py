"""Who is told what of a publication, and that nobody is told twice."""

from __future__ import annotations

import csv
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from smtplib import SMTPConnectError, SMTPDataError
from typing import Any

import duckdb
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from small_marts import build_marts, small_world

from leadscore import pipeline, warehouse
from leadscore.action import act
from leadscore.action.channels import Connections, Endpoint, MailServer
from leadscore.action.files import Recipient
from leadscore.action.lock import alone
from leadscore.candidate import write_candidate
from leadscore.errors import LeadscoreError, NotYetError
from leadscore.local_airflow import Step, StepFailedError, run_days
from leadscore.publish import DATABASE, note_checks, publish
from leadscore.settings import Settings

DAY = date(2026, 11, 20)
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)

HEADER = list(Recipient.columns())
DESK = {"recipient": "desk", "scope": "queue", "name": "sales_now", "channel": "mail"}
DESK |= {"connection": "post", "address": "desk@company.example", "gets": "both"}
OLGA = DESK | {"recipient": "olga", "scope": "owner", "name": "o1"}
OLGA |= {"address": "olga@company.example"}

# A lead on the call list of the desk, and one on that of sales.
CALLS = """
    update lead_scores set
        queue = 'sales_now', priority = 1, is_mql = true, action = 'Call now',
        stage = 'sales_now', call_rank = 1, owner_id = 'o1',
        due_at = timestamp '2026-11-19 09:00', is_overdue = true,
        top_reasons = 'Asked for a demo'
    where lead_id = 'L1';
    update lead_scores set
        queue = 'sales', priority = 2, is_mql = true, action = 'Call today',
        stage = 'mql', call_rank = 1, owner_id = 'o2', due_at = null
    where lead_id = 'L2';
    update lead_scores set
        queue = null, priority = null, action = null, stage = 'sales_now',
        owner_id = 'o3'
    where lead_id = 'h3';
"""


@dataclass
class Post:
    """A mail server that takes mails, or fails as it is told to.

    Attributes:
        mails: What it has taken.
        failures: What it raises for an address, as long as it stands here.
    """

    mails: list[EmailMessage] = field(default_factory=list)
    failures: dict[str, BaseException] = field(default_factory=dict)

    @property
    def connections(self) -> Connections:
        """The connections of recipients.csv, all of which lead here."""

        @contextmanager
        def mail(name: str) -> Iterator[MailServer]:
            assert name == "post"
            yield MailServer(self, "leadscore@company.example")  # type: ignore[arg-type]

        return Connections(mail, lambda name: Endpoint(""), sleep=lambda seconds: None)

    def send_message(
        self, mail: EmailMessage, to_addrs: list[str]
    ) -> dict[str, tuple[int, bytes]]:
        for address in to_addrs:
            if address in self.failures:
                raise self.failures[address]
        self.mails.append(mail)
        return {}

    @property
    def subjects(self) -> list[str]:
        """Whom which mails went to."""
        return [
            f"{mail['To'].partition('@')[0]}: {mail['Subject']}" for mail in self.mails
        ]


class Taking:
    """What aiosmtpd hands mails over to."""

    def __init__(self) -> None:
        self.mails: list[Envelope] = []

    async def handle_DATA(
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        self.mails.append(envelope)
        return "250 OK"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    own = tmp_path / "own"
    (own / "action").mkdir(parents=True)
    settings = small_world(tmp_path).model_copy(update={"config": own})
    recipients(settings, DESK)
    return settings


@pytest.fixture
def post() -> Post:
    return Post()


def recipients(settings: Settings, *rows: dict[str, str]) -> None:
    """Write recipients.csv."""
    assert settings.config
    path = settings.config / "action" / Recipient.file
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, HEADER)
        writer.writeheader()
        writer.writerows(rows)


def event(lead: str = "L1", day: date = DAY, **other: Any) -> dict[str, Any]:
    """An event as lead_score_events has it."""
    made = {"lead_id": lead, "alert": "hand_raise", "direction": "entered"}
    made |= {"event_date": day, "value": "sales_now", "value_before": "cold"}
    made |= {"message": "Asked for a call", "how": "at_once", "tells_it": True} | other
    key = f"{made['lead_id']}-{made['alert']}-{made['direction']}-{made['event_date']}"
    return {"event_id": key, **made}


def published(
    settings: Settings, *events: dict[str, Any], day: date = DAY, also: str = ""
) -> None:
    """Publish small marts with these events."""
    build_id = f"build{len(list(settings.published.glob('archive/*')))}"
    build_marts(settings, day, build_id)
    candidate = write_candidate(settings, day, build_id)
    names = list(event())
    with duckdb.connect(str(candidate / DATABASE)) as connection:
        connection.execute(CALLS)
        kinds = ", ".join(
            f"{name} {'date' if name == 'event_date' else 'varchar'}"
            for name in names
            if name != "tells_it"
        )
        connection.execute(
            f"create or replace table lead_score_events ({kinds}, tells_it boolean)"
        )
        for row in events:
            connection.execute(
                f"insert into lead_score_events by name "
                f"select {', '.join(f'${name} as {name}' for name in row)}",
                row,
            )
        connection.execute(
            "create or replace table lead_assignments as "
            "select lead_id, owner_id, null::varchar as team, 'the CRM' as why "
            "from lead_scores"
        )
        connection.execute(also)
    note_checks(candidate, checked=1, failed=0)
    publish(settings, candidate)


def sent(settings: Settings) -> list[tuple[Any, ...]]:
    with warehouse.connect(settings) as connection:
        return connection.execute(
            "select recipient, kind, status, attempts from raw.deliveries order by all"
        ).fetchall()


def test_a_dry_run_says_who_would_get_what_and_sends_nothing(settings, post):
    recipients(settings, DESK, OLGA, DESK | {"recipient": "none", "name": "nurture"})
    published(settings, event())
    plans = act.plan(settings, NOON)
    assert [act.told(plan) for plan in plans] == [
        "desk (desk@company.example): to send: Asked for a call: Ann Gold, Acme; "
        "1 call, 1 overdue: queue sales_now",
        "olga (olga@company.example): to send: Asked for a call: Ann Gold, Acme; "
        "1 call, 1 overdue: Olga Own",
        "none (desk@company.example): nothing",
    ]
    outbox = act.write_outbox(settings, plans)
    assert sorted(path.name for path in outbox.iterdir()) == [
        *("desk_mail_digest.html", "desk_mail_digest.txt"),
        *("desk_mail_hand_raise_L1_alert.html", "desk_mail_hand_raise_L1_alert.txt"),
        *("olga_mail_digest.html", "olga_mail_digest.txt"),
        *("olga_mail_hand_raise_L1_alert.html", "olga_mail_hand_raise_L1_alert.txt"),
    ]
    text = (outbox / "desk_mail_digest.txt").read_text()
    for said in (
        "1. Ann Gold",
        "Call now, OVERDUE, 2026-11-19 09:00",
        "Asked for a de",
    ):
        assert said in text
    assert sent(settings) == []
    assert post.mails == []


def test_what_was_sent_is_not_sent_again(settings, post):
    published(settings, event())
    act.notify(settings, post.connections, NOON)
    told = [
        "desk: Asked for a call: Ann Gold, Acme",
        "desk: 1 call, 1 overdue: queue sales_now",
    ]
    assert post.subjects == told
    act.notify(settings, post.connections, NOON)
    published(settings, event(), also="update lead_scores set score = 1")  # corrected
    act.notify(settings, post.connections, NOON)
    assert post.subjects == told
    published(settings, event(), day=DAY + timedelta(days=1))
    act.notify(settings, post.connections, NOON)
    assert post.subjects == [*told, told[1]]


def test_a_system_learns_ids_and_scores_but_nobodys_name(settings):
    published(settings, event())
    [plan] = act.plan(settings, NOON)
    for message in plan.now:
        told = json.dumps(message.payload)
        assert "L1" in told
        assert "2026-11-19T09:00:00Z" in told
        for personal in ("Ann", "Gold", "555", "@"):
            assert personal not in told


def test_a_server_that_is_away_keeps_nobody_else_waiting_and_misses_nothing(
    settings, post
):
    recipients(settings, DESK, OLGA)
    published(settings, event())
    post.failures["desk@company.example"] = SMTPConnectError(421, b"Not now")
    with pytest.raises(NotYetError, match=r"says 421 Not now \(2 times\)"):
        act.notify(settings, post.connections, NOON)
    assert len(post.subjects) == 2
    assert sent(settings) == [
        *(("desk", "alert", "failed", 1), ("desk", "digest", "failed", 1)),
        *(("olga", "alert", "sent", 1), ("olga", "digest", "sent", 1)),
    ]
    # It stays away until the scores of the next day are out.
    published(settings, event(), day=DAY + timedelta(days=1))
    post.failures.clear()
    post.mails.clear()
    act.notify(settings, post.connections, NOON)
    assert post.subjects == [
        "desk: Asked for a call: Ann Gold, Acme",
        "desk: 1 call, 1 overdue: queue sales_now",
        "olga: 1 call, 1 overdue: Olga Own",
    ]


def test_what_a_server_refuses_is_said_and_sent_when_it_is_mended(settings, post):
    recipients(settings, DESK, OLGA)
    published(settings)
    post.failures["desk@company.example"] = SMTPDataError(554, b"No")
    with pytest.raises(LeadscoreError, match="post says 554 No") as error:
        act.notify(settings, post.connections, NOON)
    assert not isinstance(error.value, NotYetError)
    assert post.subjects == ["olga: 1 call, 1 overdue: Olga Own"]
    post.failures.clear()
    act.notify(settings, post.connections, NOON)
    assert post.subjects[1:] == ["desk: 1 call, 1 overdue: queue sales_now"]
    assert ("desk", "digest", "sent", 2) in sent(settings)


def test_a_call_that_was_killed_sends_with_the_same_id(settings, post):
    published(settings)
    post.failures["desk@company.example"] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        act.notify(settings, post.connections, NOON)
    assert sent(settings) == [("desk", "digest", "sending", 1)]
    [[planned]] = [plan.now for plan in act.plan(settings, NOON)]
    post.failures.clear()
    act.notify(settings, post.connections, NOON)
    assert planned.delivery_id in post.mails[0]["Message-ID"]
    assert sent(settings) == [("desk", "digest", "sent", 2)]


def test_alerts_wait_for_the_end_of_quiet_hours(settings, post):
    recipients(settings, DESK | {"quiet_from": "20:00", "quiet_until": "07:30"})
    published(settings, event())
    night = datetime(2026, 11, 21, 3, tzinfo=UTC)
    with pytest.raises(NotYetError, match="1 alert for the end of quiet hours"):
        act.notify(settings, post.connections, night)
    assert post.subjects == ["desk: 1 call, 1 overdue: queue sales_now"]
    berlin = settings.model_copy(update={"time_zone": "Europe/Berlin"})
    act.notify(berlin, post.connections, datetime(2026, 11, 21, 6, 30, tzinfo=UTC))
    assert post.subjects[1:] == ["desk: Asked for a call: Ann Gold, Acme"]


def test_a_budget_lets_the_best_through_and_the_digest_has_all(settings, post):
    recipients(settings, DESK | {"scope": "all", "name": "", "alerts_a_day": "1"})
    published(settings, event("L2"), event("L1"))
    act.notify(settings, post.connections, NOON)
    assert post.subjects == [
        "desk: Asked for a call: Ann Gold, Acme",
        "desk: 2 calls, 1 overdue: all leads",
    ]
    digest = post.mails[1].get_body(("plain",)).get_content()
    assert digest.count("Asked for a call, on 2026-11-20") == 2
    assert [row for row in sent(settings) if row[2] == "over_budget"] == [
        ("desk", "alert", "over_budget", 0)
    ]
    act.notify(settings, post.connections, NOON)
    assert len(post.mails) == 2
    # The next day has a budget of its own, but these had their chance.
    published(settings, event("L2"), event("L1"), day=DAY + timedelta(days=1))
    act.notify(settings, post.connections, NOON)
    assert len(post.mails) == 3


@pytest.mark.parametrize(
    "late",
    [
        pytest.param([event(day=DAY - timedelta(days=3))], id="long ago"),
        pytest.param([event(tells_it=False)], id="not told"),
        pytest.param([event(how="digest")], id="for the digest"),
        pytest.param(
            [
                event(day=DAY - timedelta(days=1)),
                event(direction="left", tells_it=False),
            ],
            id="has left again",
        ),
        pytest.param([event("L2")], id="of another queue"),
        pytest.param([event("h3")], id="held back"),
    ],
)
def test_no_alert_for_what_is_no_news(settings, late):
    published(settings, *late)
    recipients(settings, DESK, OLGA | {"name": "o3"})
    desk, olga = act.plan(settings, NOON)
    assert [message.kind for message in desk.now] == ["digest"]
    assert {message.kind for message in olga.now} <= {"digest"}


def test_a_correction_that_moves_an_event_tells_it_once(settings, post):
    published(settings, event())
    act.notify(settings, post.connections, NOON)
    published(settings, event(day=DAY - timedelta(days=1)))
    [plan] = act.plan(settings, NOON)
    assert plan.now == []


def test_a_lead_that_is_merged_is_told_of_once(settings, post):
    published(settings, event("L1"))
    act.notify(settings, post.connections, NOON)
    merged = (
        "insert into lead_identities by name select 'L2' as lead_id, "
        "'crm' as identifier_type, 'L1' as identifier;"
        "update lead_scores set queue = 'sales_now' where lead_id = 'L2';"
        "delete from lead_scores where lead_id = 'L1';"
    )
    published(settings, event("L2"), also=merged)
    [plan] = act.plan(settings, NOON)
    assert plan.now == []


def test_a_digest_begins_where_the_last_one_ended(settings, post):
    published(settings, day=DAY)
    act.notify(settings, post.connections, NOON)
    days = [DAY - timedelta(days=1), DAY + timedelta(days=1), DAY + timedelta(days=3)]
    changes = [event(day=day, how="digest", alert=f"a{day.day}") for day in days]
    published(settings, *changes, day=DAY + timedelta(days=3))
    act.notify(settings, post.connections, NOON)
    text = post.mails[-1].get_body(("plain",)).get_content()
    assert "What changed since 2026-11-20" in text
    assert "on 2026-11-19" not in text
    assert "on 2026-11-21" in text
    assert "on 2026-11-23" in text


def test_hostile_texts_are_text(settings, post):
    hostile = "<script>x</script>\r\nBcc: all@company.example"
    published(settings, event(message=hostile))
    act.notify(settings, post.connections, NOON)
    mail = post.mails[0]
    assert "Bcc" not in mail
    assert mail["Subject"].startswith("<script>x</script> Bcc: all@company.example:")
    html = mail.get_body(("html",)).get_content()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_two_do_not_send_at_once(settings, post):
    published(settings)
    with alone(settings), pytest.raises(NotYetError, match="Another process sends"):
        act.notify(settings, post.connections, NOON)
    assert post.mails == []


def test_a_mistake_in_recipients_sends_nothing(settings, post):
    published(settings)
    recipients(settings, DESK, OLGA | {"scope": "everybody"})
    with pytest.raises(LeadscoreError, match=r"recipients\.csv line 3 \(scope\)"):
        act.notify(settings, post.connections, NOON)
    assert post.mails == []


def test_nothing_is_sent_where_nobody_wants_it(settings, post, monkeypatch):
    for name, value in settings.as_environment().items():
        monkeypatch.setenv(name, value)
    published(settings)
    pipeline.notify(post.connections, DAY.isoformat())
    assert post.mails == []
    monkeypatch.setenv("LEADSCORE_SEND", "true")
    pipeline.notify(post.connections, DAY.isoformat())
    assert len(post.mails) == 1


def test_the_dag_sends_by_the_connections_of_airflow(settings, monkeypatch):
    post = Taking()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Controller(post, hostname="127.0.0.1", port=port)
    extra = {"from_email": "leadscore@company.example"}
    extra |= {"disable_ssl": True, "disable_tls": True}
    connection = {"conn_type": "smtp", "host": "127.0.0.1", "port": port}
    monkeypatch.setenv("AIRFLOW_CONN_POST", json.dumps(connection | {"extra": extra}))
    published(settings)
    steps: list[Step] = []
    wanted = settings.model_copy(update={"send": True})
    server.start()
    try:
        run_days(wanted, [DAY], steps.append, ["act_on_scores"])
    finally:
        server.stop()
    [mail] = post.mails
    assert mail.mail_from == "leadscore@company.example"
    assert mail.rcpt_tos == ["desk@company.example"]
    assert {(s.dag_id, s.task_id) for s in steps} == {("act_on_scores", "notify")}
    monkeypatch.delenv("AIRFLOW_CONN_POST")
    published(settings, day=DAY + timedelta(days=1))
    with pytest.raises(StepFailedError, match="no connection post, which action/recip"):
        run_days(wanted, [DAY + timedelta(days=1)], steps.append, ["act_on_scores"])


def test_what_is_refused_does_not_end_the_waiting_of_others(settings, post):
    recipients(settings, DESK, OLGA | {"quiet_from": "00:00", "quiet_until": "23:59"})
    published(settings, event())
    post.failures["desk@company.example"] = SMTPDataError(554, b"No")
    with pytest.raises(NotYetError, match=r"(?s)1 alert for the end.*Refused.*554 No"):
        act.notify(settings, post.connections, NOON)
    assert post.subjects == ["olga: 1 call, 1 overdue: Olga Own"]


def test_a_digest_that_never_arrived_is_made_up_for(settings, post):
    published(settings, event(how="digest"), day=DAY)
    post.failures["desk@company.example"] = SMTPConnectError(421, b"Not now")
    with pytest.raises(NotYetError):
        act.notify(settings, post.connections, NOON)
    post.failures.clear()
    published(settings, event(how="digest"), day=DAY + timedelta(days=1))
    act.notify(settings, post.connections, NOON)
    text = post.mails[-1].get_body(("plain",)).get_content()
    assert "Asked for a call, on 2026-11-20" in text
