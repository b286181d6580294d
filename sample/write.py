"""Write a sample world: three deliveries of extracts, and what was planted in them."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import shutil
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

import duckdb

from leadscore.canonical import TABLES
from leadscore.errors import LeadscoreError
from leadscore.loading.row_sql import literal
from sample import dirt, feedback
from sample.cast_scripts import play
from sample.crm import account_row, cell, lead_row, opportunity_row, owner_rows
from sample.events import live
from sample.outcomes import choose_downloaders, decide_outcomes, set_statuses
from sample.people import Person, add_twin, make_accounts, make_people
from sample.summary import count_dirt, count_truths
from sample.world import Account, Calendar, Lead, Log, Opportunity, Row

FEWEST_LEADS = 200
_TWIN_SHARE = 0.03
_GONE = slice(30, 32)  # records that the last snapshot no longer has
_DELETED = slice(50, 53)  # records that the CRM flags as deleted
_BANT = ("bant_budget", "bant_authority", "bant_need", "bant_timeline")
_BROKEN_AFTER = 9  # rows that come before the unreadable ones


# What the sample's tools do not say.
_UNSAID = {"attributes", "currency", "is_closed", "lifecycle_stage", "merged_ids"}
_UNSAID_OF = {
    "crm_leads": {"industry", "employee_count", "annual_revenue"},
    "email_events": {"lead_id"},
    "web_events": {"lead_id"},
}


def _columns(table: str, *more: str) -> tuple[str, ...]:
    unsaid = _UNSAID | _UNSAID_OF.get(table, set())
    names = [name for name in TABLES[table].columns if name not in unsaid]
    return (*names, *more)


LEAD_COLUMNS = _columns("crm_leads", *_BANT)
ACCOUNT_COLUMNS = _columns("crm_accounts")
OPPORTUNITY_COLUMNS = _columns("crm_opportunities")
OWNER_COLUMNS = _columns("crm_owners")
ACTIVITY_COLUMNS = _columns("crm_activities")
EMAIL_COLUMNS = _columns("email_events")
WEB_COLUMNS = _columns("web_events")
FEEDBACK_COLUMNS = ("lead_id", "verdict", "given_by", "note", "given_at")


@dataclass
class SampleSummary:
    """What was written, and everything that was planted in it.

    Attributes:
        leads: CRM lead records over all deliveries.
        until: The last day.
        seed: What the sample was made from, besides `leads` and `until`.
        days: The delivery days, oldest first.
        rows: Readable rows by table: events over all deliveries, each once; of the
            snapshots the last.
        won_leads: CRM records that became a customer.
        dirt: How much there is of each kind of dirt.
        truths: What a later analysis must find, with the planted counts.
        outage_days: The days without web events.
        late_events: Events delivered a day or two late, by table.
        unreadable_rows: Rows that cannot be read, by file.
        repeated_files: Files whose content is delivered twice; the second ones.
        files: SHA-256 of every file, by its path under the extracts folder.
    """

    leads: int
    until: str
    seed: int
    days: list[str]
    rows: dict[str, int] = field(default_factory=dict)
    won_leads: int = 0
    dirt: dict[str, int] = field(default_factory=dict)
    truths: list[dict[str, object]] = field(default_factory=list)
    outage_days: list[str] = field(default_factory=list)
    late_events: dict[str, int] = field(default_factory=dict)
    unreadable_rows: dict[str, int] = field(default_factory=dict)
    repeated_files: list[str] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)


@dataclass
class _World:
    calendar: Calendar
    people: list[Person]
    leads: list[Lead]
    accounts: list[Account]
    deals: list[Opportunity]
    log: Log


def write_sample(
    folder: Path, leads: int = 2000, until: date | None = None, seed: int = 7
) -> SampleSummary:
    """Write a made-up world's extracts to `folder`; the same arguments, the same bytes.

    The cast (`sample.CAST`) depends on `until` alone.

    Args:
        folder: The world; `extracts/` and `sample.json` are written below it. A sample
            that stands there already is replaced.
        leads: CRM lead records, the cast among them.
        until: The last day that is delivered (UTC); by default a fixed one.
        seed: Another seed makes another world of the same kind.

    Raises:
        LeadscoreError: If the world has extracts that are no sample's, or `leads` is
            too small a number.
    """
    if leads < FEWEST_LEADS:
        raise LeadscoreError(
            f"a sample needs at least {FEWEST_LEADS} leads, not {leads}"
        )
    _refuse_foreign_extracts(folder)
    calendar = Calendar(until or date(2026, 6, 30))
    world = _make_world(leads, seed, calendar)
    summary = SampleSummary(
        leads=len(world.leads),
        until=calendar.until.isoformat(),
        seed=seed,
        days=[day.isoformat() for day in calendar.deliveries],
        won_leads=sum(deal.won for deal in world.deals),
        outage_days=[day.isoformat() for day in calendar.outage],
    )
    fresh = folder / ".extracts.part"
    shutil.rmtree(fresh, ignore_errors=True)
    _write_crm(fresh, world, summary)
    _write_events(fresh, world, summary)
    _write_feedback(fresh, world, summary)
    _finish_days(fresh, calendar)
    summary.dirt |= count_dirt(world.people, world.leads, world.accounts, world.log)
    summary.truths = count_truths(world.people, world.log)
    summary.files = _checksums(fresh)
    shutil.rmtree(folder / "extracts", ignore_errors=True)
    (folder / "sample.json").write_text(
        json.dumps(asdict(summary), indent=2) + "\n", encoding="utf-8"
    )
    fresh.rename(folder / "extracts")
    return summary


def read_summary(folder: Path) -> SampleSummary | None:
    """Return what a world's last sample was; None: there is none that can be read."""
    try:
        note = (folder / "sample.json").read_text(encoding="utf-8")
        return SampleSummary(**json.loads(note))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def foreign_extracts(folder: Path) -> list[str]:
    """Return the extracts of a world that its sample did not write, or not so."""
    sample = read_summary(folder)
    known = sample.files if sample else {}
    found = _checksums(folder / "extracts")
    return [name for name, sha in found.items() if known.get(name) != sha]


def _refuse_foreign_extracts(folder: Path) -> None:
    foreign = foreign_extracts(folder)
    if foreign:
        raise LeadscoreError(
            f"{folder / 'extracts'} holds extracts that no sample wrote ({foreign[0]}"
            + (f" and {len(foreign) - 1} more" if len(foreign) > 1 else "")
            + "): choose another folder for the sample, or move them away."
        )


def _checksums(extracts: Path) -> dict[str, str]:
    files = sorted(path for path in extracts.rglob("*") if path.is_file())
    return {
        path.relative_to(extracts).as_posix(): hashlib.sha256(
            path.read_bytes()
        ).hexdigest()
        for path in files
        if not path.name.startswith(".")
    }


def _make_world(leads: int, seed: int, calendar: Calendar) -> _World:
    log = Log(calendar)
    cast_leads, cast_accounts = play(calendar, log)
    twins = round(leads * _TWIN_SHARE)
    accounts = make_accounts(max(leads // 5, 40), seed, calendar)
    people = make_people(leads - len(cast_leads) - twins, accounts, seed, calendar)
    single = [person for person in people if person.kind == "prospect"]
    for person in Random(f"twins/{seed}").sample(single, twins):
        add_twin(person, calendar)
    deals = decide_outcomes(people, leads, seed, calendar)
    choose_downloaders(people)
    set_statuses(people)
    records = [person.lead for person in people]
    records += [person.twin for person in people if person.twin]
    records.sort(key=lambda lead: (lead.created_at, lead.email or ""))
    for number, lead in enumerate(records, start=1):
        # L90001 to L90100 are the cast's.
        lead.lead_id = f"L{number if number <= 90_000 else number + 100:05}"
    for lead in records[_GONE]:
        lead.gone_at = calendar.ago(0, "06:00")
    for lead in records[_DELETED]:
        lead.deleted_at = calendar.ago(30, "10:00")
    deals.sort(key=lambda deal: (deal.created_at, deal.lead.lead_id))
    for number, deal in enumerate(deals, start=1):
        deal.opportunity_id = f"O{number:05}"
    for person in people:
        live(person, log)
    dirt.add_anonymous_visitors(log, leads, seed)
    dirt.add_crawlers(log)
    dirt.add_staff(log)
    for rows in (log.email, log.web, log.activities):
        rows.sort(key=lambda row: (row[-1], row[0]))
    return _World(
        calendar, people, records + cast_leads, accounts + cast_accounts, deals, log
    )


# --- CRM ------------------------------------------------------------------------


def _write_crm(extracts: Path, world: _World, summary: SampleSummary) -> None:
    history = world.calendar.deliveries[0]
    delivered = _by_delivery(world.log.activities, "crm_activities", world, summary)
    for day in world.calendar.deliveries:
        folder = extracts / "crm" / day.isoformat()
        folder.mkdir(parents=True)
        now = datetime.combine(day + timedelta(days=1), datetime.min.time())
        first = day == history
        tables = (
            ("leads", LEAD_COLUMNS, (lead_row(lead, now) for lead in world.leads)),
            (
                "accounts",
                ACCOUNT_COLUMNS,
                (account_row(account, now) for account in world.accounts),
            ),
            (
                "opportunities",
                OPPORTUNITY_COLUMNS,
                (opportunity_row(deal, now) for deal in world.deals),
            ),
            ("owners", OWNER_COLUMNS, owner_rows()),
            ("activities", ACTIVITY_COLUMNS, delivered[day]),
        )
        for name, columns, rows in tables:
            lines = [_csv_line(row) for row in rows if row]
            if name != "activities":
                summary.rows[f"crm_{name}"] = len(lines)
            if first and name in ("leads", "activities"):
                moment = "created_at" if name == "leads" else "occurred_at"
                broken = dirt.broken_csv_lines(columns, f"broken-{name}", moment)
                lines[_BROKEN_AFTER:_BROKEN_AFTER] = broken
                summary.unreadable_rows[f"crm/{day}/{name}.csv"] = len(broken)
            text = ",".join(columns) + "\n" + "".join(lines)
            (folder / f"{name}.csv").write_text(text, encoding="utf-8", newline="")


def _csv_line(row: Row) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow([cell(value) for value in row])
    return line.getvalue()


# --- email and web --------------------------------------------------------------


def _by_delivery(
    rows: list[Row], table: str, world: _World, summary: SampleSummary
) -> dict[date, list[Row]]:
    days = world.calendar.deliveries
    delivered: dict[date, list[Row]] = defaultdict(list)
    late = 0
    for row in rows:
        day = row[-1].date()  # type: ignore[attr-defined]
        arrives = dirt.delivery_day(str(row[0]), day, days)
        late += arrives != max(day, days[0])
        delivered[arrives].append(row)
    summary.rows[table] = len(rows)
    summary.late_events[table] = late
    return delivered


def _write_events(extracts: Path, world: _World, summary: SampleSummary) -> None:
    emails = _by_delivery(world.log.email, "email_events", world, summary)
    webs = _by_delivery(world.log.web, "web_events", world, summary)
    for position, day in enumerate(world.calendar.deliveries):
        mail = extracts / "email" / str(day) / f"events_{day}.jsonl.gz"
        web = extracts / "web" / str(day) / f"events_{day}.parquet"
        lines = [
            dirt.as_json_line((*row[:-1], cell(row[-1])), EMAIL_COLUMNS)
            for row in emails[day]
        ]
        rows = webs[day]
        if position == 0:
            lines[_BROKEN_AFTER:_BROKEN_AFTER] = dirt.BROKEN_EMAILS
            broken = dirt.broken_web_rows(world.calendar.start)
            rows[_BROKEN_AFTER:_BROKEN_AFTER] = broken
            for path, count in ((mail, len(dirt.BROKEN_EMAILS)), (web, len(broken))):
                name = path.relative_to(extracts).as_posix()
                summary.unreadable_rows[name] = count
        _write_gzip(mail, "".join(lines))
        _write_parquet(web, rows)
        if position == 1:  # sent again: at once, and a day later
            again = mail.with_name(f"events_{day}_again.jsonl.gz")
            later = web.parent.parent / str(day + timedelta(days=1)) / web.name
            for first, second in ((mail, again), (web, later)):
                second.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(first, second)
                summary.repeated_files.append(second.relative_to(extracts).as_posix())


def _write_feedback(extracts: Path, world: _World, summary: SampleSummary) -> None:
    """Write a sheet of what was said since the last, on days when something was."""
    rows = feedback.give(world.people, world.deals, summary.seed, world.calendar)
    summary.rows["feedback"] = len(rows)
    said: dict[date, list[Row]] = defaultdict(list)
    for row in rows:
        day = row[-1].date()  # type: ignore[attr-defined]
        said[max(day, world.calendar.deliveries[0])].append(row)
    for day, of_day in said.items():
        path = extracts / "feedback" / str(day) / "feedback.csv"
        path.parent.mkdir(parents=True)
        text = ",".join(FEEDBACK_COLUMNS) + "\n" + "".join(map(_csv_line, of_day))
        path.write_text(text, encoding="utf-8", newline="")


def _write_gzip(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Neither a name nor a time in the header: the same text gives the same bytes.
    with (
        path.open("wb") as file,
        gzip.GzipFile("", "wb", compresslevel=6, fileobj=file, mtime=0) as packed,
    ):
        packed.write(text.encode())


def _write_parquet(path: Path, rows: Iterable[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # DuckDB reads a CSV much faster than rows that are handed over one by one.
    text = path.with_name(f".{path.name}.csv")
    with text.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows((*row[:-1], cell(row[-1])) for row in rows)
    types = TABLES["web_events"].columns
    # properties stays text: a vendor's Parquet knows no JSON.
    columns = {
        name: types[name].replace("json", "varchar").upper() for name in WEB_COLUMNS
    }
    with duckdb.connect(config={"threads": "1"}) as connection:
        connection.execute(
            f"copy (from read_csv(?, header = false, columns = {columns!r})) "
            f"to {literal(str(path))} (format parquet, compression zstd)",
            [str(text)],
        )
    text.unlink()


def _finish_days(extracts: Path, calendar: Calendar) -> None:
    for source in ("crm", "email", "web"):
        for day in calendar.deliveries:
            (extracts / source / str(day) / "_DONE").touch()
