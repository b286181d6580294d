"""Which messages a publication has for whom: digests once a day, alerts one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from html import escape
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined

from leadscore.action.files import MOST_DAYS, Recipient
from leadscore.calls import CALL_LIST
from leadscore.dbt_runner import hash_of
from leadscore.errors import counted
from leadscore.report.page import Shown

DIGEST, ALERT = "digest", "alert"

LEFT = "left"  # the direction of a crossing

# What became of a message; those of FINAL are not tried again.
SENDING, SENT, FAILED, REFUSED = "sending", "sent", "failed", "refused"
OVER_BUDGET = "over_budget"
FINAL = (SENT, OVER_BUDGET)

# An alert is for what happened in so many days, the published one included: those that
# the mail server missed, but not what a late file changes in last month.
TOLD_FOR_DAYS = 3

# The digest of a recipient who got none for long begins so many days back.
LONGEST_GAP_DAYS = 7

# A message is for people to act on: the others stand in the report.
CALLS_SHOWN = 50
CALLS_IN_ROOM = 10

# Every lead with what a message says of it, and the place of those on the call list.
LEADS = f"""
    with calls as (select lead_id, line from ({CALL_LIST}))
    select
        lead_scores.*, lead_contacts.* exclude (lead_id), calls.line,
        concat_ws(' ', first_name, last_name) as name,
        coalesce(accounts.name, lead_contacts.company_name) as company,
        coalesce(lead_assignments.owner_id, lead_scores.owner_id) as told_owner,
        coalesce(owners.name, told_owner) as owner,
        lead_assignments.team,
        timezone($1, timezone('UTC', lead_scores.due_at)) as due
    from lead_scores
    inner join lead_contacts on lead_scores.lead_id = lead_contacts.lead_id
    left join calls on lead_scores.lead_id = calls.lead_id
    left join accounts on lead_scores.account_id = accounts.account_id
    left join lead_assignments on lead_scores.lead_id = lead_assignments.lead_id
    left join owners
        on coalesce(lead_assignments.owner_id, lead_scores.owner_id) = owners.owner_id
    where
        calls.line is not null
        or lead_scores.lead_id in (
            select lead_id from lead_score_events where tells_it and event_date >= $2
        )
    order by calls.line nulls last, lead_scores.total_points desc, lead_scores.lead_id
"""

# What is told; a lead that has crossed back since is no news.
EVENTS = """
    select *
    from lead_score_events
    where event_date >= $1
    qualify
        tells_it
        and row_number() over (
            partition by lead_id, alert order by event_date desc, event_id
        ) = 1
    order by event_date, event_id
"""

# Ids that leads had: of a record that was merged into theirs, or of their address
# before the CRM had a record of them.
FORMER_IDS = """
    with ids as (
        select
            lead_id,
            if(identifier_type = 'email', 'e_' || substr(identifier, 3), identifier)
                as former_id
        from lead_identities
        where identifier_type in ('crm', 'email') and until is null
    )
    select * from ids where former_id != lead_id and list_contains(?, former_id)
"""

Row = dict[str, Any]


@dataclass(frozen=True)
class Message:
    """Something to be sent to one recipient.

    Attributes:
        delivery_id: Names it, whenever and however often it is made.
        kind: digest or alert.
        recipient: To whom, and by which way.
        as_of_date: The day of the scores.
        build_id: The build they stand in.
        subject: The subject of a mail, and the first line elsewhere.
        text: The message for who reads no HTML.
        html: The same for those who do.
        slack: The same for a room that reads Slack's messages.
        payload: What a webhook gets: ids and scores, nobody's name.
        lead_id: The lead, of an alert.
        alert: Which one of alerts.csv.
        direction: entered or left.
        event_id: The event that it tells.
        event_date: On which day that was.
    """

    delivery_id: str
    kind: str
    recipient: Recipient
    as_of_date: date
    build_id: str
    subject: str
    text: str
    html: str
    slack: dict[str, Any]
    payload: dict[str, Any]
    lead_id: str | None = None
    alert: str | None = None
    direction: str | None = None
    event_id: str | None = None
    event_date: date | None = None


class Writer:
    """Writes the messages of one publication."""

    def __init__(self, shown: Shown, serve_url: str, sent: Sequence[Row] = ()) -> None:
        """Read whom there is something to say of.

        Args:
            shown: The publication, with names.
            serve_url: Where `leadscore serve` is reached, for links; or nothing.
            sent: The rows of raw.deliveries.
        """
        self._shown = shown
        self._serve_url = serve_url.rstrip("/")
        self._sent = sent
        self._day = date.fromisoformat(shown.as_of)
        self._build_id = str(shown.publication["build_id"])
        first = self._day - timedelta(days=LONGEST_GAP_DAYS - 1)
        rows = shown.rows(LEADS, [shown.time_zone, first])
        self._leads = {row["lead_id"]: self._linked(row) for row in rows}
        self._events = [
            event
            for event in shown.rows(EVENTS, [first])
            if event["lead_id"] in self._leads
        ]
        self._event_ids = set(shown.column("select event_id from lead_score_events"))
        self._ids_before = self._superseded()

    def digest(self, recipient: Recipient) -> Message | None:
        """Return the digest of a recipient; None if there is nothing to say."""
        if recipient.gets == "alerts":
            return None
        calls = [
            lead
            for lead in self._leads.values()
            if lead["line"] is not None and _is_theirs(recipient, lead)
        ]
        since = self._digest_before(recipient)
        events = [
            {**event, "lead": self._leads[event["lead_id"]]}
            for event in self._events
            if event["event_date"] > since
            and _is_theirs(recipient, self._leads[event["lead_id"]])
        ]
        if not calls and not events:
            return None
        overdue = sum(bool(lead["is_overdue"]) for lead in calls)
        due = f", {overdue} overdue" if overdue else ""
        some = calls[0] if calls else events[0]["lead"]
        subject = f"{counted(len(calls), 'call')}{due}: {_whose(recipient, some)}"
        context = {
            "subject": subject,
            "recipient": recipient,
            "as_of": self._day,
            "shown": self._shown,
            "calls": calls[:CALLS_SHOWN],
            "calls_left_out": len(calls) - CALLS_SHOWN,
            "events": events[:CALLS_SHOWN],
            "events_left_out": len(events) - CALLS_SHOWN,
            "since": since,
            "report": self._serve_url and f"{self._serve_url}/",
        }
        return self._message(
            DIGEST,
            recipient,
            context,
            template="digest",
            slack=_room(subject, [_call_line(lead) for lead in calls], self._serve_url),
            payload={
                "calls": [_facts(lead) for lead in calls[:CALLS_SHOWN]],
                "calls_in_all": len(calls),
                "events": [_event_facts(event) for event in events],
            },
        )

    def alerts(self, recipient: Recipient) -> list[Message]:
        """Return the alerts of a recipient, the most urgent first."""
        if recipient.gets == "digest":
            return []
        first = self._day - timedelta(days=TOLD_FOR_DAYS - 1)
        found = [
            (self._leads[event["lead_id"]], event)
            for event in self._events
            if event["how"] == "at_once"
            and event["event_date"] >= first
            and _is_theirs(recipient, self._leads[event["lead_id"]])
            and (event["direction"] == LEFT or self._is_to_be_called(event))
            and not self._was_told(recipient, event)
        ]
        found.sort(
            key=lambda item: (
                item[0]["priority"] or 999,
                -item[0]["total_points"],
                item[0]["lead_id"],
            )
        )
        return [self._alert(recipient, lead, event) for lead, event in found]

    def _alert(self, recipient: Recipient, lead: Row, event: Row) -> Message:
        subject = f"{event['message']}: {lead['name'] or lead['lead_id']}"
        if lead["company"]:
            subject += f", {lead['company']}"
        context = {
            "subject": subject,
            "recipient": recipient,
            "as_of": self._day,
            "shown": self._shown,
            "lead": lead,
            "event": event,
        }
        return self._message(
            ALERT,
            recipient,
            context,
            template="alert",
            slack=_room(subject, [_call_line(lead)], self._serve_url),
            payload={"lead": _facts(lead), "event": _event_facts(event)},
            event=event,
        )

    def _message(
        self,
        kind: str,
        recipient: Recipient,
        context: dict[str, Any],
        *,
        template: str,
        slack: dict[str, Any],
        payload: dict[str, Any],
        event: Row | None = None,
    ) -> Message:
        told = event or {}
        subject = " ".join(context["subject"].split())  # a mail's is one line
        context |= {"subject": subject}
        delivery_id = hash_of(
            kind,
            recipient.recipient,
            recipient.channel,
            told.get("event_id") or self._day,
        )
        return Message(
            delivery_id=delivery_id,
            kind=kind,
            recipient=recipient,
            as_of_date=self._day,
            build_id=self._build_id,
            subject=subject,
            text=_templates(html=False)
            .get_template(f"{template}.txt.j2")
            .render(context),
            html=_templates(html=True)
            .get_template(f"{template}.html.j2")
            .render(context),
            slack=slack,
            payload={
                "type": f"lead_scores.{kind}",
                "id": delivery_id,
                "recipient": recipient.recipient,
                "as_of_date": self._shown.as_of,
                "build_id": self._build_id,
                **payload,
            },
            **{
                name: told.get(name)
                for name in ("lead_id", "alert", "direction", "event_id", "event_date")
            },
        )

    def _linked(self, row: Row) -> Row:
        address = f"{self._serve_url}/leads/{quote(row['lead_id'], safe='')}"
        return {**row, "link": address if self._serve_url else None}

    def _superseded(self) -> dict[str, str]:
        """Return by which lead ids people were told of who are another lead now."""
        ids = [row["lead_id"] for row in self._sent if row["lead_id"]]
        rows = self._shown.rows(FORMER_IDS, [ids])
        return {row["former_id"]: row["lead_id"] for row in rows}

    def _is_to_be_called(self, event: Row) -> bool:
        """Whether somebody may act: not where sales works on the lead already."""
        return self._leads[event["lead_id"]]["queue"] is not None

    def _was_told(self, recipient: Recipient, event: Row) -> bool:
        """Whether this crossing was told, be it of another day before a correction."""
        since = event["event_date"] - timedelta(days=MOST_DAYS)
        for row in self._sent:
            if row["kind"] != ALERT or row["status"] not in FINAL:
                continue
            if not _is_to(recipient, row):
                continue
            if row["event_id"] == event["event_id"]:
                return True
            lead_id = self._ids_before.get(row["lead_id"], row["lead_id"])
            told = (lead_id, row["alert"], row["direction"])
            is_corrected = row["event_id"] not in self._event_ids
            if (
                is_corrected
                and row["event_date"] > since
                and told == (event["lead_id"], event["alert"], event["direction"])
            ):
                return True
        return False

    def _digest_before(self, recipient: Recipient) -> date:
        """Return up to which day a recipient has read what happened."""
        rows = [
            row
            for row in self._sent
            if row["kind"] == DIGEST
            and _is_to(recipient, row)
            and row["as_of_date"] < self._day
        ]
        day_before = timedelta(days=1)
        began = min((row["as_of_date"] for row in rows), default=self._day) - day_before
        read = [row["as_of_date"] for row in rows if row["status"] == SENT]
        longest = self._day - timedelta(days=LONGEST_GAP_DAYS)
        since: date = max([longest, began, *read])
        return since


def _is_to(recipient: Recipient, sent: Row) -> bool:
    to = (sent["recipient"], sent["channel"])
    return to == (recipient.recipient, recipient.channel)


def _is_theirs(recipient: Recipient, lead: Row) -> bool:
    of_scope = {
        "owner": lead["told_owner"],
        "team": lead["team"],
        "queue": lead["queue"],
        "all": None,
    }
    return bool(of_scope[recipient.scope] == recipient.name)


def _whose(recipient: Recipient, some: Row) -> str:
    """Return whose leads they are, of which one is at hand: an owner by name."""
    if recipient.scope == "all":
        return "all leads"
    if recipient.scope == "owner" and some["owner"] != recipient.name:
        return str(some["owner"])
    return f"{recipient.scope} {recipient.name}"


def _facts(lead: Row) -> Row:
    """Return what a system may know of a lead: nobody's name or address."""
    names = (
        *("lead_id", "total_points", "score", "grade", "engagement_level", "segment"),
        *("stage", "priority", "queue", "action", "due_at", "top_reasons"),
        "account_id",
    )
    facts = {name: lead[name] for name in names}
    facts["owner_id"] = lead["told_owner"]
    if isinstance(facts["due_at"], datetime):
        facts["due_at"] = f"{facts['due_at'].isoformat()}Z"
    return {name: _plain(value) for name, value in facts.items()}


def _event_facts(event: Row) -> Row:
    names = (
        *("event_id", "lead_id", "alert", "direction", "event_date"),
        *("value", "value_before"),
    )
    return {name: _plain(event[name]) for name in names}


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str | int | bool) else str(value)


def _call_line(lead: Row) -> str:
    """Return a lead as one line of a room."""
    name = _slack_text(lead["name"] or lead["lead_id"])
    told = f"<{lead['link']}|{name}>" if lead["link"] else f"*{name}*"
    if lead["company"]:
        told += f", {_slack_text(lead['company'])}"
    told += f" ({lead['segment']}, {lead['score']})"
    if lead["action"]:
        told += f": {_slack_text(lead['action'])}"
    if lead["due"]:
        told += f", by {lead['due']:%m-%d %H:%M}"
    if lead["top_reasons"]:
        told += f"\n_{_slack_text(lead['top_reasons'])}_"
    return told


def _slack_text(text: str) -> str:
    """Return a text in which Slack sees no links and no mentions."""
    return escape(text, quote=False)


def _room(subject: str, lines: Sequence[str], serve_url: str) -> dict[str, Any]:
    """Return a message for a room, short: who has more to do opens the report."""
    told = [f"*{_slack_text(subject)}*", *lines[:CALLS_IN_ROOM]]
    if len(lines) > CALLS_IN_ROOM:
        told.append(f"... and {len(lines) - CALLS_IN_ROOM} more")
    if serve_url:
        told.append(f"<{serve_url}/|All of it>")
    return {
        "text": _slack_text(subject),
        "blocks": [
            {"type": "section", "text": {"type": "mrkdwn", "text": text[:3000]}}
            for text in told
        ],
    }


def all_messages(
    writer: Writer, recipients: Iterable[Recipient]
) -> Iterator[tuple[Recipient, list[Message]]]:
    """Return for each recipient what there is to send, alerts before the digest."""
    for recipient in recipients:
        digest = writer.digest(recipient)
        yield recipient, [*writer.alerts(recipient), *([digest] if digest else [])]


@cache
def _templates(*, html: bool) -> Environment:
    return Environment(
        loader=PackageLoader("leadscore.action"),
        autoescape=html,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
