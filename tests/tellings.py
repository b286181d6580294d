"""Companies whose people are delivered several times over, told in several ways.

Each telling has ids, addresses and browsers of its own, so that one warehouse holds all
of them beside each other. Within a company everything happens that makes it hard to say
who is who: records of one person, changed and handed-over addresses, deletions, merges,
shared browsers, accounts of one domain.
"""

import csv
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random

Row = dict[str, str]
# Rows by source, day of delivery and name of the file.
Files = dict[tuple[str, date, str], list[Row]]

# Stands in every id, address and domain; a telling puts its own word there.
TELLING = "§"

PEOPLE = [
    ("Anna", "Arnold"),
    ("Boris", "Bell"),
    ("Clara", "Costa"),
    ("Dmitri", "Dahl"),
    ("Eva", "Engel"),
    ("Felix", "Faber"),
]
TITLES = ["VP Marketing", "Sales Manager", "Intern", "Chief Financial Officer", ""]
STATUSES = ["new", "working", "recycled", "disqualified", "converted"]
PAGES = ["/pricing", "/product", "/blog/a-day", "/careers", "/about"]
FORMS = ["demo_request", "newsletter", "contact_sales", "ebook"]
CALLS = [
    ("meeting", "attended"),
    ("call", "connected"),
    ("call", "no_answer"),
    ("webinar", "registered"),
    ("webinar", "attended"),
]


@dataclass
class Story:
    """What happened: rows in the order of files, told to nobody yet."""

    days: list[date]
    files: Files = field(default_factory=dict)

    def add(self, source: str, day: date, name: str, row: Row) -> None:
        """Add a row to a day's file; files are delivered on the days of the story."""
        delivered = min(one for one in self.days if one >= day)
        self.files.setdefault((source, delivered, name), []).append(row)


def story_of(companies: int, days: list[date], seed: int) -> Story:
    """Make up what some companies did up to the last of the days."""
    story = Story(days)
    for number in range(companies):
        _Company(story, number, Random(f"{seed} {number}")).live()
    return story


class _Company:
    """One company: its accounts, its people's records, and what they do."""

    def __init__(self, story: Story, number: int, random: Random) -> None:
        self.story = story
        self.random = random
        self.id = f"{TELLING}{number}"
        self.domain = f"c{number}-{TELLING}.example"
        self.first = story.days[0] - timedelta(days=40)
        self.merges: dict[str, str] = {}
        self.records: list[Row] = []
        self.addresses: list[str] = []
        self.visitors = [f"v{self.id}-{place}" for place in range(3)]
        self.events = 0

    def live(self) -> None:
        """Deliver the company's records on each day and its events once."""
        self._found()
        for day in self.story.days:
            if day > self.story.days[0]:
                self._change(day)
            self._deliver(day)
        for _ in range(self.random.randint(8, 25)):
            self._act()

    def _found(self) -> None:
        for first_name, last_name in self.random.sample(
            PEOPLE, self.random.randint(1, 3)
        ):
            place = self.random.choice([self.domain] * 3 + ["gmail.com"])
            address = f"{first_name.lower()}.{self.id}@{place}"
            self.addresses.append(address)
            for _ in range(self.random.choice([1, 1, 2, 3])):
                created = self._moment(self.first, self.first + timedelta(days=30))
                self.records.append(
                    {
                        "lead_id": f"r{self.id}-{len(self.records)}",
                        "email": address,
                        "first_name": first_name,
                        "last_name": last_name,
                        "company_name": f"Company {self.id}",
                        "lead_source": self.random.choice(["web", "fair"]),
                        "job_title": self.random.choice(TITLES),
                        "account_id": self.random.choice(["", f"a{self.id}-0"]),
                        "country": self.random.choice(["DE", "US", ""]),
                        "do_not_contact": self.random.choice(["", "", "", "true"]),
                        "status": self.random.choice(STATUSES),
                        "created_at": created,
                        "updated_at": created,
                        "converted_at": "",
                    }
                )
        self.accounts = self.random.sample([f"a{self.id}-0", f"a{self.id}-1"], k=2)

    def _change(self, day: date) -> None:
        """Somebody works in the CRM in the days before a delivery."""
        for record in list(self.records):
            chance = self.random.random()
            if chance < 0.08:
                self.records.remove(record)
            elif chance < 0.5:
                self._edit(record, chance)
                # The last are saved by a program, which leaves the time as it was.
                if chance < 0.35:
                    record["updated_at"] = self._moment(day - timedelta(days=3), day)
        if len(self.records) > 1 and self.random.random() < 0.3:
            self._hand_over(*self.random.sample(self.records, k=2))
        if len(self.records) > 1 and self.random.random() < 0.3:
            merged, into = self.random.sample(self.records, k=2)
            self.merges[merged["lead_id"]] = into["lead_id"]
        elif self.merges and self.random.random() < 0.3:
            self.merges.popitem()
        if self.random.random() < 0.15:
            self.accounts = self.accounts[:1]

    def _edit(self, record: Row, chance: float) -> None:
        """One column is another; who saves a record without a change edits it too."""
        if chance < 0.2:
            record["email"] = self.random.choice([*self.addresses, self._new_address()])
        elif chance < 0.25:
            record["job_title"] = self.random.choice(TITLES)
        elif chance < 0.3:
            record["do_not_contact"] = self.random.choice(["", "true", "false"])
        elif chance > 0.33:
            record["status"] = self.random.choice(STATUSES)
            record["converted_at"] = self.random.choice(["", record["created_at"]])

    def _hand_over(self, giver: Row, taker: Row) -> None:
        """A record takes the address of another."""
        taker["email"] = giver["email"]
        giver["email"] = self.random.choice([*self.addresses, self._new_address()])

    def _new_address(self) -> str:
        return f"new{len(self.records)}.{self.id}@{self.domain}"

    def _deliver(self, day: date) -> None:
        for record in self.records:
            self.story.add("crm", day, "leads", {**record})
        for place, account in enumerate(self.accounts):
            row = {"account_id": account, "name": f"Company {self.id}"}
            row |= {"domain": self.domain, "industry": "Software"}
            row |= {"employee_count": str(200 * (place + 1))}
            self.story.add("crm", day, "accounts", row)
        for merged, into in self.merges.items():
            self.story.add("crm", day, "merges", {"merged_id": merged, "into_id": into})
        won = self.random.choice(["true", "false"])
        deal = {"opportunity_id": f"o{self.id}", "account_id": self.accounts[0]}
        deal |= {"stage": "open", "is_won": won, "amount": "1000"}
        deal |= {"created_at": f"{self.first}", "closed_at": f"{day}"}
        self.story.add("crm", day, "opportunities", deal)

    def _act(self) -> None:
        self.events += 1
        at = self._moment(self.first, self.story.days[-1])
        day = date.fromisoformat(at[:10])
        event = {"event_id": f"x{self.id}-{self.events}", "occurred_at": at}
        kind = self.random.choice(["web", "web", "form", "email", "crm"])
        if kind == "crm":
            activity_type, outcome = self.random.choice(CALLS)
            event["activity_id"] = event.pop("event_id")
            event |= {"activity_type": activity_type, "outcome": outcome}
            event["lead_id"] = f"r{self.id}-{self.random.randint(0, 3)}"
            self.story.add("crm", day, "activities", event)
        elif kind == "email":
            event_type = self.random.choice(["clicked", "clicked", "unsubscribed"])
            event |= {"event_type": event_type, "url": f"https://{self.domain}/"}
            event["email"] = self.random.choice(self.addresses)
            self.story.add("email", day, "mails", event)
        else:
            event["visitor_id"] = self.random.choice(self.visitors)
            event["event_type"] = "page_view" if kind == "web" else "form_submitted"
            event["event_name"] = "" if kind == "web" else self.random.choice(FORMS)
            event["url"] = "https://site.example" + self.random.choice(PAGES)
            event["email"] = "" if kind == "web" else self.random.choice(self.addresses)
            self.story.add("web", day, "pages", event)

    def _moment(self, first: date, last: date) -> str:
        """A moment between two days that no other row of the company has."""
        span = (last - first).days * 86_400
        return str(
            datetime.combine(first, time(12))
            + timedelta(microseconds=self.random.randrange(span * 10**6))
        )


def tell(
    story: Story,
    extracts: Path,
    word: str,
    retell: Callable[[Files], Files] = lambda files: files,
) -> None:
    """Deliver a story as a telling has it, its files named after the telling's word."""
    for (source, day, name), rows in retell(story.files).items():
        folder = extracts / source / day.isoformat()
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder / f"{name}_{word}.csv", rows, word)


def _write(path: Path, rows: Iterable[Row], word: str) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = list(rows)
        names = list(dict.fromkeys(name for row in rows for name in row))
        writer = csv.DictWriter(file, names, restval="")
        writer.writeheader()
        for row in rows:
            writer.writerow({k: v.replace(TELLING, word) for k, v in row.items()})
