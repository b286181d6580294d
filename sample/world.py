"""The sample's calendar, its records and the log that every event is written to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache, cached_property
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sample.vocabulary import COUNTRIES, SITE

DAYS = 365
HISTORY_LAG = 2  # the history is delivered on the second day before the last one
Row = tuple[object, ...]

# How busy the hours from 7 to 21 are, in local time.
_HOURS = range(7, 22)
_BUSY = (2, 6, 12, 14, 11, 6, 8, 13, 12, 10, 6, 3, 2, 2, 1)


@dataclass(frozen=True)
class Calendar:
    """What happens when; everything follows from the last day."""

    until: date

    def ago(self, days: int, clock: str = "00:00") -> datetime:
        """Return the moment `days` days before the last day, at a UTC clock time."""
        return datetime.combine(
            self.until - timedelta(days=days), time.fromisoformat(clock)
        )

    def _weekday(self, days_ago: int, weekday: int, clock: str) -> datetime:
        moment = self.ago(days_ago, clock)
        return moment - timedelta(days=(moment.weekday() - weekday) % 7)

    @cached_property
    def start(self) -> datetime:
        """The first moment of the world."""
        return self.ago(DAYS - 1)

    @cached_property
    def end(self) -> datetime:
        """The first moment after the world."""
        return self.ago(-1)

    @cached_property
    def deliveries(self) -> tuple[date, ...]:
        """The days on which extracts arrive: the history, then day by day."""
        return tuple(self.ago(lag).date() for lag in range(HISTORY_LAG, -1, -1))

    @cached_property
    def outage(self) -> tuple[date, ...]:
        """The days on which the web tracking was down."""
        return (self.ago(61).date(), self.ago(60).date())

    @cached_property
    def webinars(self) -> dict[str, datetime]:
        """Webinar id: when it starts. Both on a Tuesday."""
        return {
            "webinar-1": self._weekday(190, 1, "15:00"),
            "webinar-2": self._weekday(33, 1, "15:00"),
        }

    @cached_property
    def trade_show(self) -> datetime:
        """The morning of the trade show, a Wednesday; leads are imported next day."""
        return self._weekday(110, 2, "09:00")

    @cached_property
    def newsletters(self) -> tuple[datetime, ...]:
        """Every second Tuesday at nine, oldest first."""
        last = self._weekday(0, 1, "09:00")
        sent = (last - timedelta(days=14 * back) for back in range(DAYS // 14))
        return tuple(sorted(moment for moment in sent if moment >= self.start))


@cache
def _utc_offset(country: str, day: date) -> timedelta:
    noon = datetime.combine(day, time(12), tzinfo=ZoneInfo(COUNTRIES[country][1]))
    return noon.utcoffset() or timedelta()


def working_hours(rng: Random, moment: datetime, country: str) -> datetime:
    """Move a moment to a likely hour of the country's day; UTC in, UTC out."""
    if moment.weekday() >= 5 and rng.random() < 0.85:
        moment += timedelta(days=7 - moment.weekday() + rng.randrange(5))
    hour = rng.choices(_HOURS, _BUSY)[0]
    local = time(hour, rng.randrange(60), rng.randrange(60))
    return datetime.combine(moment, local) - _utc_offset(country, moment.date())


@dataclass
class Account:
    """A company in the CRM."""

    account_id: str
    name: str
    domain: str
    industry: str | None
    employees: int | None
    revenue: int | None
    country: str
    account_type: str
    updated_at: datetime
    customer_since: datetime | None = None


@dataclass
class Lead:
    """One CRM record; statuses say when it became what."""

    lead_id: str
    email: str | None
    first_name: str | None
    last_name: str | None
    created_at: datetime
    job_title: str | None = None
    phone: str | None = None
    company_name: str | None = None
    account_id: str | None = None
    country: str | None = None
    city: str | None = None
    lead_source: str | None = None
    partner_id: str | None = None
    owner_id: str | None = None
    do_not_contact: bool = False
    deleted_at: datetime | None = None  # flagged as deleted from then on
    gone_at: datetime | None = None  # no longer delivered from then on
    converted_at: datetime | None = None
    statuses: list[tuple[datetime, str]] = field(default_factory=list)
    bant: tuple[str, str, str, str] = ("", "", "", "")


@dataclass
class Opportunity:
    """A deal; closed_at is None while it is open."""

    lead: Lead
    amount: int
    created_at: datetime
    closed_at: datetime | None
    won: bool
    opportunity_id: str = ""


class Visitor(NamedTuple):
    """A browser: whose events they are, its visitor id and its user agent."""

    owner: str
    visitor_id: str
    agent: str


class Channel(NamedTuple):
    """How a visit began."""

    referrer: str | None = None
    source: str | None = None
    medium: str | None = None
    campaign: str | None = None


DIRECT = Channel()
SEARCH = Channel(referrer="https://www.google.com/")
AD = Channel("https://www.google.com/", "google", "cpc", "brand-search")


class Log:
    """Every event of the world, as rows in the order of the canonical columns.

    Events after the world's end are dropped, and so are web events on days of the
    outage. Ids name the owner and a running number, so they never depend on others.
    """

    def __init__(self, calendar: Calendar) -> None:
        """Start an empty log."""
        self.calendar = calendar
        self.email: list[Row] = []
        self.web: list[Row] = []
        self.activities: list[Row] = []
        self.tally: Counter[str] = Counter()
        self._numbers: Counter[str] = Counter()

    def number(self, kind: str, owner: str) -> str:
        """Return the owner's next id of a kind."""
        key = f"{kind}-{owner}"
        self._numbers[key] += 1
        return f"{key}-{self._numbers[key]}"

    def mail(
        self,
        owner: str,
        address: str,
        campaign: str,
        event_type: str,
        at: datetime,
        path: str | None = None,
        agent: str | None = None,
    ) -> None:
        """Write an email event."""
        if at < self.calendar.end:
            url = SITE + path if path else None
            event_id = self.number("e", owner)
            self.email.append((event_id, address, campaign, event_type, url, agent, at))

    def hit(
        self,
        visitor: Visitor,
        session: str,
        event_type: str,
        path: str,
        at: datetime,
        *,
        name: str | None = None,
        email: str | None = None,
        channel: Channel = DIRECT,
        seconds: float | None = None,
        properties: str | None = None,
    ) -> None:
        """Write a web event."""
        if at >= self.calendar.end:
            return
        if at.date() in self.calendar.outage:
            self.tally["web_events_lost"] += 1
            return
        self.web.append(
            (
                self.number("w", visitor.owner),
                visitor.visitor_id,
                session,
                email,
                event_type,
                name,
                SITE + path,
                *channel,
                seconds,
                visitor.agent,
                properties,
                at,
            )
        )

    def visit(
        self,
        visitor: Visitor,
        at: datetime,
        pages: Sequence[str],
        rng: Random,
        *,
        email: str | None = None,
        channel: Channel = DIRECT,
    ) -> tuple[str, datetime]:
        """Write a session of page views; an email is known from its first page.

        Returns:
            The session's id and the moment after its last page.
        """
        session = self.number("s", visitor.owner)
        for path in pages:
            seconds = rng.randint(8, 150)
            self.hit(
                visitor,
                session,
                "page_view",
                path,
                at,
                email=email,
                channel=channel,
                seconds=float(seconds),
            )
            at += timedelta(seconds=seconds)
            email, channel = None, DIRECT
        return session, at

    def activity(
        self,
        owner: str,
        lead: Lead,
        activity_type: str,
        outcome: str,
        at: datetime,
        *,
        direction: str = "inbound",
        object_id: str | None = None,
        detail: str | None = None,
    ) -> None:
        """Write a CRM activity of a lead."""
        if at < self.calendar.end:
            self.activities.append(
                (
                    self.number("a", owner),
                    lead.lead_id,
                    lead.account_id,
                    lead.email,
                    activity_type,
                    direction,
                    outcome,
                    object_id,
                    detail,
                    at,
                )
            )
