"""Who buys, weeks after they came, and what the CRM says about it meanwhile."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from random import Random

from sample.people import Person
from sample.world import DAYS, Calendar, Opportunity, working_hours

WON_SHARE = 0.038
LOST_SHARE = 0.025
OPEN_SHARE = 0.012

# How much likelier a sale becomes, in log odds: the planted truths. They are strong, as
# `leadscore judge` must find them among the few wins of 2,000 leads.
_SENIORITY = {"c_level": -5, "vp": -5, "director": 1.2, "manager": 0.1}
_EXCELLENT_PARTNER = 3.2  # the junk partner never sells
_SEARCHED = 2.3
_RAISED_HAND = 1.6
_TRIED = 1.2
_FREE_MAIL = -0.7
_NEVER_ENGAGED = -2.0


def decide_outcomes(
    people: list[Person], leads: int, seed: int, calendar: Calendar
) -> list[Opportunity]:
    """Choose who wins, loses and still talks; the shares of all `leads` are exact."""
    rng = Random(f"outcomes/{seed}")
    able = [
        person
        for person in people
        if person.kind == "prospect"
        and not person.is_customer
        and person.lead.partner_id != "P05"
    ]
    luck = {
        person.owner: -math.log(-math.log(rng.uniform(1e-6, 1 - 1e-6)))
        for person in able
    }

    def draw(share: float, pull: float, youngest: int, oldest: int) -> list[Person]:
        since, before = calendar.ago(oldest), calendar.ago(youngest)
        left = [
            person
            for person in able
            if not person.lead.converted_at and since <= person.lead.created_at < before
        ]
        # The largest log odds + Gumbel noise: a draw in proportion to the odds.
        left.sort(key=lambda person: -pull * _log_odds(person) - luck[person.owner])
        return left[: round(leads * share)]

    deals = []
    for person in draw(WON_SHARE, pull=1, youngest=50, oldest=DAYS):
        person.won = True
        deals.append(_close(person, calendar))
    for person in draw(LOST_SHARE, pull=0.4, youngest=50, oldest=DAYS):
        deals.append(_close(person, calendar))
    for person in draw(OPEN_SHARE, pull=0.4, youngest=16, oldest=90):
        deals.append(_open(person, calendar))
    return deals


def choose_downloaders(people: list[Person]) -> None:
    """Let every fourth download files, of the winners as of the others.

    So downloads say nothing, not even by chance: one of the planted truths.
    """
    for won in (True, False):
        for person in [person for person in people if person.won is won][::4]:
            person.downloads = True


def set_statuses(people: list[Person]) -> None:
    """Give every record its CRM statuses; the converted ones after their deals."""
    for person in people:
        lead, rng = person.lead, person.rng
        lead.statuses.append((lead.created_at, "new"))
        if person.twin:
            person.twin.statuses.append((person.twin.created_at, "new"))
        worked = lead.created_at + timedelta(hours=rng.uniform(2, 90))
        if lead.converted_at or rng.random() < (0.4 if person.raises_hand else 0.2):
            lead.statuses.append((worked, "working"))
            lead.bant = _bant(person)
        later = worked + timedelta(days=rng.uniform(4, 30))
        if lead.converted_at:
            lead.statuses.append((lead.converted_at, "converted"))
            if lead.converted_at <= worked:
                lead.statuses.sort()
        elif person.kind != "prospect" and rng.random() < 0.5:
            lead.statuses.append((later, "disqualified"))
        elif len(lead.statuses) > 1 and rng.random() < 0.5:
            status = "qualified" if person.quality > 0.8 else "nurturing"
            lead.statuses.append((later, status))


def _log_odds(person: Person) -> float:
    return (
        1.1 * person.quality
        + _SENIORITY.get(person.seniority, -0.2)
        + _EXCELLENT_PARTNER * (person.lead.partner_id == "P02")
        + _SEARCHED * person.searches
        + _RAISED_HAND * person.raises_hand
        + _TRIED * person.tries
        + _FREE_MAIL * person.is_free_mail
        + (0 if person.active else _NEVER_ENGAGED)
    )


def _close(person: Person, calendar: Calendar) -> Opportunity:
    rng, lead = person.rng, person.lead
    left = (calendar.end - lead.created_at) / timedelta(days=1)
    wait = rng.uniform(14, max(15, 0.45 * min(left, 110)))
    talk = rng.uniform(14, max(15, 0.45 * min(left, 150)))
    lead.converted_at = _at_work(person, wait)
    closed = min(_at_work(person, wait + talk), calendar.ago(3, "12:00"))
    if person.won and person.account and person.account.customer_since is None:
        person.account.customer_since = closed
    return Opportunity(lead, _amount(rng), lead.converted_at, closed, person.won)


def _open(person: Person, calendar: Calendar) -> Opportunity:
    lead = person.lead
    wait = person.rng.uniform(6, 14)
    lead.converted_at = min(_at_work(person, wait), calendar.ago(1, "09:00"))
    return Opportunity(
        lead, _amount(person.rng), lead.converted_at, closed_at=None, won=False
    )


def _at_work(person: Person, days: float) -> datetime:
    moment = person.lead.created_at + timedelta(days=days)
    return working_hours(person.rng, moment, person.country)


def _amount(rng: Random) -> int:
    return round(math.exp(rng.gauss(9.4, 0.7)) / 100) * 100


def _bant(person: Person) -> tuple[str, str, str, str]:
    def answer() -> str:
        if person.rng.random() < 0.4:
            return ""
        return "yes" if person.rng.gauss(person.quality, 1) > 0 else "no"

    return (answer(), answer(), answer(), answer())
