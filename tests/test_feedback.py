"""What reps say of leads: where it is shown, and where judge says that they agree."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import duckdb
import pytest
from ingest_world import World
from rich.console import Console
from small_marts import build_marts, small_world

from leadscore import explain, summary
from leadscore.candidate import write_candidate
from leadscore.judging import sections
from leadscore.publish import DATABASE, publish
from leadscore.report.parts import Row
from leadscore.serve import lead as page_of_lead
from leadscore.settings import Settings
from leadscore.validate import audit_candidate

DAY = date(2026, 11, 20)
SHEET = """lead_id,email,verdict,given_by,given_at,note
L1,,good,U1,2026-11-19 10:00,Wants a quote
,ann@x.example,Wrong Person,,2026-11-19,
,,good,U1,2026-11-19 10:00,names nobody
L2,,,U1,2026-11-19 10:00,says nothing
L3,,bad,U1,soon,
"""


def test_a_sheet_is_loaded_and_what_says_nothing_of_nobody_is_rejected(
    tmp_path: Path,
) -> None:
    world = World(tmp_path)
    world.deliver("sheet.csv", SHEET, DAY, "feedback")
    (batch,) = world.load(DAY, "feedback")
    assert (batch.rows_read, batch.rows_loaded) == (5, 2)
    columns = "lead_id, email, verdict, given_by, given_at::date, note"
    assert world.query(f"select {columns} from raw.feedback order by 1") == [
        ("L1", None, "good", "U1", date(2026, 11, 19), "Wants a quote"),
        (None, "ann@x.example", "Wrong Person", None, date(2026, 11, 19), None),
    ]
    lines = world.quarantined("sheet.csv.csv", DAY, "feedback").splitlines()
    assert [line.split(",")[1:3] for line in lines[1:]] == [
        *(["4", "lead_id"], ["5", "verdict"], ["6", "given_at"]),
    ]


@pytest.fixture
def published(tmp_path: Path) -> Settings:
    settings = small_world(tmp_path)
    build_marts(settings, DAY, "one")
    build = write_candidate(settings, DAY, "one")
    assert audit_candidate(settings, build).success
    publish(settings, build)
    return settings


def test_explain_has_a_line_for_each_who_gave_a_verdict(published: Settings) -> None:
    with duckdb.connect(
        str(published.published / DATABASE), read_only=True
    ) as connection:
        console = Console(width=100, file=io.StringIO())
        console.print(explain._feedback(connection, "L1"))
        assert explain._feedback(connection, "L2") == ""
    told = console.file.getvalue()  # type: ignore[attr-defined]
    assert "2026-11-20  good          Olga Own" in told
    assert "2026-11-20  wrong person  unknown" in told


def test_the_page_of_a_lead_has_the_verdicts_and_the_newest_note() -> None:
    verdict = {"verdict": "bad_data", "given_by": "Olga Own", "given_at": DAY}
    note = {"feedback_note": "Call again"}
    [section] = page_of_lead._feedback({"feedback": [verdict], "contact": note})
    assert section.sentences[1] == "The newest note: Call again"
    assert section.tables[0].rows == [["2026-11-20", "bad data", "Olga Own"]]
    assert page_of_lead._feedback({"feedback": [], "contact": note}) == []


def test_status_says_that_nobody_reads_feedback_where_it_is_no_source(
    tmp_path: Path,
) -> None:
    settings = small_world(tmp_path).model_copy(update={"sources": "crm"})
    (settings.extracts / "feedback" / "2026-11-20").mkdir(parents=True)
    (settings.extracts / "crm" / "2026-11-20").mkdir(parents=True)
    [told] = summary.not_read(settings)
    assert told.startswith("  feedback: not read, though")
    assert told.endswith("in use are crm")
    both = settings.model_copy(update={"sources": "crm,feedback"})
    assert list(summary.not_read(both)) == []


def found(kind: str, item: str, leads: int, good: int, finding: str) -> Row:
    return {
        **{"item_kind": kind, "item": item, "leads": leads, "good": good},
        **{"bad": leads - good, "wrong_person": 0, "bad_data": 0, "finding": finding},
        **{"average_points": -5, "share_good": good / leads, "low": 0.1, "high": 0.9},
        **{"other_share_good": None, "other_low": None, "other_high": None},
    }


def test_judge_says_with_how_many_rules_verdicts_agree() -> None:
    rows = [
        found("all", "all", 40, 20, "too few to say"),
        found("rule", "neg_free_mail", 20, 2, "less often good"),
        found("rule", "neg_student", 12, 11, "more often good"),
        found("rule", "neg_bounce", 2, 0, "too few to say"),
        found("grade", "A", 10, 8, "not told apart"),
        found("not scored", "not scored", 3, 1, "too few to say"),
    ]
    section = sections.feedback(rows, {"neg_student": "Is a student"})
    assert section.sentences[0].startswith("Of 40 leads with a verdict 50.0")
    assert section.sentences[1:] == [
        "Left out: 3 leads with a verdict that had no score the day before it.",
        "Of 3 rules verdicts agree with 1 and disagree with 1; of 1 there are too few "
        "to say.",
    ]
    rules, grades = section.tables
    assert [row[0] for row in rules.rows] == ["neg_free_mail", "neg_student"]
    assert rules.rows[1][1:4] == ["Is a student", "\N{MINUS SIGN}5", "12"]
    assert grades.rows[0][0] == "A"
    nobody = sections.feedback([], {})
    assert nobody.sentences == ["Nobody has given a verdict on a scored lead."]
