"""Tell the people and systems that act what a publication says to them."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from leadscore.action.channels import Connections, RefusedError, send
from leadscore.action.deliveries import Deliveries
from leadscore.action.files import Recipient, read_rows
from leadscore.action.lock import alone
from leadscore.action.messages import (
    ALERT,
    FAILED,
    OVER_BUDGET,
    REFUSED,
    SENDING,
    SENT,
    Message,
    Writer,
    all_messages,
)
from leadscore.errors import LeadscoreError, NotYetError, counted
from leadscore.publish import current_build
from leadscore.report.write import shown
from leadscore.settings import Settings

OUTBOX = "outbox"


@dataclass(frozen=True)
class Plan:
    """What there is to send to a recipient.

    Attributes:
        recipient: Whom.
        now: What goes out now.
        waiting: What waits until the quiet hours end.
        over_budget: Alerts beyond those of a day; the digest has them.
        done: How many of their messages went out before.
    """

    recipient: Recipient
    now: list[Message]
    waiting: list[Message]
    over_budget: list[Message]
    done: int


def plan(
    settings: Settings,
    at: datetime | None = None,
    deliveries: Deliveries | None = None,
) -> list[Plan]:
    """Return what the current publication has to say to whom, and what of it is new.

    Args:
        settings: The world.
        at: The time, for quiet hours [default: now].
        deliveries: What was sent before, if it was read.

    Raises:
        LeadscoreError: If nothing is published, or recipients.csv has a mistake.
    """
    deliveries = deliveries or Deliveries(settings)
    recipients = read_rows(settings, Recipient)
    clock = (at or datetime.now(UTC)).astimezone(ZoneInfo(settings.time_zone))
    with shown(settings, current_build(settings), with_names=True) as opened:
        writer = Writer(opened, settings.serve_url, deliveries.rows)
        return [
            _plan(recipient, messages, deliveries, clock)
            for recipient, messages in all_messages(writer, recipients)
        ]


def notify(
    settings: Settings, connections: Connections, at: datetime | None = None
) -> list[Plan]:
    """Send what is new; what was sent before is not sent again.

    Each message is noted before it leaves and after it has arrived. What one server
    refuses, or is away for, keeps no other message back.

    Args:
        settings: The world.
        connections: How the connections that recipients.csv names are opened.
        at: The time, for quiet hours [default: now].

    Returns:
        What there was to send.

    Raises:
        NotYetError: If something waits: for a server that is away, or for the end of
            quiet hours. Called again it is sent.
        LeadscoreError: If a server refused something for good.
    """
    with alone(settings):
        deliveries = Deliveries(settings)
        plans = plan(settings, at, deliveries)
        refused, away = [], []
        deliveries.note_all(
            [m for of_one in plans for m in of_one.over_budget], OVER_BUDGET
        )
        for message in (m for of_one in plans for m in of_one.now):
            deliveries.note(message, SENDING)
            try:
                remark = send(message, connections)
            except NotYetError as error:
                deliveries.note(message, FAILED, str(error))
                away.append(str(error))
            except RefusedError as error:
                deliveries.note(message, REFUSED, str(error))
                refused.append(str(error))
            else:
                deliveries.note(message, SENT, remark)
    waiting = sum(len(of_one.waiting) for of_one in plans)
    if waiting:
        away.append(f"{counted(waiting, 'alert')} for the end of quiet hours")
    told = "".join(
        f"{what}:\n{_counted_lines(lines)}\n"
        for what, lines in (("Not sent yet", away), ("Refused", refused))
        if lines
    ).rstrip()
    if away:  # what waits must be tried again, whatever else is refused
        raise NotYetError(told)
    if refused:
        raise LeadscoreError(f"{told}\nMend that, and run this task again.")
    return plans


def counts(plan: Plan) -> str:
    """Return how much there is for a recipient, in a line that names nobody."""
    return (
        f"{plan.recipient.recipient}: {len(plan.now)} to send, {len(plan.waiting)} "
        f"waiting, {len(plan.over_budget)} beyond the alerts of a day, {plan.done} sent"
    )


def told(plan: Plan) -> str:
    """Return in one line what there is for a recipient."""
    recipient = plan.recipient
    to = (recipient.address or recipient.connection).replace("|", ", ")
    parts = {
        "to send": [message.subject for message in plan.now],
        "waiting for the end of quiet hours": [m.subject for m in plan.waiting],
        "beyond the alerts of a day": [m.subject for m in plan.over_budget],
    }
    said = [f"{name}: {'; '.join(of)}" for name, of in parts.items() if of]
    if plan.done:
        said.append(f"sent before: {plan.done}")
    return f"{recipient.recipient} ({to}): {'. '.join(said) or 'nothing'}"


def write_outbox(settings: Settings, plans: list[Plan]) -> Path:
    """Write what would be sent into files that people can look at; return the folder.

    They name people, so only their owner may read them. Those of before are removed.
    """
    outbox = settings.data / OUTBOX
    shutil.rmtree(outbox, ignore_errors=True)
    outbox.mkdir(mode=0o700)
    for message in (m for p in plans for m in (*p.now, *p.waiting)):
        name = f"{message.recipient.recipient}_{message.recipient.channel}"
        if message.kind == ALERT:
            name += f"_{message.alert}_{message.lead_id}"
        for ending, text in (("html", message.html), ("txt", message.text)):
            path = outbox / f"{_file_name(name)}_{message.kind}.{ending}"
            path.write_text(text, encoding="utf-8")
            path.chmod(0o600)
    return outbox


def _plan(
    recipient: Recipient,
    messages: list[Message],
    deliveries: Deliveries,
    clock: datetime,
) -> Plan:
    new = [m for m in messages if m.delivery_id not in deliveries.done]
    alerts = [message for message in new if message.kind == ALERT]
    left = len(alerts)
    if recipient.alerts_a_day is not None:
        day = messages[0].as_of_date if messages else None
        told = sum(
            row["kind"] == ALERT
            and row["status"] == SENT
            and row["as_of_date"] == day
            and row["recipient"] == recipient.recipient
            and row["channel"] == recipient.channel
            for row in deliveries.rows
        )
        left = max(0, int(recipient.alerts_a_day) - told)
    digests = [message for message in new if message.kind != ALERT]
    in_time, over_budget = alerts[:left], alerts[left:]
    is_quiet = _is_quiet(recipient, clock)
    return Plan(
        recipient=recipient,
        now=[*([] if is_quiet else in_time), *digests],
        waiting=in_time if is_quiet else [],
        over_budget=over_budget,
        done=len(messages) - len(new),
    )


def _is_quiet(recipient: Recipient, clock: datetime) -> bool:
    begin, end = recipient.quiet_from, recipient.quiet_until
    if begin is None or end is None:
        return False
    now = f"{clock:%H:%M}"
    return begin <= now < end if begin < end else now >= begin or now < end


def _counted_lines(lines: list[str]) -> str:
    return "\n".join(_lines(Counter(lines)))


def _lines(counts: Counter[str]) -> Iterator[str]:
    for line, times in counts.items():
        yield f"- {line}" + (f" ({times} times)" if times > 1 else "")


def _file_name(text: str) -> str:
    return "".join(sign if sign.isalnum() or sign in "-_." else "_" for sign in text)
