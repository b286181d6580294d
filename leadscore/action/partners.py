"""What each partner hears: a file and a page of their own leads, with each build."""

from __future__ import annotations

import csv
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import quote

from leadscore.action.files import PartnerFile, read_rows
from leadscore.dbt_runner import hash_of
from leadscore.errors import counted
from leadscore.judging.wording import NONE, number, percent
from leadscore.loading.row_sql import identifier, literal
from leadscore.publish import AS_CSV, PARTNERS
from leadscore.report.page import NAVIGATION, Shown, first_of, write_sections
from leadscore.report.parts import Section, Table
from leadscore.report.write import shown
from leadscore.settings import Settings

# A page is to be read; the file has all.
LEADS_SHOWN = 500
MONTHS_SHOWN = 24

ANY_OTHER = "*"

# A partner's leads with what lead_scores does not have; a line for each CRM record if
# `record_id` is asked for.
LEADS = """
    select
        lead_scores.*, coalesce(lead_outcomes.is_won, false) as is_won, {record_id}
    from lead_scores
    left join lead_outcomes on lead_scores.lead_id = lead_outcomes.lead_id
    {identities}
    where partner_id = {partner_id}
"""
RECORDS = """
    left join lead_identities as identities
        on
            lead_scores.lead_id = identities.lead_id
            and identities.identifier_type = 'crm' and identities.until is null
"""
QUALITY = """
    select *
    from partner_quality
    where partner_id = ? order by month desc nulls last
"""


def write_partner_files(settings: Settings, build: Path) -> None:
    """Write a build's files for partners, in place of those that are there.

    Args:
        settings: The world; its action/partner_files.csv says what whom is shown.
        build: The build, which may be changed.

    Raises:
        LeadscoreError: If partner_files.csv has a mistake.
    """
    rows = {row.partner_id: row for row in read_rows(settings, PartnerFile)}

    def shows(partner: str, name: str) -> list[str]:
        row = rows.get(partner, rows.get(ANY_OTHER))
        return row.names if row else []

    _write_files(settings, build, shows)


def rewrite_partner_files(settings: Settings, build: Path) -> None:
    """Write the files that a build has for partners anew, with their columns."""
    found = {}
    for path in (build / PARTNERS).glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            found[path.stem] = next(csv.reader(file))
    _write_files(settings, build, lambda partner, name: found.get(name, []))


def _write_files(
    settings: Settings, build: Path, shows: Callable[[str, str], list[str]]
) -> None:
    shutil.rmtree(build / PARTNERS, ignore_errors=True)
    with shown(settings, build, with_names=False) as opened:
        partners = opened.column(
            "select distinct partner_id from lead_scores "
            "where partner_id is not null order by partner_id"
        )
        for partner, name in _file_names(partners).items():
            if not (columns := shows(partner, name)):
                continue
            (build / PARTNERS).mkdir(exist_ok=True)
            path = build / PARTNERS / f"{name}.csv"
            _write_file(opened, partner, columns, path)
            page = _page(opened, partner, columns)
            path.with_suffix(".html").write_text(page, encoding="utf-8")


def _file_names(partners: Sequence[str]) -> dict[str, str]:
    """Return a name for each partner that is one on every file system.

    Those whose ids differ in capitals alone, which some take for the same, have more
    behind it.
    """
    names = {
        partner: quote(partner, safe=" ").replace(".", "%2E").lower()
        for partner in partners
    }
    times = Counter(names.values())
    return {
        partner: name if times[name] == 1 else f"{name}-{hash_of(partner)[:6]}"
        for partner, name in names.items()
    }


def _leads(partner: str, columns: list[str]) -> str:
    has_records = "record_id" in columns
    query = LEADS.format(
        record_id="identities.identifier as record_id" if has_records else "null",
        identities=RECORDS if has_records else "",
        partner_id=literal(partner),
    )
    told = ", ".join(map(identifier, columns))
    return f"select {told} from ({query}) order by all"


def _write_file(shown: Shown, partner: str, columns: list[str], path: Path) -> None:
    shown.connection.execute(
        f"copy ({_leads(partner, columns)}) to {literal(str(path))} ({AS_CSV})"
    )


def _page(shown: Shown, partner: str, columns: list[str]) -> str:
    rows = shown.rows(_leads(partner, columns))
    table = Table(
        "Each lead",
        [column.replace("_", " ") for column in columns],
        [[_cell(row[name]) for name in columns] for row in rows[:LEADS_SHOWN]],
        first_of(rows, LEADS_SHOWN),
    )
    page = write_sections(
        f"Leads of {partner}",
        [_quality(shown, partner), Section("The leads", tables=[table])],
        said=f"As of {shown.as_of}.",
    )
    return page.replace(NAVIGATION, "", 1)  # there is no other page for them


def _quality(shown: Shown, partner: str) -> Section:
    """Say how good the leads of each month are, beside the other partners' median."""
    rows = shown.rows(QUALITY, [partner])
    section = Section(
        "Month by month",
        [
            "The median of the other partners stands behind each share, where there "
            "are three of them or more."
        ],
    )
    columns = ["month", "leads", "A", "B", "C", "D", "F", "no grade"]
    section.tables.append(
        Table(
            "How good they are",
            [*columns, "rejected", "qualified", "won", "why rejected"],
            [
                [
                    row["month"] or "unknown",
                    *(
                        number(row[name])
                        for name in (
                            *("leads", "grade_a", "grade_b", "grade_c", "grade_d"),
                            *("grade_f", "grade_none"),
                        )
                    ),
                    *(
                        _beside(row[name], row[f"{name}_of_others"])
                        for name in ("rejected_rate", "mql_rate", "won_rate")
                    ),
                    row["rejected_because"] or NONE,
                ]
                for row in rows[:MONTHS_SHOWN]
            ],
            first_of(rows, MONTHS_SHOWN),
        )
    )
    section.sentences.insert(0, f"{counted(sum(r['leads'] for r in rows), 'lead')}.")
    return section


def _beside(share: float, others: float | None) -> str:
    told = percent(share)
    return told if others is None else f"{told} ({percent(others)})"


def _cell(value: object) -> str:
    if value is None:
        return NONE
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
