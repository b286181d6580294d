"""What reps say of the sample's leads: the better they turned out, the more is good."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from sample.people import Person
from sample.world import Calendar, Opportunity, Row

_VERDICTS = 60
_FROM_DEALS = 0.7  # the share of verdicts that are on leads with a deal
_OF_WON = ("good",) * 8 + ("great lead", "wrong_person")
_OF_LOST = ("bad",) * 4 + ("good", "good", "wrong person", "bad_data")
_OF_OTHERS = ("bad",) * 6 + ("good", "wrong person", "bad data", "not interested")
_NOTES = (
    *("Asked for a quote", "Has no budget this year", "Left the company in spring"),
    *("The phone number is dead", "Knows the product well"),
)
# One whose word nobody knows, and one on a lead that the CRM never delivered.
_WRONG = (("maybe next year", None), ("good", "L99999"))


def give(
    people: list[Person], deals: list[Opportunity], seed: int, calendar: Calendar
) -> list[Row]:
    """Return rows of feedback, oldest first, from random numbers of their own."""
    rng = Random(f"feedback/{seed}")
    closed = [deal for deal in deals if deal.closed_at]
    with_deal = {deal.lead.lead_id for deal in deals}
    others = [
        person.lead
        for person in people
        if person.lead.owner_id
        and person.lead.lead_id not in with_deal
        and len(person.lead.statuses) > 1
    ]
    chosen = rng.sample(closed, min(round(_VERDICTS * _FROM_DEALS), len(closed)))
    said = [
        (
            deal.lead,
            rng.choice(_OF_WON if deal.won else _OF_LOST),
            _between(rng, deal.lead.created_at, deal.created_at),
        )
        for deal in chosen
    ]
    for lead in rng.sample(others, min(_VERDICTS - len(said), len(others))):
        moment = _between(rng, lead.created_at, calendar.end)
        said.append((lead, rng.choice(_OF_OTHERS), moment))
    rows: list[Row] = [
        (
            lead.lead_id,
            verdict,
            lead.owner_id,
            rng.choice(_NOTES) if rng.random() < 0.3 else None,
            given_at,
        )
        for lead, verdict, given_at in said
    ]
    for (verdict, lead_id), row in zip(_WRONG, list(rows), strict=False):
        rows.append((lead_id or row[0], verdict, *row[2:]))
    return sorted(rows, key=lambda row: (row[-1], row[0], row[1]))


def _between(rng: Random, first: datetime, last: datetime) -> datetime:
    """Return a moment between two, at most a month after the first."""
    minutes = int(min(last - first, timedelta(days=30)).total_seconds() // 60)
    return first + timedelta(minutes=rng.randrange(max(minutes, 1)))
