"""The sample: what it promises to the tests, the docs and a later analysis."""

from __future__ import annotations

import csv
import gzip
import json
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from leadscore.errors import LeadscoreError
from sample import CAST, SampleSummary, vocabulary, write_sample
from sample.cast_scripts import play
from sample.people import TRADE_SHOW_LEADS
from sample.world import Calendar, Log

UNTIL = date(2026, 3, 15)  # a Sunday
SMALL = 200
Rows = list[dict[str, str]]


class Sample:
    """A written world and its readable rows."""

    def __init__(self, folder: Path, leads: int) -> None:
        self.folder = folder
        self.summary = write_sample(folder, leads, UNTIL)
        self.extracts = folder / "extracts"
        self.leads = self.snapshot("leads", self.summary.days[-1])
        self.emails = [
            json.loads(line)
            for path in sorted(self.extracts.glob("email/*/*.gz"))
            if self.name(path) not in self.summary.repeated_files
            for line in gzip.decompress(path.read_bytes()).decode().splitlines()
            if "-broken-" not in line
        ]
        self.activities = [
            row
            for day in self.summary.days
            for row in self.snapshot("activities", day)
            if "broken" not in row["activity_id"]
        ]
        once = [
            str(path)
            for path in sorted(self.extracts.glob("web/*/*.parquet"))
            if self.name(path) not in self.summary.repeated_files
        ]
        self.web = duckdb.sql(
            f"from read_parquet({once!r}) where event_id not like '%-broken-%'"
        ).fetchall()

    def name(self, path: Path) -> str:
        return path.relative_to(self.extracts).as_posix()

    def snapshot(self, table: str, day: str) -> Rows:
        path = self.extracts / "crm" / day / f"{table}.csv"
        with path.open(encoding="utf-8", newline="") as file:
            return [
                row
                for row in csv.DictReader(file)
                if not next(iter(row.values())).startswith("broken-")
            ]


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return Sample(tmp_path_factory.mktemp("sample"), 2000)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return Sample(tmp_path_factory.mktemp("small"), SMALL)


def test_same_arguments_give_the_same_bytes(small: Sample, tmp_path: Path) -> None:
    again = write_sample(tmp_path, SMALL, UNTIL)
    assert again.files == small.summary.files
    assert again == small.summary


def test_another_seed_makes_another_world(small: Sample, tmp_path: Path) -> None:
    other = write_sample(tmp_path, SMALL, UNTIL, seed=8)
    # Feedback is not given every day.
    files, others = (
        {name for name in files if not name.startswith("feedback/")}
        for files in (small.summary.files, other.files)
    )
    assert others == files
    assert other.files != small.summary.files


def test_three_deliveries_of_each_source_are_marked_as_done(sample: Sample) -> None:
    assert sample.summary.days == ["2026-03-13", "2026-03-14", "2026-03-15"]
    for source in ("crm", "email", "web"):
        days = sorted(path.name for path in (sample.extracts / source).iterdir())
        assert days == sample.summary.days
        for day in days:
            assert (sample.extracts / source / day / "_DONE").read_bytes() == b""


def test_summary_file_says_what_was_written(sample: Sample) -> None:
    written = json.loads((sample.folder / "sample.json").read_text(encoding="utf-8"))
    assert SampleSummary(**written) == sample.summary
    rows = sample.summary.rows
    assert rows["crm_leads"] == len(sample.leads)
    assert rows["crm_activities"] == len(sample.activities)
    assert rows["email_events"] == len(sample.emails)
    assert rows["web_events"] == len(sample.web)
    assert sample.summary.leads == 2000
    gone = sample.summary.dirt["leads_gone_from_last_snapshot"]
    assert rows["crm_leads"] == 2000 - gone


def test_feedback_is_given_by_owners_and_goes_with_what_became_of_leads(sample):
    paths = sorted((sample.extracts / "feedback").rglob("*.csv"))
    rows = [
        row
        for path in paths
        for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines())
    ]
    assert len(rows) == sample.summary.rows["feedback"] == 62
    owners = {row["lead_id"]: row["owner_id"] for row in sample.leads}
    unknown = [row for row in rows if row["lead_id"] not in owners]
    assert [row["lead_id"] for row in unknown] == ["L99999"]
    assert all(
        row["given_by"] == owners[row["lead_id"]] for row in rows if row not in unknown
    )
    assert [row["verdict"] for row in rows].count("maybe next year") == 1
    deals = sample.snapshot("opportunities", sample.summary.days[-1])
    won = {row["lead_id"] for row in deals if row["is_won"] == "true"}
    good = {
        is_won: [
            row["verdict"] in ("good", "great lead")
            for row in rows
            if (row["lead_id"] in won) is is_won
        ]
        for is_won in (True, False)
    }
    rates = [sum(said) / len(said) for said in (good[True], good[False])]
    assert rates[0] > 0.7
    assert rates[1] < 0.4


def test_volumes_are_those_of_a_small_company(sample: Sample) -> None:
    rows = sample.summary.rows
    assert 20_000 < rows["email_events"] < 40_000
    assert 30_000 < rows["web_events"] < 60_000
    assert 1_500 < rows["crm_activities"] < 2_500
    assert 300 < rows["crm_accounts"] < 500


def test_event_ids_are_unique(sample: Sample) -> None:
    for ids in (
        [row["activity_id"] for row in sample.activities],
        [row["event_id"] for row in sample.emails],
        [row[0] for row in sample.web],
    ):
        assert len(ids) == len(set(ids))


def test_nothing_happens_after_the_last_day(sample: Sample) -> None:
    end = "2026-03-16"
    assert max(row["occurred_at"] for row in sample.emails) < end
    assert max(row["occurred_at"] for row in sample.activities) < end
    assert max(row[-1] for row in sample.web) < datetime.fromisoformat(end)
    for day in sample.summary.days:
        for row in sample.snapshot("leads", day):
            assert (
                max(row["created_at"], row["updated_at"], row["converted_at"])[:10]
                <= day
            )


def test_rates_are_those_of_real_crms(sample: Sample) -> None:
    free = {domain for group in vocabulary.FREE_MAIL.values() for domain in group}
    leads = len(sample.leads)
    on_free_mail = sum(
        row["email"].lower().split("@")[1] in free for row in sample.leads
    )
    untitled = sum(not row["job_title"] for row in sample.leads)
    assert 0.02 <= sample.summary.won_leads / leads <= 0.04
    assert 0.13 < on_free_mail / leads < 0.17
    assert 0.28 < untitled / leads < 0.38


def test_most_leads_never_do_a_thing_and_a_few_do_very_much(sample: Sample) -> None:
    counts: Counter[str] = Counter()
    created = {row["email"].lower(): row["created_at"] for row in sample.leads}
    acts = [
        (row["email"], row["occurred_at"])
        for row in sample.emails
        if row["event_type"] in ("opened", "clicked", "replied")
    ]
    acts += [(row[3], str(row[-1])) for row in sample.web if row[3]]
    for email, at in acts:
        if at > created.get(email.lower(), "9999"):
            counts[email.lower()] += 1
    assert len(counts) < len(created) / 2
    heaviest = sum(n for _, n in counts.most_common(len(counts) // 10))
    assert heaviest > 0.25 * counts.total()


def test_wins_come_weeks_after_the_lead(sample: Sample) -> None:
    created = {row["lead_id"]: row["created_at"] for row in sample.leads}
    won = [
        row
        for row in sample.snapshot("opportunities", sample.summary.days[-1])
        if row["is_won"] == "true"
    ]
    assert len(won) == sample.summary.won_leads
    for row in won:
        came = datetime.fromisoformat(created[row["lead_id"]])
        assert (datetime.fromisoformat(row["closed_at"]) - came).days >= 21


def test_planted_truths_stand_out(sample: Sample) -> None:
    rates = {}
    for truth in sample.summary.truths:
        other = truth["compared_won"] / truth["compared_leads"]  # type: ignore[operator]
        rates[truth["kind"]] = truth["won"] / truth["leads"] / other  # type: ignore[operator]
    assert rates["inverted"] < 0.4
    assert 0.8 < rates["useless"] < 1.25
    assert rates["priced_too_low"] > 4
    assert rates["excellent_partner"] > 3
    assert rates["junk_partner"] == 0


def test_planted_searches_and_partners_are_in_the_extracts(sample: Sample) -> None:
    truths = {truth["kind"]: truth for truth in sample.summary.truths}
    searchers = {row[1] for row in sample.web if row[4] == "site_search"}
    assert truths["priced_too_low"]["leads"] == len(searchers)
    sent = Counter(row["partner_id"] for row in sample.leads)
    for kind, partner in (("excellent_partner", "P02"), ("junk_partner", "P05")):
        cast = sum(
            row["partner_id"] == partner and row["lead_id"] >= "L9"
            for row in sample.leads
        )
        assert truths[kind]["leads"] == sent[partner] - cast


def test_trade_show_leads_are_imported_within_an_hour(sample: Sample) -> None:
    imported = [
        row["created_at"][:13]
        for row in sample.leads
        if row["lead_source"] == "Trade Show" and row["lead_id"] < "L9"
    ]
    assert len(imported) >= TRADE_SHOW_LEADS - 5  # a few are gone or flagged
    assert len(set(imported)) == 1


def test_outage_leaves_two_days_without_web_events(sample: Sample) -> None:
    days = {row[-1].date().isoformat() for row in sample.web}
    assert len(sample.summary.outage_days) == 2
    assert not days & set(sample.summary.outage_days)
    assert len(days) == 363
    assert sample.summary.dirt["web_events_lost_in_outage"] > 0


def test_duplicates_and_shared_mailboxes_are_counted(sample: Sample) -> None:
    dirt = sample.summary.dirt
    mailboxes = Counter(row["email"].lower() for row in sample.leads)
    shared = {mail: n for mail, n in mailboxes.items() if mail.startswith("info@")}
    gone = dirt["leads_gone_from_last_snapshot"]
    repeats = sum(n - 1 for mail, n in mailboxes.items() if mail not in shared)
    assert dirt["duplicate_leads"] - gone <= repeats <= dirt["duplicate_leads"]
    assert repeats >= 50
    assert len(shared) == dirt["shared_mailboxes"]
    assert sum(shared.values()) == dirt["shared_mailbox_leads"]
    assert min(shared.values()) >= 5


def test_machines_and_staff_are_counted(sample: Sample) -> None:
    dirt = sample.summary.dirt
    crawlers = set(vocabulary.CRAWLERS.values())
    staff = [row for row in sample.web if (row[3] or "").endswith("@example.com")]
    assert sum(row[-3] in crawlers for row in sample.web) == dirt["crawler_events"] > 0
    assert {row[1] for row in staff} == {
        row[1] for row in sample.web if row[1].startswith("v-staff-")
    }
    assert (
        sum(row[1].startswith("v-staff-") for row in sample.web) == dirt["staff_events"]
    )
    kinds = Counter(row["event_type"] for row in sample.emails)
    assert kinds["auto_replied"] == dirt["auto_reply_events"] > 0
    assert kinds["bounced_hard"] == dirt["hard_bounce_events"] > 0


def test_only_scanners_click_within_three_seconds(sample: Sample) -> None:
    delivered = {
        (row["email"], row["campaign_id"]): datetime.fromisoformat(row["occurred_at"])
        for row in sample.emails
        if row["event_type"] == "delivered"
    }
    fast: defaultdict[tuple[str, str], int] = defaultdict(int)
    for row in sample.emails:
        mail = (row["email"], row.get("campaign_id", ""))
        if row["event_type"] == "clicked" and mail in delivered:
            at = datetime.fromisoformat(row["occurred_at"])
            fast[mail] += (at - delivered[mail]).total_seconds() <= 3
    clicks = [count for count in fast.values() if count]
    assert sum(clicks) == sample.summary.dirt["scanner_click_events"]
    assert set(clicks) == {len(vocabulary.MAIL_LINKS)}


def test_late_events_are_delivered_a_day_or_two_late(sample: Sample) -> None:
    late = 0
    for day in sample.summary.days[1:]:
        path = sample.extracts / "web" / day / f"events_{day}.parquet"
        days = duckdb.sql(f"select occurred_at::date from '{path}'").fetchall()
        delays = [(date.fromisoformat(day) - at).days for (at,) in days]
        assert set(delays) <= {0, 1, 2}
        late += sum(delay > 0 for delay in delays)
    assert late == sample.summary.late_events["web_events"] > 0


def test_repeated_files_have_the_content_of_another(sample: Sample) -> None:
    files = sample.summary.files
    shas = Counter(files.values())
    assert len(sample.summary.repeated_files) == 2
    for name in sample.summary.repeated_files:
        assert shas[files[name]] == 2


def test_unreadable_rows_are_few_enough_for_the_loader(sample: Sample) -> None:
    broken = sample.summary.unreadable_rows
    assert len(broken) == 4
    assert all(1 <= count <= 5 for count in broken.values())
    email = next(name for name in broken if name.startswith("email/"))
    text = gzip.decompress((sample.extracts / email).read_bytes()).decode()
    assert text.count("-broken-") == broken[email]
    leads = next(name for name in broken if name.endswith("leads.csv"))
    lines = (sample.extracts / leads).read_text(encoding="utf-8").splitlines()
    assert sum(line.startswith("broken-") for line in lines) == broken[leads]


def test_every_member_of_the_cast_is_in_the_crm(sample: Sample) -> None:
    leads = {row["lead_id"]: row for row in sample.leads}
    assert len(CAST) >= 15
    for member in CAST:
        row = leads[member.lead_id]
        assert (row["email"], f"{row['first_name']} {row['last_name']}") == (
            member.email,
            member.name,
        )
        assert member.role
        assert member.lesson
        assert set(member.other_ids) <= leads.keys()


def test_cast_depends_on_nothing_but_the_last_day(
    sample: Sample, small: Sample
) -> None:
    def cast(of: Sample) -> list[object]:
        return [
            [row for row in of.leads if row["lead_id"] >= "L9"],
            [row for row in of.activities if "-L9" in row["activity_id"]],
            [row for row in of.emails if "-L9" in row["event_id"]],
            [row for row in of.web if "-L9" in row[0]],
            [
                row
                for row in of.snapshot("accounts", of.summary.days[-1])
                if row["account_id"] >= "A9"
            ],
        ]

    assert cast(sample) == cast(small)
    assert all(cast(sample))


@pytest.mark.parametrize("days", range(7))
def test_cast_loses_no_event_on_any_weekday(days: int) -> None:
    log = Log(Calendar(UNTIL + timedelta(days=days)))
    play(log.calendar, log)
    assert log.tally["web_events_lost"] == 0
    rows = (len(log.web), len(log.email), len(log.activities))
    assert rows == (336, 87, 13)


def test_student_of_the_cast_read_eighty_blog_pages(sample: Sample) -> None:
    blog = [row for row in sample.web if row[1] == "v-L90004" and row[4] == "page_view"]
    assert sum("/blog/" in row[6] for row in blog) == 81  # and one before her form


def test_kiosk_is_used_by_a_dozen_people(sample: Sample) -> None:
    emails = {row[3] for row in sample.web if row[1] == "v-kiosk" and row[3]}
    assert len(emails) == 13


def test_sample_is_replaced_by_another_one(tmp_path: Path) -> None:
    first = write_sample(tmp_path, SMALL, UNTIL)
    second = write_sample(tmp_path, SMALL, date(2026, 3, 20))
    days = {name.split("/")[1] for name in second.files}
    assert days == {"2026-03-18", "2026-03-19", "2026-03-20"}
    assert not set(first.files) & set(second.files)
    assert not (tmp_path / "extracts" / "crm" / "2026-03-15").exists()


def test_extracts_that_no_sample_wrote_are_never_touched(tmp_path: Path) -> None:
    write_sample(tmp_path, SMALL, UNTIL)
    foreign = tmp_path / "extracts" / "crm" / "2026-03-15" / "leads.csv"
    foreign.write_text("lead_id,email\n1,someone@somewhere.example\n")
    with pytest.raises(LeadscoreError, match=r"crm/2026-03-15/leads\.csv"):
        write_sample(tmp_path, SMALL, UNTIL)
    assert foreign.read_text().startswith("lead_id,email\n1,")


def test_too_few_leads_are_refused(tmp_path: Path) -> None:
    with pytest.raises(LeadscoreError, match="at least 200"):
        write_sample(tmp_path, 20, UNTIL)
    assert not (tmp_path / "extracts").exists()
