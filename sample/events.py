"""What the sample's people do: arrive, browse, talk to sales."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from sample import vocabulary as words
from sample.mailings import receive_mail
from sample.people import Person
from sample.world import (
    AD,
    DIRECT,
    SEARCH,
    Channel,
    Log,
    Visitor,
    working_hours,
)

_WEB_SOURCES = ("Website", "Paid Search")
_CHANNELS = (DIRECT, SEARCH, AD)
_CHANNEL_SHARES = (55, 37, 8)


def live(person: Person, log: Log) -> None:
    """Write everything one person does and is sent."""
    agent = person.rng.choice(words.BROWSERS)
    visitor = Visitor(person.owner, f"v-{person.owner}", agent)
    _arrive(person, visitor, log)
    receive_mail(person, visitor, log)
    if person.active:
        _browse(person, visitor, log)
    if person.downloads:
        _download(person, visitor, log)
    if person.is_customer or person.won:
        _use_product(person, visitor, log)
    _attend_webinar(person, log)
    _talk(person, log)


def _horizon(person: Person, log: Log) -> datetime:
    """Return when a person stops being a lead: a deal's start or the world's end."""
    return person.lead.converted_at or log.calendar.end


def _pages(rng: Random, menu: tuple[str, ...]) -> list[str]:
    count = min(1 + int(rng.expovariate(0.45)), 14)
    return [rng.choice(menu) for _ in range(count)]


def _menu(person: Person) -> tuple[str, ...]:
    if person.kind == "student":
        return words.BLOG
    eager = person.quality + 1.5 * person.raises_hand
    return words.BUYING if person.rng.gauss(eager, 1) > 0.9 else words.LOOKING


def _arrive(person: Person, visitor: Visitor, log: Log) -> None:
    rng, lead = person.rng, person.lead
    created = lead.created_at
    if person.at_trade_show:
        booth = log.calendar.trade_show + timedelta(seconds=rng.randrange(8 * 3600))
        log.activity(
            person.owner,
            lead,
            "event",
            "booth_visited",
            booth,
            object_id="trade-show-1",
        )
        return
    if lead.lead_source == "Social":
        log.activity(person.owner, lead, "social", "followed", created)
    if lead.lead_source not in _WEB_SOURCES:
        return
    channel = AD if lead.lead_source == "Paid Search" else SEARCH
    for _ in range(int(rng.expovariate(1.2))):  # visits before anybody knew who
        before = created - timedelta(days=rng.uniform(0.1, 20))
        if before >= log.calendar.start:
            log.visit(visitor, before, _pages(rng, words.LOOKING), rng)
    pages = _pages(rng, _menu(person))
    start = created - timedelta(seconds=160 * len(pages))
    session, _ = log.visit(visitor, start, pages, rng, channel=channel)
    form = rng.choice(words.FORMS)
    if person.raises_hand and rng.random() < 0.5:
        form = _hand_raise(rng)
    path = "/demo" if form == "demo_request" else "/resources/guide"
    if rng.random() < 0.04:
        log.hit(visitor, session, "form_error", path, created - timedelta(seconds=9))
    log.hit(
        visitor,
        session,
        "form_submitted",
        path,
        created,
        name=form,
        email=person.email,
    )


def _hand_raise(rng: Random) -> str:
    return rng.choices(
        ("demo_request", "contact_sales", "pricing_request"), (60, 25, 15)
    )[0]


def _browse(person: Person, visitor: Visitor, log: Log) -> None:
    """Write the visits after creation: few for most, very many for some."""
    rng, created = person.rng, person.lead.created_at
    horizon = _horizon(person, log)
    count = 1 + int(rng.lognormvariate(1.15 + 0.25 * person.quality, 1.15))
    count = min(max(count, 3 if person.won or person.searches else 1), 90)
    days_left = max((horizon - created) / timedelta(days=1), 0.1)
    moments = sorted(
        working_hours(
            rng,
            created + timedelta(days=min(rng.expovariate(1 / 28), days_left)),
            person.country,
        )
        for _ in range(count)
    )
    moments = [at for at in moments if created < at < horizon]
    for number, at in enumerate(moments):
        # The first visit comes from a mail's link, which says who it is.
        known = number == 0 or rng.random() < 0.1
        channel = rng.choices(_CHANNELS, _CHANNEL_SHARES)[0]
        if known:
            channel = Channel(None, "newsletter", "email", "nurture")
        session, after = log.visit(
            visitor,
            at,
            _pages(rng, _menu(person)),
            rng,
            email=person.email if known else None,
            channel=channel,
        )
        if number < 3 and person.searches:
            log.hit(
                visitor,
                session,
                "site_search",
                "/search",
                after,
                name=rng.choice(words.SEARCHES),
            )
        _fill_forms(person, visitor, log, session, after, number, len(moments))


def _fill_forms(
    person: Person,
    visitor: Visitor,
    log: Log,
    session: str,
    at: datetime,
    number: int,
    visits: int,
) -> None:
    rng = person.rng
    form = None
    if number == visits - 1 and person.raises_hand:
        form = _hand_raise(rng)
    elif number == 0 and person.second_email:
        form = "newsletter"
    elif rng.random() < 0.02:
        form = rng.choice(words.FORMS)
    if form:
        is_second = number == 0 and person.second_email
        log.hit(
            visitor,
            session,
            "form_submitted",
            "/demo" if form == "demo_request" else "/resources/guide",
            at,
            name=form,
            email=person.second_email if is_second else person.email,
        )
    if person.tries and number == visits // 2:
        for event, name in (("signed_up", None), ("trial_started", "team")):
            at += timedelta(seconds=rng.randint(20, 200))
            log.hit(
                visitor, session, event, "/signup", at, name=name, email=person.email
            )
    if rng.random() < 0.004:
        log.visit(visitor, at, ["/careers"], rng)


def _download(person: Person, visitor: Visitor, log: Log) -> None:
    """Write a download every seven weeks or so, from creation to the world's end.

    Leads of every age keep at it, for a lead's age says how likely a sale still is.
    """
    rng = person.rng
    moment = person.lead.created_at + timedelta(days=rng.uniform(0, 4))
    while moment < log.calendar.end:
        at = working_hours(rng, moment, person.country)
        session, after = log.visit(
            visitor,
            max(at, person.lead.created_at),
            ["/resources/downloads"],
            rng,
            email=person.email,
            channel=Channel(None, "newsletter", "email", "download"),
        )
        log.hit(
            visitor,
            session,
            "file_downloaded",
            "/resources/downloads",
            after,
            name=rng.choice(words.DOWNLOADS),
        )
        moment += timedelta(days=rng.uniform(20, 80))


def _use_product(person: Person, visitor: Visitor, log: Log) -> None:
    rng, account = person.rng, person.account
    since = person.lead.created_at
    if person.won and account and account.customer_since:
        since = max(since, account.customer_since)
    days = (log.calendar.end - since) / timedelta(days=1)
    for _ in range(rng.randrange(9)):
        moment = since + timedelta(days=rng.uniform(0, days))
        at = max(working_hours(rng, moment, person.country), since)
        pages = ["/login", *_pages(rng, words.DOCS)]
        log.visit(visitor, at, pages, rng, email=person.email)
    if rng.random() < 0.5:
        at = working_hours(
            rng, since + timedelta(days=rng.uniform(0, days)), person.country
        )
        log.activity(
            person.owner, person.lead, "support", "ticket_opened", max(at, since)
        )


def _attend_webinar(person: Person, log: Log) -> None:
    rng, lead = person.rng, person.lead
    came_for_it = lead.lead_source == "Webinar"
    for webinar, starts in log.calendar.webinars.items():
        registered = starts - timedelta(days=rng.uniform(0.2, 14))
        is_near = abs(lead.created_at - starts) < timedelta(days=45)
        chance = 0.55 if came_for_it and is_near else 0.02 + 0.13 * person.active
        if lead.created_at > starts or rng.random() > chance:
            continue
        registered = max(registered, lead.created_at)
        log.activity(
            person.owner, lead, "webinar", "registered", registered, object_id=webinar
        )
        shows_up = rng.random() < (0.6 if person.active else 0.2)
        log.activity(
            person.owner,
            lead,
            "webinar",
            "attended" if shows_up else "no_show",
            starts + timedelta(minutes=rng.randint(0, 9) if shows_up else 60),
            object_id=webinar,
        )


def _talk(person: Person, log: Log) -> None:
    """Write calls, meetings, chats and social signs; sales calls whom it works."""
    rng, lead, owner = person.rng, person.lead, person.owner

    def soon(days: float) -> datetime:
        moment = lead.created_at + timedelta(days=rng.uniform(0.2, days))
        return max(working_hours(rng, moment, person.country), lead.created_at)

    if any(status == "working" for _, status in lead.statuses):
        for _ in range(rng.randint(1, 3)):
            outcome = "connected" if rng.random() < 0.3 else "no_answer"
            log.activity(owner, lead, "call", outcome, soon(25), direction="outbound")
        if person.active and rng.random() < 0.08:
            log.activity(owner, lead, "meeting", "booked", soon(15))
            log.activity(owner, lead, "meeting", "no_show", soon(30))
    if lead.converted_at:
        met = lead.converted_at - timedelta(days=rng.uniform(1, 6))
        booked = met - timedelta(days=rng.uniform(1, 5))
        log.activity(owner, lead, "meeting", "booked", booked)
        log.activity(owner, lead, "meeting", "attended", met)
    if person.active and rng.random() < 0.06:
        outcome = "qualified" if person.quality > 1 else "started"
        log.activity(owner, lead, "chat", outcome, soon(60))
    if rng.random() < 0.02:
        outcome = rng.choice(("followed", "commented", "shared"))
        log.activity(owner, lead, "social", outcome, soon(90))
    if lead.statuses[-1][1] == "nurturing" and rng.random() < 0.4:
        log.activity(
            owner,
            lead,
            "status_change",
            "recycled",
            lead.statuses[-1][0],
            direction="outbound",
        )
