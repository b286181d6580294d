"""What else is in the extracts of a real company: noise, staff, and broken rows."""

from __future__ import annotations

import json
import zlib
from datetime import date, datetime, timedelta
from random import Random

from sample import vocabulary as words
from sample.world import (
    DAYS,
    DIRECT,
    SEARCH,
    Log,
    Row,
    Visitor,
    working_hours,
)

STAFF = ("Ada", "Bob", "Cleo", "Dev", "Eve", "Finn")
_ANONYMOUS_PER_LEAD = 1.5
_LATE_PER_MILLE = 100  # of the events of the last days

# Lines that no JSON reader takes, that name nobody, and that happened at no time.
BROKEN_EMAILS = (
    '{"event_id": "e-broken-1", "email": "cut.off@am\n',
    '{"event_id": "e-broken-2", "campaign_id": "welcome-1", "event_type": "sent", '
    '"occurred_at": "2026-01-05 08:30:00"}\n',
    '{"event_id": "e-broken-3", "email": "no.time@amber-tools.example", '
    '"campaign_id": "welcome-1", "event_type": "sent", "occurred_at": "soon"}\n',
)


def add_anonymous_visitors(log: Log, leads: int, seed: int) -> None:
    """Add visitors who never say who they are: most of a website's traffic."""
    countries = list(words.COUNTRIES)
    for number in range(round(leads * _ANONYMOUS_PER_LEAD)):
        rng = Random(f"anonymous/{seed}/{number}")
        owner = f"x{number:06}"
        visitor = Visitor(owner, f"v-{owner}", rng.choice(words.BROWSERS))
        country = rng.choice(countries)
        first = rng.randrange(DAYS)
        for _ in range(1 + int(rng.expovariate(1.3))):
            day = log.calendar.start + timedelta(days=first + rng.expovariate(0.2))
            pages = [rng.choice(words.LOOKING) for _ in range(rng.randint(1, 4))]
            at = max(working_hours(rng, day, country), log.calendar.start)
            log.visit(visitor, at, pages, rng, channel=rng.choice((SEARCH, DIRECT)))


def add_crawlers(log: Log) -> None:
    """Add machines that read the site day and night, and say so."""
    rng = Random("crawlers")
    pages = (*words.LOOKING, *words.BUYING, *words.DOCS)
    before = len(log.web)
    for name, agent in words.CRAWLERS.items():
        crawler = Visitor(f"c-{name}", f"v-{name}", agent)
        for day in range(DAYS):
            at = log.calendar.start + timedelta(days=day, seconds=rng.randrange(80_000))
            log.visit(crawler, at, [rng.choice(pages) for _ in range(4)], rng)
    log.tally["crawler_events"] = len(log.web) - before


def add_staff(log: Log) -> None:
    """Add the company's own people, who look at its own pricing page all the time."""
    before = len(log.web)
    for name in STAFF:
        rng = Random(f"staff/{name}")
        owner = f"staff-{name.lower()}"
        visitor = Visitor(owner, f"v-{owner}", rng.choice(words.BROWSERS))
        email = f"{name.lower()}@{words.OWN_DOMAIN}"
        for day in range(0, DAYS, 4):
            moment = log.calendar.start + timedelta(days=day)
            pages = ["/login", "/pricing", rng.choice(words.LOOKING)]
            at = max(working_hours(rng, moment, "US"), log.calendar.start)
            log.visit(visitor, at, pages, rng, email=email)
    log.tally["staff_events"] = len(log.web) - before


def delivery_day(event_id: str, day: date, deliveries: tuple[date, ...]) -> date:
    """Return the day on which an event is delivered: for a few, a day or two late.

    Events of the cast (their ids name a lead of the cast) are never late.
    """
    due = max(day, deliveries[0])
    chance = zlib.crc32(event_id.encode())
    if day < deliveries[0] or "-L9" in event_id or chance % 1000 >= _LATE_PER_MILLE:
        return due
    late = due + timedelta(days=1 + chance // 1000 % 2)
    return late if late <= deliveries[-1] else due


def broken_csv_lines(columns: tuple[str, ...], key: str, moment: str) -> list[str]:
    """Return lines that cannot be read: too short, too long, a time that is none."""
    cells = dict.fromkeys(columns, "") | {columns[0]: key}
    return [
        f"{key},cut off\n",
        ",".join([*cells.values(), "one", "too many"]) + "\n",
        ",".join((cells | {moment: "31.02. at noon"}).values()) + "\n",
    ]


def broken_web_rows(at: datetime) -> list[Row]:
    """Return web events without a visitor and without a time."""
    page = ("page_view", *[None] * 9)
    return [
        ("w-broken-1", None, None, None, *page, at),
        ("w-broken-2", "v-broken-2", None, None, *page, None),
    ]


def as_json_line(row: Row, columns: tuple[str, ...]) -> str:
    """Return a row as a line of JSON, without the cells that have no value."""
    cells = {
        name: cell for name, cell in zip(columns, row, strict=True) if cell is not None
    }
    return json.dumps(cells, ensure_ascii=False) + "\n"
