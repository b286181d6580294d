"""The mails that the sample's people are sent, and who or what reads them."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from sample import vocabulary as words
from sample.people import Person
from sample.world import Calendar, Channel, Log, Visitor


def receive_mail(person: Person, visitor: Visitor, log: Log) -> None:
    """Write every mail that a person is sent and what becomes of it."""
    rng, created = person.rng, person.lead.created_at
    if not person.gets_mail:
        return
    bounces = rng.random() < (0.3 if person.lead.partner_id == "P05" else 0.02)
    for campaign, at in _campaigns(person, log.calendar):
        if not created <= at < log.calendar.end or person.lead.do_not_contact:
            continue
        log.mail(person.owner, person.email, campaign, "sent", at)
        at += timedelta(seconds=rng.randint(1, 5))
        if bounces:
            log.mail(person.owner, person.email, campaign, "bounced_hard", at)
            return
        if rng.random() < 0.008:
            log.mail(person.owner, person.email, campaign, "bounced_soft", at)
            continue
        log.mail(person.owner, person.email, campaign, "delivered", at)
        if person.behind_scanner:
            scan(log, person.owner, person.email, campaign, at)
        elif rng.random() < 0.012:
            at += timedelta(seconds=rng.randint(4, 60))
            log.mail(person.owner, person.email, campaign, "auto_replied", at)
        elif person.active and not _read_mail(person, visitor, log, campaign, at):
            return


def _campaigns(person: Person, calendar: Calendar) -> list[tuple[str, datetime]]:
    """Return the mails sent to a person: a welcome series, then the newsletter."""
    rng, created = person.rng, person.lead.created_at
    series: list[tuple[str, datetime]] = []
    if rng.random() < 0.62:
        for number, days in enumerate((1, 5, 12), start=1):
            at = (created + timedelta(days=days)).replace(hour=8, minute=30, second=0)
            series.append((f"welcome-{number}", at))
    if rng.random() < 0.42:
        series += [
            (f"newsletter-{moment:%Y-%m-%d}", moment + _spread(rng))
            for moment in calendar.newsletters
        ]
    return sorted(series, key=lambda mail: mail[1])


def _spread(rng: Random) -> timedelta:
    return timedelta(seconds=rng.randrange(600))  # a mailing takes ten minutes


def scan(log: Log, owner: str, email: str, campaign: str, delivered: datetime) -> None:
    """Write what a mail scanner does: every link within three seconds."""
    agent = words.BROWSERS[0]
    log.mail(
        owner, email, campaign, "opened", delivered + timedelta(seconds=1), agent=agent
    )
    for number, path in enumerate(words.MAIL_LINKS):
        at = delivered + timedelta(seconds=1 + number % 3)
        log.mail(owner, email, campaign, "clicked", at, path, agent)
        log.tally["scanner_click_events"] += 1


def _read_mail(
    person: Person, visitor: Visitor, log: Log, campaign: str, delivered: datetime
) -> bool:
    """Write opens, clicks and answers; return whether more mail may be sent."""
    rng = person.rng
    if rng.random() > 0.45:
        return True
    hours = min(rng.expovariate(1 / 3), 60)  # most opens soon after: the spike
    opened = delivered + timedelta(hours=hours, seconds=40)
    if opened >= (person.lead.converted_at or log.calendar.end):
        return True
    mail = (person.owner, person.email, campaign)
    log.mail(*mail, "opened", opened, agent=visitor.agent)
    chance = rng.random()
    at = opened + timedelta(seconds=rng.randint(12, 240))
    if chance < 0.14:
        path = rng.choice(words.MAIL_LINKS)
        log.mail(*mail, "clicked", at, path, visitor.agent)
        channel = Channel(None, "newsletter", "email", campaign)
        at += timedelta(seconds=2)
        log.visit(visitor, at, [path], rng, email=person.email, channel=channel)
    elif chance < 0.15 and person.quality > 0:
        log.mail(*mail, "replied", at)
    elif chance > 0.985:
        log.mail(*mail, "unsubscribed", at)
        return rng.random() < 0.1 and _comes_back(person, log, campaign, at)
    elif chance > 0.983:
        log.mail(*mail, "complained", at)
        return False
    return True


def _comes_back(person: Person, log: Log, campaign: str, left: datetime) -> bool:
    at = left + timedelta(days=person.rng.randint(1, 12))
    log.mail(person.owner, person.email, campaign, "resubscribed", at)
    return True
