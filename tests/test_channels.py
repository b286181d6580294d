"""Messages go out to real servers on this machine, which are at times unwell."""

from __future__ import annotations

import json
import smtplib
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from email import message_from_bytes
from email.policy import default
from threading import Event

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from pytest_httpserver import HTTPServer
from standardwebhooks import Webhook, WebhookVerificationError
from werkzeug import Request, Response

from leadscore.action import channels
from leadscore.action.channels import (
    Connections,
    Endpoint,
    MailServer,
    RefusedError,
    send,
)
from leadscore.action.files import Recipient
from leadscore.action.messages import Message
from leadscore.errors import NotYetError

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class Mailbox:
    """Takes mails, or answers as it is told to."""

    def __init__(self) -> None:
        self.mails: list[Envelope] = []
        self.answers: list[str] = []
        self.refused: dict[str, str] = {}

    async def handle_RCPT(
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer.startswith("250"):
            self.mails.append(envelope)
        return answer


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    """A mail server, and its port."""
    box = Mailbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, port
    controller.stop()


def message(channel: str, address: str | None = None) -> Message:
    to = {"recipient": "sales", "scope": "all", "gets": "both", "address": address}
    return Message(
        delivery_id="0123456789abcdef",
        kind="alert",
        recipient=Recipient(line=2, channel=channel, connection="there", **to),
        as_of_date=date(2026, 6, 30),
        build_id="b",
        subject="Asked for a call: Jörg <b>Ünal</b>",
        text="Jörg called.\n",
        html="<p>Jörg &lt;b&gt; called.</p>",
        slack={"text": "Jörg", "blocks": []},
        payload={"type": "lead_scores.alert", "day": date(2026, 6, 30)},
    )


def connections(
    port: int = 1, url: str = "", secret: str = SECRET
) -> tuple[Connections, list[float]]:
    """Connections to servers on this machine, and for how long was waited."""
    waits: list[float] = []

    @contextmanager
    def mail(name: str) -> Iterator[MailServer]:
        assert name == "there"
        with smtplib.SMTP("127.0.0.1", port, timeout=5) as client:
            yield MailServer(client, "leadscore@company.example")

    def web(name: str) -> Endpoint:
        return Endpoint(url, secret, {"X-Team": "sales"})

    return Connections(mail=mail, web=web, sleep=waits.append), waits


def test_a_mail_has_text_and_html_and_the_same_id_each_time(mailbox):
    box, port = mailbox
    to, waits = connections(port)
    mail = message("mail", "ann@company.example|bob@company.example")
    assert send(mail, to) is None
    assert send(mail, to) is None
    first, second = (
        message_from_bytes(envelope.content, policy=default) for envelope in box.mails
    )
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Message-ID"].startswith("<0123456789abcdef@")
    assert first["Subject"] == mail.subject
    assert first["To"] == "ann@company.example, bob@company.example"
    assert first["Auto-Submitted"] == "auto-generated"
    text = first.get_body(("plain",)).get_content()
    assert text.splitlines() == mail.text.splitlines()
    assert first.get_body(("html",)).get_content().strip() == mail.html
    assert box.mails[0].rcpt_tos == ["ann@company.example", "bob@company.example"]
    assert waits == []


def test_a_mail_server_that_is_busy_is_asked_again(mailbox):
    box, port = mailbox
    box.answers = ["451 Try later", "421 Too many"]
    to, waits = connections(port)
    send(message("mail", "ann@company.example"), to)
    assert len(box.mails) == 1
    assert waits == [2, 4]


def test_a_mail_server_that_stays_busy_is_left_for_later(mailbox):
    box, port = mailbox
    box.answers = ["451 Try later"] * 3
    with pytest.raises(NotYetError, match="451 Try later"):
        send(message("mail", "ann@company.example"), connections(port)[0])
    assert box.mails == []


def test_a_mail_that_is_refused_is_not_tried_again(mailbox):
    box, port = mailbox
    box.answers = ["554 We want none of this"]
    to, waits = connections(port)
    with pytest.raises(RefusedError, match="there says 554 We want none of this"):
        send(message("mail", "ann@company.example"), to)
    assert waits == []


def test_one_address_of_two_may_be_refused(mailbox):
    box, port = mailbox
    box.refused = {"bob@company.example": "550 No such user"}
    two = message("mail", "ann@company.example|bob@company.example")
    assert send(two, connections(port)[0]) == (
        "refused for bob@company.example (550 No such user)"
    )
    with pytest.raises(RefusedError, match=r"bob@company.example \(550 No such user"):
        send(message("mail", "bob@company.example"), connections(port)[0])
    box.refused = {"bob@company.example": "450 Mailbox busy"}
    with pytest.raises(NotYetError, match="450 Mailbox busy"):
        send(message("mail", "bob@company.example"), connections(port)[0])


def test_a_mail_server_that_is_not_there_is_away():
    to, waits = connections(port=1)
    with pytest.raises(NotYetError, match="is away"):
        send(message("mail", "ann@company.example"), to)
    assert len(waits) == channels.ATTEMPTS - 1


def test_a_webhook_can_check_who_sent_it(httpserver: HTTPServer):
    httpserver.expect_request("/hook", method="POST").respond_with_data("ok")
    sent = message("webhook")
    to, _ = connections(url=httpserver.url_for("/hook"))
    send(sent, to)
    send(sent, to)
    (first, _), (second, _) = httpserver.log
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.headers["Idempotency-Key"] == sent.delivery_id
    assert first.headers["X-Team"] == "sales"
    told = Webhook(SECRET).verify(first.get_data(), dict(first.headers))
    assert told == {"type": "lead_scores.alert", "day": "2026-06-30"}
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(first.get_data() + b" ", dict(first.headers))


def test_a_webhook_without_a_secret_gets_nothing(httpserver: HTTPServer):
    to, _ = connections(url=httpserver.url_for("/hook"), secret="")
    with pytest.raises(RefusedError, match="has no password"):
        send(message("webhook"), to)
    to, _ = connections(url=httpserver.url_for("/hook"), secret="no key!")
    with pytest.raises(RefusedError, match="password of the connection there"):
        send(message("webhook"), to)
    assert httpserver.log == []


def test_a_room_gets_what_slack_reads(httpserver: HTTPServer):
    httpserver.expect_request("/services/T/B/x").respond_with_data("ok")
    send(message("slack"), connections(url=httpserver.url_for("/services/T/B/x"))[0])
    ((request, _),) = httpserver.log
    assert json.loads(request.get_data()) == {"text": "Jörg", "blocks": []}
    assert "webhook-signature" not in request.headers


def test_a_server_says_how_long_to_wait(httpserver: HTTPServer):
    answers = [
        Response("slow down", 429, {"Retry-After": "7"}),
        Response("oh", 503, {"Retry-After": "86400"}),
        Response("ok", 200),
    ]
    httpserver.expect_request("/hook").respond_with_handler(
        lambda request: answers.pop(0)
    )
    to, waits = connections(url=httpserver.url_for("/hook"))
    send(message("webhook"), to)
    assert waits == [7, channels.LONGEST_WAIT]


@pytest.mark.parametrize("status", [400, 401, 404, 410, 302])
def test_what_waiting_does_not_mend_is_refused(httpserver: HTTPServer, status: int):
    httpserver.expect_request("/hook").respond_with_data("no", status=status)
    to, waits = connections(url=httpserver.url_for("/hook"))
    with pytest.raises(RefusedError, match=f"connection there says {status} no"):
        send(message("webhook"), to)
    assert waits == []


def test_a_server_that_does_not_answer_is_away(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(channels, "TIMEOUT", 0.1)
    over = Event()

    def slow(request: Request) -> Response:
        over.wait(5)
        return Response("ok")

    httpserver.expect_request("/hook").respond_with_handler(slow)
    url = httpserver.url_for("/hook?key=secret")
    try:
        with pytest.raises(NotYetError, match=r"is away \(ReadTimeout") as error:
            send(message("webhook"), connections(url=url)[0])
    finally:
        over.set()
    assert "secret" not in str(error.value)
