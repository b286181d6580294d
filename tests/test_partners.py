"""What partners hear: of their own leads alone, and only what the seed says."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import duckdb
import pytest
from small_marts import build_marts, small_world

from leadscore.action.files import PartnerFile
from leadscore.action.partners import rewrite_partner_files, write_partner_files
from leadscore.candidate import write_candidate
from leadscore.errors import LeadscoreError
from leadscore.models import described
from leadscore.publish import DATABASE, PARTNERS, candidate_path
from leadscore.settings import ACTION

DAY = date(2026, 11, 20)
QUALITY = ", ".join(
    f"null as {column}"
    for column in described("partner_quality").columns
    if column not in ("partner_id", "leads")
)


def written(
    tmp_path: Path, partners: dict[str, str], rows: str = "*,lead_id|is_won\n"
) -> dict[str, str]:
    """Write the files of a small build whose leads come from partners.

    Args:
        tmp_path: Where.
        partners: The partner of each lead.
        rows: The rows of partner_files.csv.

    Returns:
        What is in each file, by its name.
    """
    own = tmp_path / "own"
    (own / "action").mkdir(parents=True)
    header = "partner_id,shows\n"
    (own / "action" / PartnerFile.file).write_text(header + rows, encoding="utf-8")
    settings = small_world(tmp_path).model_copy(update={"config": own})
    build_marts(settings, DAY, "one")
    build = write_candidate(settings, DAY, "one")
    with duckdb.connect(str(build / DATABASE)) as connection:
        connection.execute("update lead_scores set partner_id = null")
        connection.executemany(
            "update lead_scores set partner_id = ? where lead_id = ?",
            [[partner, lead] for lead, partner in partners.items()],
        )
        connection.execute(
            "create table partner_quality as "
            f"select partner_id, count(*) as leads, {QUALITY} from lead_scores "
            "where partner_id is not null group by partner_id"
        )
    write_partner_files(settings, build)
    write_partner_files(settings, build)  # as a repeated call does
    files = sorted((build / PARTNERS).glob("*"))
    return {path.name: path.read_text(encoding="utf-8") for path in files}


def test_each_partner_has_a_file_of_their_own_leads(tmp_path):
    files = written(tmp_path, {"L1": "P1", "L2": "P2"})
    assert list(files) == ["p1.csv", "p1.html", "p2.csv", "p2.html"]
    assert files["p1.csv"] == "lead_id,is_won\nL1,true\n"
    assert files["p2.csv"] == "lead_id,is_won\nL2,false\n"
    assert "L1" in files["p1.html"]
    assert "L2" not in files["p1.html"]
    assert "Leads of P1" in files["p1.html"]


def test_a_partner_is_shown_what_its_row_says(tmp_path):
    rows = "P1,total_points|lead_id\nP2,\n*,lead_id\n"
    files = written(tmp_path, {"L1": "P1", "L2": "P2", "h3": "P3"}, rows)
    assert files["p1.csv"] == "total_points,lead_id\n70.0000,L1\n"
    assert "p2.csv" not in files
    assert files["p3.csv"] == "lead_id\nh3\n"


def test_without_a_row_nobody_gets_a_file(tmp_path):
    assert written(tmp_path, {"L1": "P1"}, "") == {}


def test_ours_tells_no_points(tmp_path):
    with (ACTION / PartnerFile.file).open(encoding="utf-8", newline="") as file:
        [row] = csv.DictReader(file)
    names = row["shows"].split("|")
    assert not [name for name in names if "points" in name or "score" in name]
    file = written(tmp_path, {"L1": "P1"}, f"*,{row['shows']}\n")["p1.csv"]
    leads = list(csv.DictReader(file.splitlines()))
    assert leads
    assert all(list(lead) == names for lead in leads)


def test_a_line_for_each_record_of_a_lead(tmp_path):
    file = written(tmp_path, {"L1": "P1"}, "*,record_id|grade\n")["p1.csv"]
    records = [line["record_id"] for line in csv.DictReader(file.splitlines())]
    assert records == sorted(set(records))
    assert "L1" in records


def test_any_id_of_a_partner_is_the_name_of_a_file(tmp_path):
    files = written(tmp_path, {"L1": "../up", "L2": "<script>.", "h3": "Bär's/B"})
    assert list(files) == [
        *("%2e%2e%2fup.csv", "%2e%2e%2fup.html"),
        *("%3cscript%3e%2e.csv", "%3cscript%3e%2e.html"),
        *("b%c3%a4r%27s%2fb.csv", "b%c3%a4r%27s%2fb.html"),
    ]
    assert "<script>" not in files["%3cscript%3e%2e.html"]


def test_two_partners_do_not_share_a_file(tmp_path):
    files = written(tmp_path, {"L1": "Acme", "L2": "acme", "h3": "Zed"})
    names = [name for name in files if name.endswith(".csv")]
    assert len(names) == 3
    assert sorted(files[name].splitlines()[1][:2] for name in names[:2]) == ["L1", "L2"]
    assert names[2] == "zed.csv"


def test_files_written_anew_show_what_they_showed(tmp_path):
    rows = "P1,lead_id|grade\n"
    files = written(tmp_path, {"L1": "P1", "L2": "P2"}, rows)
    settings = small_world(tmp_path)  # of somebody who does not name their folder
    build = candidate_path(settings, "one")
    rewrite_partner_files(settings, build)
    again = {
        p.name: p.read_text(encoding="utf-8") for p in (build / PARTNERS).glob("*")
    }
    assert again == files
    assert sorted(again) == ["p1.csv", "p1.html"]


@pytest.mark.parametrize(
    ("shows", "said"),
    [
        ("total_point", "no column 'total_point', did you mean total_points"),
        ("email", "lead_scores has no column 'email'"),
        ("grade|grade", "grade stands here twice"),
    ],
)
def test_what_a_partner_cannot_be_shown_is_refused(tmp_path, shows, said):
    with pytest.raises(LeadscoreError, match=said) as error:
        written(tmp_path, {"L1": "P1"}, f"*,{shows}\n")
    assert "action/partner_files.csv line 2 (shows)" in str(error.value)
