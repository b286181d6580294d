"""Count what was planted: the dirt, and the truths that an analysis must find."""

from __future__ import annotations

from collections import Counter

from sample import vocabulary as words
from sample.cast import CAST
from sample.people import Person
from sample.world import Account, Lead, Log

_STUDENTS = {t.lower() for titles in words.TITLES["student"].values() for t in titles}
_MASHED = {last for _, last in words.MASHED_NAMES}


def count_dirt(
    people: list[Person], leads: list[Lead], accounts: list[Account], log: Log
) -> dict[str, int]:
    """Count each kind of dirt over all deliveries, the cast included.

    Returns:
        Kind to count. `..._leads` counts CRM records, `..._events` rows of events;
        duplicates are records that repeat the address of an older one (in whatever
        letter case), shared mailboxes apart.
    """
    mailboxes = Counter((lead.email or "").lower() for lead in leads)
    shared = {mail: n for mail, n in mailboxes.items() if mail.startswith("info@")}
    domains = Counter((lead.email or "").rpartition("@")[2] for lead in leads)
    kinds = Counter(str(row[3]) for row in log.email)
    customers = {
        account.account_id
        for account in accounts
        if account.account_type == "customer" or account.customer_since
    }
    return {
        "duplicate_leads": sum(
            n - 1 for mail, n in mailboxes.items() if mail not in shared
        ),
        "people_with_two_emails": sum(bool(person.second_email) for person in people)
        + sum(bool(member.other_emails) for member in CAST),
        "shared_mailboxes": len(shared),
        "shared_mailbox_leads": sum(shared.values()),
        "mashed_name_leads": sum(lead.last_name in _MASHED for lead in leads),
        "student_leads": sum(
            (lead.job_title or "").lower() in _STUDENTS for lead in leads
        ),
        "competitor_leads": sum(domains[name] for name in words.COMPETITOR_DOMAINS),
        "customer_leads": sum(lead.account_id in customers for lead in leads),
        "deleted_leads": sum(lead.deleted_at is not None for lead in leads),
        "leads_gone_from_last_snapshot": sum(
            lead.gone_at is not None for lead in leads
        ),
        "hard_bounce_events": kinds["bounced_hard"],
        "auto_reply_events": kinds["auto_replied"],
        "scanner_click_events": log.tally["scanner_click_events"],
        "crawler_events": log.tally["crawler_events"],
        "staff_events": log.tally["staff_events"],
        "web_events_lost_in_outage": log.tally["web_events_lost"],
    }


def count_truths(people: list[Person], log: Log) -> list[dict[str, object]]:
    """Count the planted truths over the prospects, each against a comparison group.

    Returns:
        Dicts of kind, on (what a rule would price: a signal or an activity), value,
        says, leads, won, and the leads and wins it is to be compared with.
    """
    prospects = [person for person in people if person.kind in ("prospect", "mash")]
    did = {
        event: {str(row[0]).split("-")[1] for row in log.web if row[4] == event}
        for event in ("file_downloaded", "site_search")
    }
    titled = [person for person in prospects if person.lead.job_title]

    def truth(
        kind: str, on: str, value: str, says: str, among: list[Person], rest: str = ""
    ) -> dict[str, object]:
        def holds(person: Person, wanted: str) -> bool:
            if on == "seniority":
                return person.seniority in wanted.split("|")
            if on == "partner_id":
                return person.lead.partner_id == wanted
            return person.owner in did[wanted]

        chosen = [person for person in among if holds(person, value)]
        others = [
            person
            for person in among
            if (holds(person, rest) if rest else not holds(person, value))
        ]
        return {
            "kind": kind,
            "on": on,
            "value": value,
            "says": says,
            "leads": len(chosen),
            "won": sum(person.won for person in chosen),
            "compared_with": rest or "all others",
            "compared_leads": len(others),
            "compared_won": sum(person.won for person in others),
        }

    return [
        truth(
            "inverted",
            "seniority",
            "c_level|vp",
            "C-level and VP titles are priced above directors and convert far worse.",
            titled,
            rest="director",
        ),
        truth(
            "useless",
            "activity",
            "file_downloaded",
            "Downloading a file earns points and says nothing.",
            prospects,
        ),
        truth(
            "priced_too_low",
            "activity",
            "site_search",
            "Searching the site earns next to nothing and says a lot.",
            prospects,
        ),
        truth(
            "excellent_partner",
            "partner_id",
            "P02",
            "Partner P02 sends excellent leads.",
            prospects,
        ),
        truth(
            "junk_partner",
            "partner_id",
            "P05",
            "Partner P05 sends junk: made-up names, dead addresses, no sale.",
            prospects,
        ),
    ]
