"""The ways by which messages go: mail, rooms that read what Slack does, webhooks."""

from __future__ import annotations

import json
import smtplib
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import httpx
from standardwebhooks import Webhook
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_exponential,
)

from leadscore.action.messages import Message
from leadscore.errors import LeadscoreError, NotYetError

# A server that does not answer in so many seconds is taken for one that is away.
TIMEOUT = 20
ATTEMPTS = 3
LONGEST_WAIT = 60

# What a server says that will say otherwise later.
BUSY = (408, 425, 429)


@dataclass(frozen=True)
class Endpoint:
    """Where a webhook is.

    Attributes:
        url: Its address; of a Slack-compatible room with its secret path.
        secret: With which messages are signed (whsec_... or base64), if with any.
        headers: Sent with each message.
    """

    url: str
    secret: str = ""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class MailServer:
    """A mail server that is connected, and from whom mails come."""

    client: smtplib.SMTP
    from_address: str


@dataclass(frozen=True)
class Connections:
    """How a connection that recipients.csv names is opened: Airflow's, in the DAG.

    Attributes:
        mail: Opens a mail server by the connection's name.
        web: Returns the endpoint of a webhook or room.
        sleep: Waits so many seconds between two attempts.
    """

    mail: Callable[[str], AbstractContextManager[MailServer]]
    web: Callable[[str], Endpoint]
    sleep: Callable[[float], None] = time.sleep


class RefusedError(LeadscoreError):
    """A server has refused a message for good: somebody must mend something."""


def send(message: Message, connections: Connections) -> str | None:
    """Send a message.

    Returns:
        What is worth a note although it was sent.

    Raises:
        NotYetError: If the server is away or busy, also after several attempts.
        RefusedError: If it refuses the message, or us.
    """
    by_channel = {"mail": _mail, "slack": _slack, "webhook": _webhook}
    retrying = Retrying(
        stop=stop_after_attempt(ATTEMPTS),
        wait=_wait,
        retry=retry_if_exception_type(NotYetError),
        sleep=connections.sleep,
        reraise=True,
    )
    return retrying(by_channel[message.recipient.channel], message, connections)


def _wait(state: RetryCallState) -> float:
    """Wait as long as the server asked for, or else longer each time."""
    error = state.outcome.exception() if state.outcome else None
    asked = getattr(error, "retry_after", None)
    longer = wait_exponential(multiplier=2, max=LONGEST_WAIT)(state)
    return min(LONGEST_WAIT, asked if asked is not None else longer)


class _BusyError(NotYetError):
    """The server is away or busy; `retry_after` is for how many seconds, if known."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


def _mail(message: Message, connections: Connections) -> str | None:
    recipient = message.recipient
    addresses = (recipient.address or "").split("|")
    where = f"The mail server of the connection {recipient.connection}"
    try:
        with connections.mail(recipient.connection) as server:
            mail = _as_mail(message, server.from_address, addresses)
            refused = server.client.send_message(mail, to_addrs=addresses)
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        told = f"{where} refuses every recipient: {_told(error.recipients)}"
        raise (_BusyError if min(codes) < 500 else RefusedError)(told) from error
    except smtplib.SMTPResponseException as error:
        text = error.smtp_error
        said = text.decode(errors="replace") if isinstance(text, bytes) else text
        told = f"{where} says {error.smtp_code} {said}"
        kind = _BusyError if error.smtp_code < 500 else RefusedError
        raise kind(told) from error
    except (smtplib.SMTPException, OSError) as error:
        raise _BusyError(f"{where} is away: {error}") from error
    return f"refused for {_told(refused)}" if refused else None


def _told(refused: dict[str, tuple[int, bytes]]) -> str:
    return "; ".join(
        f"{address} ({code} {text.decode(errors='replace')})"
        for address, (code, text) in refused.items()
    )


def _as_mail(message: Message, sender: str, addresses: list[str]) -> EmailMessage:
    """Return a message as text and HTML; a mail reader shows one of the two."""
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"] = sender, ", ".join(addresses)
    mail["Subject"] = message.subject
    mail["Date"] = datetime.now(UTC)
    # The same whenever it is sent: a reader that has it shows it once.
    mail["Message-ID"] = f"<{message.delivery_id}@leadscore.invalid>"
    mail["Auto-Submitted"] = "auto-generated"  # nobody's holiday answers it
    mail.set_content(message.text)
    mail.add_alternative(message.html, subtype="html")
    return mail


def _slack(message: Message, connections: Connections) -> None:
    endpoint = connections.web(message.recipient.connection)
    _post(message, endpoint, json.dumps(message.slack), {})


def _webhook(message: Message, connections: Connections) -> None:
    """Post to a webhook, signed as the specification Standard Webhooks says."""
    name = message.recipient.connection
    endpoint = connections.web(name)
    if not endpoint.secret:
        raise RefusedError(
            f"The connection {name} has no password, with which messages are signed: "
            f"set it to what the receiver checks them with (whsec_...)."
        )
    body, now = json.dumps(message.payload, default=str), datetime.now(UTC)
    try:
        signed = Webhook(endpoint.secret).sign(message.delivery_id, now, body)
    except ValueError as error:
        raise RefusedError(
            f"The password of the connection {name}, with which messages are signed, "
            f"is no key: it is base64, as in whsec_..., from 24 to 64 bytes."
        ) from error
    _post(
        message,
        endpoint,
        body,
        {
            "webhook-id": message.delivery_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": signed,
            "Idempotency-Key": message.delivery_id,
        },
    )


def _post(
    message: Message, endpoint: Endpoint, body: str, headers: dict[str, str]
) -> None:
    # The address may hold a secret, so messages name the connection.
    where = f"The address of the connection {message.recipient.connection}"
    sent: dict[str, Any] = {"Content-Type": "application/json", **endpoint.headers}
    try:
        answer = httpx.post(
            endpoint.url, content=body, headers=sent | headers, timeout=TIMEOUT
        )
    except httpx.TransportError as error:
        told = f"{where} is away ({type(error).__name__})."
        raise _BusyError(told) from error
    except httpx.InvalidURL as error:
        raise RefusedError(f"{where} is none: {error}.") from error
    if answer.is_success:
        return
    told = f"{where} says {answer.status_code} {answer.text[:200].strip()}"
    if answer.status_code in BUSY or answer.is_server_error:
        after = answer.headers.get("Retry-After", "")
        raise _BusyError(told, float(after) if after.isdigit() else None)
    raise RefusedError(told)
