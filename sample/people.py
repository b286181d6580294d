"""The sample's people: who they are, where they work and how good a lead they are.

A person's hidden quality decides, with a few planted truths, who engages and who
buys. It is in no extract.
"""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from random import Random

from sample import vocabulary as words
from sample.world import DAYS, Account, Calendar, Lead, working_hours

SHARED_MAILBOXES = 3
LEADS_PER_MAILBOX = 6
TRADE_SHOW_LEADS = 150

_SENIORITIES = ("c_level", "vp", "director", "manager", "individual")
_SENIORITY_SHARES = (22, 15, 16, 26, 21)
_KINDS = ("prospect", "student", "mash", "competitor")
_KIND_SHARES = (970, 16, 9, 5)
_ACCOUNT_TYPES = ("prospect", "customer", "partner")
_ACCOUNT_SHARES = (94, 5, 1)
_FREE_MAIL = 0.10  # of prospects; made-up names and P05 bring it to 15 %


@dataclass
class Person:
    """A made-up human with one CRM record, sometimes two, and a hidden quality."""

    owner: str  # names the person in event ids
    rng: Random
    kind: str  # prospect, student, mash, competitor, mailbox
    country: str
    seniority: str
    quality: float
    email: str
    account: Account | None
    lead: Lead
    twin: Lead | None = None
    second_email: str | None = None
    is_free_mail: bool = False
    at_trade_show: bool = False
    active: bool = False
    searches: bool = False
    downloads: bool = False
    tries: bool = False
    raises_hand: bool = False
    behind_scanner: bool = False
    gets_mail: bool = True  # a shared mailbox gets each mail once
    won: bool = False

    @property
    def is_customer(self) -> bool:
        """Whether the person's company was a customer from the start."""
        return bool(self.account and self.account.account_type == "customer")


def make_accounts(count: int, seed: int, calendar: Calendar) -> list[Account]:
    """Make companies; each name and domain is unique."""
    seconds = list(words.COMPANY_SECOND)
    countries = list(words.COUNTRIES)
    shares = [country[3] for country in words.COUNTRIES.values()]
    accounts = []
    for number in range(count):
        rng = Random(f"account/{seed}/{number}")
        first = words.COMPANY_FIRST[number % len(words.COMPANY_FIRST)]
        turn, second = divmod(number // len(words.COMPANY_FIRST), len(seconds))
        second = (second + number) % len(seconds)
        name = f"{first} {seconds[second]}" + (f" {turn + 1}" if turn else "")
        employees = round(5 + math.exp(rng.gauss(4.6, 1.5)))
        knows_size = rng.random() < 0.85
        accounts.append(
            Account(
                account_id=f"A{number + 1:05}",
                name=name,
                domain=name.lower().replace(" ", "-") + ".example",
                industry=words.COMPANY_SECOND[seconds[second]]
                if rng.random() < 0.9
                else None,
                employees=employees if knows_size else None,
                revenue=employees * rng.randrange(60, 240) * 1000
                if knows_size and rng.random() < 0.9
                else None,
                country=rng.choices(countries, shares)[0],
                account_type=rng.choices(_ACCOUNT_TYPES, _ACCOUNT_SHARES)[0],
                updated_at=calendar.start + timedelta(days=rng.randrange(300)),
            )
        )
    return accounts


def make_people(
    count: int, accounts: list[Account], seed: int, calendar: Calendar
) -> list[Person]:
    """Make `count` people, sorted by the age of their CRM records.

    The first few share mailboxes and the next come from the trade show.
    """
    # A few companies have many leads, most have one or two.
    ladder = list(accumulate(1 / (rank + 60) for rank in range(len(accounts))))
    shared = SHARED_MAILBOXES * LEADS_PER_MAILBOX
    at_show = shared + min(TRADE_SHOW_LEADS, count // 10)
    scanners = {account.account_id for account in accounts[4:7]}
    people = []
    for number in range(count):
        rng = Random(f"person/{seed}/{number}")
        account = rng.choices(accounts, cum_weights=ladder)[0]
        kind = rng.choices(_KINDS, _KIND_SHARES)[0]
        mailbox, member = divmod(number, LEADS_PER_MAILBOX)
        if number < shared:
            kind, account = "mailbox", accounts[20 + mailbox]
        person = _make_person(f"p{number:06}", rng, kind, account, calendar)
        person.gets_mail = kind != "mailbox" or member == 0
        if shared <= number < at_show:
            _import_from_trade_show(person, calendar)
        if person.account:
            person.behind_scanner = person.account.account_id in scanners
        people.append(person)
    people.sort(key=lambda person: (person.lead.created_at, person.owner))
    return people


def _make_person(
    owner: str, rng: Random, kind: str, account: Account, calendar: Calendar
) -> Person:
    country = account.country
    language = words.COUNTRIES[country][2]
    first = rng.choice(words.FIRST_NAMES[language])
    last = rng.choice(words.LAST_NAMES[language])
    sources = words.LEAD_SOURCES
    source = rng.choices(list(sources), list(sources.values()))[0]
    partner = None
    if source == "Partner" and kind == "prospect":
        partner = rng.choices(list(words.PARTNERS), list(words.PARTNERS.values()))[0]
        if partner == "P05" and rng.random() < 0.2:
            kind = "mash"
    if kind == "mash":
        first, last = rng.choice(words.MASHED_NAMES)
    free = kind == "mash" or (
        kind == "prospect" and rng.random() < (0.3 if partner == "P05" else _FREE_MAIL)
    )
    seniority = rng.choices(_SENIORITIES, _SENIORITY_SHARES)[0]
    if kind == "student":
        seniority = "student"
    handle = f"{_plain(first)}.{_plain(last)}"
    free_address = f"{handle}.sample{owner[1:]}@" + rng.choice(
        words.FREE_MAIL[language]
    )
    works_there = kind in ("prospect", "mailbox") and not free
    email = free_address
    if not free:
        email = f"{handle}.{owner[1:].lstrip('0') or '0'}@" + _domain(
            kind, account, rng
        )
    if kind == "mailbox":
        email = f"info@{account.domain}"
    lead = Lead(
        lead_id="",
        email=email,
        first_name=first if rng.random() < 0.95 else None,
        last_name=last,
        created_at=_created(rng, country, calendar),
        job_title=_title(rng, seniority, language, kind),
        phone=words.PHONES[country].format(rng.randrange(100))
        if rng.random() < 0.45
        else None,
        company_name=account.name if works_there and rng.random() < 0.85 else None,
        account_id=account.account_id if works_there and rng.random() < 0.9 else None,
        country=_country(rng, country) if rng.random() < 0.85 else None,
        city=rng.choice(words.COUNTRIES[country][4]) if rng.random() < 0.5 else None,
        lead_source=source,
        partner_id=partner,
        owner_id=rng.choice(tuple(words.OWNERS)) if rng.random() < 0.7 else None,
        do_not_contact=rng.random() < 0.02,
    )
    if kind == "mash":
        lead.company_name = last
    person = Person(
        owner=owner,
        rng=rng,
        kind=kind,
        country=country,
        seniority=seniority,
        quality=rng.gauss(0, 1),
        email=email,
        account=account if works_there and lead.account_id else None,
        lead=lead,
        is_free_mail=free,
    )
    _decide_interest(person)
    if kind == "prospect" and not free and rng.random() < 0.018:
        person.second_email = free_address
        person.active = True
    return person


def _decide_interest(person: Person) -> None:
    """Decide what a person will do; quality rules, but not who searches.

    Searches follow nothing that is known about a lead, and then make a sale likely: one
    of the planted truths.
    """
    rng, quality = person.rng, person.quality
    if person.lead.partner_id == "P02":
        quality += 0.6
    if person.lead.partner_id == "P05" or person.kind == "mash":
        quality -= 2.5
    person.searches = person.kind == "prospect" and rng.random() < 0.06
    person.active = (
        person.searches
        or person.kind in ("student", "competitor")
        or rng.random() < _sigmoid(0.75 * quality - 1.4)
    )
    eager = person.active and person.kind == "prospect"
    person.tries = eager and rng.random() < _sigmoid(quality - 2.5)
    person.raises_hand = eager and rng.random() < _sigmoid(0.9 * quality - 2.0)


def add_twin(person: Person, calendar: Calendar) -> None:
    """Give a person a second CRM record: a later import that nobody checked."""
    lead, rng = person.lead, person.rng
    wait = min(timedelta(days=40), calendar.end - lead.created_at)
    person.twin = Lead(
        lead_id="",
        email=lead.email.title() if lead.email else None,
        first_name=lead.first_name,
        last_name=lead.last_name,
        created_at=lead.created_at + wait * rng.uniform(0.01, 0.99),
        job_title=lead.job_title if rng.random() < 0.5 else None,
        company_name=lead.company_name,
        country=lead.country,
        lead_source=rng.choice(("Purchased List", "Webinar")),
    )


def _import_from_trade_show(person: Person, calendar: Calendar) -> None:
    hour = calendar.trade_show + timedelta(days=1, hours=1)
    lead = person.lead
    lead.created_at = hour + timedelta(seconds=person.rng.randrange(3600))
    lead.lead_source, lead.partner_id = "Trade Show", None
    person.at_trade_show = True


def _created(rng: Random, country: str, calendar: Calendar) -> datetime:
    while True:
        day = calendar.start + timedelta(days=rng.randrange(DAYS))
        created = working_hours(rng, day, country)
        if calendar.start <= created < calendar.end:
            return created


def _title(rng: Random, seniority: str, language: str, kind: str) -> str | None:
    if kind == "mash" or (kind != "student" and rng.random() < 0.33):
        return None
    if rng.random() < 0.15:  # English titles are everywhere
        language = "en"
    title = rng.choice(words.TITLES[seniority][language])
    return title.upper() if rng.random() < 0.03 else title


def _country(rng: Random, code: str) -> str:
    names = words.COUNTRIES[code][0]
    return names[0] if rng.random() < 0.85 else rng.choice(names)


def _domain(kind: str, account: Account, rng: Random) -> str:
    if kind == "student":
        return rng.choice(words.SCHOOL_DOMAINS)
    if kind == "competitor":
        return rng.choice(words.COMPETITOR_DOMAINS)
    return account.domain


def _plain(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name.lower())
    return "".join(letter for letter in decomposed if letter.isascii())


def _sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value))
