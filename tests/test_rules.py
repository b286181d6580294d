import csv
import io
import re
import shutil
from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path

import duckdb
import pytest
import yaml
from rich.console import Console
from typer.testing import CliRunner

from leadscore import rules_cli
from leadscore.dbt_runner import LATER_COLUMNS, lay_out_seeds
from leadscore.errors import LeadscoreError
from leadscore.models import account_columns
from leadscore.rewind import score_past
from leadscore.rules import (
    Vocabulary,
    check,
    check_settings,
    load_vocabulary,
    require_valid,
)
from leadscore.rules.check import vocabulary_of
from leadscore.rules.compare import show_diff, try_rules
from leadscore.rules.coverage import show_coverage
from leadscore.rules.draft import score_draft
from leadscore.rules.files import read_rules
from leadscore.rules.known import show_vocabulary
from leadscore.rules.price_checks import most_points
from leadscore.rules.schema import FILES, SEEDS, columns_of
from leadscore.rules.vocabulary import Signal
from leadscore.settings import Settings

# A small ruleset without a mistake; every case below spoils one row of it.
GOOD = {
    "rulesets": """
        ruleset,scorecard,status,effective_from,curve_points,score_at_curve_points,start_grade,description,reasons_first
        r,sales,champion,2026-01-01,100,65,C,ours,intent|size""",
    "signal_rules": """
        ruleset,rule_id,dimension,rule_group,signal,value_text,min_value,max_value,if_signal,if_value,points,grade_thirds,reason,rationale
        r,high,demographic,seniority,seniority,c_level|vp,,,,,15,2,Is {value},why
        r,mid,demographic,seniority,seniority,manager,,,,,10,1,Is {value},why
        r,big,firmographic,size,employees,,100,1000,,,20,1,Has {value},why
        r,small,firmographic,size,employees,,10,100,,,5,,Has {value},why""",
    "activity_rules": """
        ruleset,rule_id,dimension,rule_group,activity,if_signal,if_value,per,per_count,max_units,window_days,decay,decay_days,points,max_points,reason,rationale
        r,demo,behavioral,intent,demo_requested,,,ever,,1,30,none,,100,,{last_date},why
        r,visit,behavioral,browsing,page_viewed|search,,,day,,1,,linear,10,2,,Came,why
        r,bounce,negative,mail,bounced,,,month,,1,,none,,-20,-40,Bounced,why""",
    "resets": """
        ruleset,activity,rule_group,reason
        r,bounced,browsing,why""",
    "caps": """
        ruleset,scope,name,min_points,max_points,max_percent
        r,rule_group,browsing,,5,
        r,dimension,negative,-30,,
        r,fit,fit,,30,""",
    "exclusions": """
        ruleset,signal,value_text,effect,reason
        r,stage,won,excluded,Has bought""",
    "grades": """
        ruleset,position,grade
        r,1,D
        r,2,C
        r,3,B
        r,4,A""",
    "levels": """
        ruleset,level,min_behavioral_points
        r,1,50
        r,2,20
        r,3,""",
    "segments": """
        ruleset,segment,signal,value_text,min_value,max_value,activity,after_activity,within_days,min_count,max_count
        r,warm,seniority,vp,,,,,,,
        r,warm,,,,,page_viewed|search,demo_requested,30,2,9
        r,lost,stage,lost,,,,,,,""",
    "qualification": """
        ruleset,row_order,min_grade,min_points,min_behavioral_points,if_activity,within_days,if_signal,if_value,stage,is_mql,priority,queue,action,sla_hours
        r,1,,,,demo_requested,14,,,now,true,1,sales,Call,1
        r,2,B,40,20,,,,,mql,true,2,sales,Call,24
        r,3,,,,,,,,cold,false,,,,""",
    "manual_adjustments": """
        ruleset,adjustment_id,lead_id,points,from_date,to_date,reason
        r,a1,L1,5,2026-01-01,2026-02-01,Asked by Ann""",
}

VOCABULARY = Vocabulary(
    signals={
        "seniority": Signal("seniority", "", False, False),
        "employees": Signal("employees", "", False, True),
        "stage": Signal("stage", "", True, False),
    },
    activities=dict.fromkeys(
        ["demo_requested", "page_viewed", "search", "bounced", "recycled"], ""
    ),
    columns={
        "attribute.": frozenset({"budget", "result"}),
        "account.": frozenset({"territory", "result"}),
    },
    outcomes=frozenset({"stage", "attribute.result"}),
    values={"seniority": frozenset({"c_level", "vp", "manager"})},
)

SIGNAL = "signal_rules"
ACTIVITY = "activity_rules"
SEGMENTS = "segments"
QUALIFICATION = "qualification"

# The file, its line, what to write into which columns (or a row to add), the column
# that is named, a part of what is said, and whether it is a warning.
BAD_CELLS = [
    # what a cell may hold
    (SIGNAL, 2, {"points": "ten"}, "points", "not a number"),
    (SIGNAL, 2, {"points": "nan"}, "points", "not a number"),
    (SIGNAL, 2, {"points": "1.00001"}, "points", "at most 4 decimals"),
    (SIGNAL, 2, {"points": ""}, "points", "the cell is empty"),
    (SIGNAL, 2, {"points": "9" * 400}, "points", "write a number below 100000000"),
    (SIGNAL, 2, {"points": "-999999999"}, "points", "a number above -100000000"),
    # numbers that Python reads and a seed reads otherwise, or not at all
    *(
        (SIGNAL, 2, {"points": number}, "points", "is not a number")
        for number in ("1_000", "\uff11\uff12", "1e3", "+3", "7.", ".5", "0x1f", "1,5")
    ),
    (ACTIVITY, 3, {"decay_days": "1_0"}, "decay_days", "'1_0' is not a number"),
    (ACTIVITY, 3, {"decay_days": "7.0"}, "decay_days", "no decimals"),
    (ACTIVITY, 3, {"decay_days": "007"}, None, None),  # read alike by both
    (SIGNAL, 2, {"grade_thirds": "  "}, "grade_thirds", "begins or ends with a blank"),
    ("rulesets", 2, {"effective_from": "\uff12026-01-01"}, "effective_from", "no day"),
    # segments
    (SIGNAL, 2, {"signal": "segment.warm", "value_text": "yes"}, None, None),
    (SIGNAL, 2, {"signal": "segment.wram"}, "signal", "did you mean segment.warm?"),
    (SIGNAL, 2, {"signal": "segment.lost"}, "signal", "is an outcome"),
    (
        SIGNAL,
        2,
        {"if_signal": "segment.lost", "if_value": "no"},
        "if_signal",
        "outcome",
    ),
    ("exclusions", 2, {"signal": "segment.lost", "value_text": "yes"}, None, None),
    (SEGMENTS, 2, {"segment": "so warm"}, "segment", "letters, digits and _ alone"),
    (SEGMENTS, 2, {"activity": "search"}, "signal", "one of the two"),
    (SEGMENTS, 2, {"signal": ""}, "signal", "one of the two"),
    (SEGMENTS, 2, {"signal": "segment.lost"}, "signal", "not of segments"),
    (SEGMENTS, 2, {"signal": "senority"}, "signal", "did you mean seniority?"),
    (SEGMENTS, 2, {"max_count": "3"}, "max_count", "a signal is not counted"),
    (SEGMENTS, 2, {"min_value": "3"}, "min_value", "is a text and is never in a range"),
    (SEGMENTS, 3, {"activity": "serch"}, "activity", "did you mean search?"),
    (SEGMENTS, 3, {"activity": "*"}, None, None),
    (SEGMENTS, 3, {"after_activity": "*"}, "after_activity", "no activity '*'"),
    (SEGMENTS, 3, {"after_activity": "demo"}, "after_activity", "no activity 'demo'"),
    (SEGMENTS, 3, {"min_value": "1"}, "min_value", "write min_count and max_count"),
    (SEGMENTS, 3, {"min_count": "10"}, "min_count", "at least 10 and at most 9"),
    (SEGMENTS, 3, {"min_count": "-1"}, "min_count", "less than 0 times"),
    (SEGMENTS, 3, {"within_days": "0"}, "within_days", "write 1 or more"),
    # numbers that nobody means, or that scoring cannot count with
    *(
        (file, 3, {column: "9999999"}, column, "is too large: write a number below")
        for file, column in (
            *((ACTIVITY, name) for name in ("per_count", "max_units", "window_days")),
            *((ACTIVITY, "decay_days"), (SIGNAL, "grade_thirds")),
            *((QUALIFICATION, name) for name in ("priority", "sla_hours")),
        )
    ),
    (QUALIFICATION, 2, {"within_days": "100000"}, "within_days", "below 100000"),
    (SIGNAL, 2, {"grade_thirds": "-100"}, "grade_thirds", "above -100"),
    (QUALIFICATION, 2, {"row_order": "3000000000"}, "row_order", "below 1000000000"),
    ("rulesets", 2, {"curve_points": "100000000"}, "curve_points", "and below 1000000"),
    (SIGNAL, 2, {"grade_thirds": "1.5"}, "grade_thirds", "no decimals"),
    (SIGNAL, 2, {"reason": "Is\u2028{value}"}, None, None),  # no end of a line
    (SIGNAL, 2, {"signal": " seniority"}, "signal", "begins or ends with a blank"),
    (SIGNAL, 2, {"dimension": "fit"}, "dimension", "not one of demographic,"),
    ("rulesets", 2, {"effective_from": "1.1.2026"}, "effective_from", "not a date"),
    ("rulesets", 2, {"effective_from": "2026-02-30"}, "effective_from", "no day of"),
    ("rulesets", 2, {"status": "winner"}, "status", "not one of champion"),
    (QUALIFICATION, 2, {"is_mql": "perhaps"}, "is_mql", "neither true nor false"),
    ("levels", 2, {"level": "9"}, "level", "not one of 1, 2"),
    # names
    (SIGNAL, 2, {"ruleset": "R"}, "ruleset", "no ruleset 'R'"),
    (SIGNAL, 2, {"signal": "senority"}, "signal", "did you mean seniority?"),
    (SIGNAL, 2, {"signal": "attribute.buget"}, "signal", "mean attribute.budget?"),
    (SIGNAL, 2, {"signal": "account.teritory"}, "signal", "mean account.territory?"),
    (SIGNAL, 2, {"signal": "account.nothing"}, "signal", "no signal 'account.noth"),
    (SIGNAL, 2, {"signal": "account.employees"}, "signal", "did you mean employees?"),
    (SIGNAL, 2, {"if_signal": "employes", "if_value": "*"}, "if_signal", "mean employ"),
    (ACTIVITY, 2, {"activity": "demo_request"}, "activity", "mean demo_requested?"),
    (ACTIVITY, 3, {"activity": "page_viewed|x"}, "activity", "no activity 'x'"),
    # what reps say judges
    *(
        (file, 2, {column: "feedback_verdict"}, column, "feedback judges scores")
        for file, column in (
            *((SIGNAL, "signal"), (SIGNAL, "if_signal"), (ACTIVITY, "activity")),
            *((SEGMENTS, "signal"), ("exclusions", "signal")),
        )
    ),
    (ACTIVITY, 3, {"activity": "bounced|bounced"}, "activity", "count twice"),
    (QUALIFICATION, 2, {"if_activity": "demo"}, "if_activity", "no activity 'demo'"),
    ("resets", 2, {"activity": "bounce"}, "activity", "did you mean bounced?"),
    (
        "resets",
        2,
        {"activity": "bounced|page_viewed"},
        "activity",
        "one activity a row",
    ),
    ("resets", 2, {"rule_group": "seniority"}, "rule_group", "no rule group with"),
    ("exclusions", 2, {"signal": "stages"}, "signal", "did you mean stage?"),
    ("exclusions", 2, {"effect": "drop"}, "effect", "not one of excluded, no_queue"),
    # rules
    (SIGNAL, 3, {"rule_id": "high"}, "rule_id", "high is on line 2 already"),
    (ACTIVITY, 2, {"rule_id": "high"}, "rule_id", "line 2 of signal_rules.csv"),
    (ACTIVITY, 2, {"rule_id": "cap:x"}, "rule_id", "begin with cap:"),
    (ACTIVITY, 2, {"rule_id": "Cap:x"}, "rule_id", "begin with cap:"),
    (SIGNAL, 2, {"rule_id": "MANUAL:x"}, "rule_id", "begin with cap: or manual:"),
    *(
        ("rulesets", 2, {"ruleset": name}, "ruleset", "cannot be the name of a file")
        for name in ("a/b", "a b", "..", "a:b", "-r", "r*")
    ),
    (SIGNAL, 2, {"signal": "stage"}, "signal", "outcomes never price a score"),
    (SIGNAL, 2, {"signal": "attribute.result"}, "signal", "outcomes never price"),
    (
        ACTIVITY,
        2,
        {"if_signal": "stage", "if_value": "won"},
        "if_signal",
        "outcomes nev",
    ),
    (SIGNAL, 2, {"if_value": "yes"}, "if_signal", "a value of which signal?"),
    (SIGNAL, 2, {"value_text": "c_level | vp"}, "value_text", "never matches"),
    (SIGNAL, 2, {"value_text": "c_level||vp"}, "value_text", "an empty value"),
    (SIGNAL, 2, {"value_text": "c_level|!vp"}, "value_text", "stands once"),
    (SIGNAL, 2, {"min_value": "1"}, "min_value", "seniority is a text"),
    (SIGNAL, 4, {"min_value": "1000"}, "max_value", "at least 1000 and below 1000"),
    (SIGNAL, 5, {"max_value": "101"}, "min_value", "small and big (line 4) both hold"),
    (SIGNAL, 5, {"max_value": ""}, "min_value", "small and big (line 4) both hold"),
    *(
        (SIGNAL, 4, {"value_text": value}, "value_text", "employees is a number")
        for value in ("large", "9%", "!9%", "0100", "100.0", "200|many", "\uff19")
    ),
    (SIGNAL, 4, {"value_text": "*"}, None, None),
    (SIGNAL, 4, {"value_text": "!(missing)"}, None, None),
    (SIGNAL, 2, {"if_signal": "employees", "if_value": "x"}, "if_value", "is a number"),
    ("exclusions", 2, {"signal": "employees"}, "value_text", "'won' never matches"),
    (SIGNAL, 4, {"value_text": "!100"}, None, None),  # 101 still earns the most
    (
        SIGNAL,
        4,
        {"dimension": "negative"},
        "rule_group",
        "a group lies in one dimension",
    ),
    (SIGNAL, 2, {"dimension": "behavioral"}, "grade_thirds", "the grade tells fit"),
    (SIGNAL, 2, {"reason": "{count} times"}, "reason", "{count} is not filled in"),
    (ACTIVITY, 2, {"reason": "On {day}"}, "reason", "{day} is not filled in"),
    (ACTIVITY, 2, {"reason": "{count times"}, "reason", "{count times is not"),
    ("exclusions", 2, {"reason": "{value}"}, "reason", "nothing is"),
    (ACTIVITY, 3, {"decay_days": ""}, "decay_days", "over how many days?"),
    (ACTIVITY, 3, {"decay_days": "0"}, "decay_days", "at least 1"),
    (ACTIVITY, 2, {"decay_days": "9"}, "decay_days", "with decay none nothing decays"),
    (
        ACTIVITY,
        3,
        {"per": "ever", "max_units": ""},
        "per",
        "`ever` with decay and no limit",
    ),
    (ACTIVITY, 2, {"per": "year"}, "per", "not one of day, week"),
    (ACTIVITY, 2, {"per_count": "0"}, "per_count", "write 1 or more"),
    (ACTIVITY, 2, {"max_units": "0"}, "max_units", "write 1 or more"),
    (ACTIVITY, 2, {"window_days": "-1"}, "window_days", "write 1 or more"),
    (ACTIVITY, 2, {"max_points": "0"}, "max_points", "leaves no points"),
    # caps
    ("caps", 4, {"max_points": "35.5"}, "max_points", "never bites"),
    (
        "caps",
        2,
        {"max_points": "12"},
        "max_points",
        "browsing cannot give more than 11",
    ),
    ("caps", 2, {"min_points": "-1"}, "min_points", "browsing cannot give less than"),
    ("caps", 2, {"max_points": ""}, "max_points", "a cap without a limit"),
    ("caps", 2, {"max_points": "-5"}, "max_points", "write 0 or more"),
    ("caps", 2, {"min_points": "1"}, "min_points", "write 0 or less"),
    ("caps", 3, {"min_points": "8", "max_points": "7"}, "min_points", "swap them"),
    ("caps", 2, {"name": "browsin"}, "name", "did you mean browsing?"),
    ("caps", 3, {"name": "negativ"}, "name", "did you mean negative?"),
    ("caps", 3, {"scope": "fit"}, "scope", "limits the fit points already"),
    ("caps", 4, {"name": "browsing"}, "name", "both would be called cap:browsing"),
    ("caps", 4, {"max_percent": "50"}, None, None),
    ("caps", 4, {"max_points": "", "max_percent": "99"}, None, None),
    ("caps", 4, {"max_percent": "0"}, "max_percent", "from 1 to 99"),
    ("caps", 4, {"max_percent": "100"}, "max_percent", "from 1 to 99"),
    ("caps", 4, {"max_percent": "33.3"}, "max_percent", "with no decimals"),
    ("caps", 4, {"max_percent": "50%"}, "max_percent", "is not a number"),
    ("caps", 3, {"max_percent": "50"}, "max_percent", "only fit may be limited"),
    # champions, grades and levels
    ("rulesets", 2, {"status": "draft"}, "status", "no ruleset is a champion"),
    ("rulesets", 2, {"curve_points": "0"}, "curve_points", "above 0"),
    ("rulesets", 2, {"score_at_curve_points": "100"}, "score_at", "between 0 and 100"),
    (
        *("rulesets", 2, {"reasons_first": "intent|brwsing"}, "reasons_first"),
        "no rule group 'brwsing', did you mean browsing?",
    ),
    ("rulesets", 2, {"reasons_first": "size|size"}, "reasons_first", "stands here tw"),
    ("rulesets", 2, {"start_grade": "E"}, "start_grade", "no grade 'E'"),
    ("grades", 3, {"position": "5"}, "position", "position 3 where 2 is next"),
    ("grades", 3, {"position": "1"}, "position", "is on line 2 already"),
    ("grades", 3, {"grade": "B"}, "grade", "the grade B is on line 3 already"),
    ("grades", 2, {"grade": "F"}, None, None),  # a good ladder as well
    ("grades", 3, {"grade": "E"}, "grade", "E stands above D"),
    (
        "levels",
        3,
        {"min_behavioral_points": "60"},
        "min_beh",
        "must begin below level 1",
    ),
    ("levels", 3, {"min_behavioral_points": ""}, "min_beh", "level 2 takes every lead"),
    ("levels", 4, {"min_behavioral_points": "1"}, "min_beh", "would have no level"),
    # qualification
    (QUALIFICATION, 3, {"min_grade": "E"}, "min_grade", "no grade 'E'"),
    (
        QUALIFICATION,
        2,
        {"min_grade": "-", "if_activity": "", "within_days": ""},
        None,
        None,
    ),
    (QUALIFICATION, 3, {"within_days": "5"}, "within_days", "since which activity?"),
    (QUALIFICATION, 2, {"within_days": "0"}, "within_days", "write 1 or more"),
    (QUALIFICATION, 3, {"if_value": "x"}, "if_signal", "a value of which signal?"),
    (
        QUALIFICATION,
        3,
        {"if_signal": "stage", "if_value": "won"},
        "if_signal",
        "no MQL",
    ),
    (
        QUALIFICATION,
        4,
        {"min_points": "0"},
        None,
        "leads that meet no row would be lost",
    ),
    (QUALIFICATION, 3, {"if_activity": "demo_requested"}, None, None),
    (
        QUALIFICATION,
        2,
        {"min_points": "1", "row_order": "4"},
        "row_order",
        "never reach",
    ),
    (
        QUALIFICATION,
        3,
        {"if_activity": "demo_requested", "within_days": "7"},
        "row_order",
        "row 1 (line 2) holds whenever",
    ),
    (QUALIFICATION, 3, {"row_order": "1"}, "row_order", "is on line 2 already"),
    (QUALIFICATION, 3, {"stage": "excluded"}, "stage", "is given by exclusions.csv"),
    (QUALIFICATION, 3, {"sla_hours": "0"}, "sla_hours", "more than 0 hours"),
    ("manual_adjustments", 2, {"to_date": "2025-12-31"}, "to_date", "before it begins"),
    ("manual_adjustments", 2, {"reason": "{value}"}, "reason", "is not filled in"),
    # addresses, which the audit would stop
    (SIGNAL, 2, {"reason": "Ask ann@our.example"}, "reason", "ann@our.example is an a"),
    (QUALIFICATION, 2, {"action": "To: a@our.example"}, "action", "without any"),
    ("manual_adjustments", 2, {"reason": "Asked by Ann @ the fair"}, None, None),
    ("manual_adjustments", 2, {"reason": "(a.b@our.example)"}, "reason", "a.b@our.exa"),
    ("manual_adjustments", 2, {"reason": "Met a@müller.example"}, "reason", "a@müller"),
    ("manual_adjustments", 2, {"reason": "3 seats@9.50 each"}, None, None),
    ("manual_adjustments", 2, {"lead_id": "ann@our.example"}, "lead_id", "in the CRM"),
    ("manual_adjustments", 2, {"adjustment_id": "a@b.example"}, "adjustm", "address"),
]

WARNINGS = [
    (
        SIGNAL,
        3,
        {"value_text": "vp|manager"},
        "value_text",
        "mid and high (line 2) both",
    ),
    (SIGNAL, 2, {"if_signal": "employees"}, "if_value", "always holds"),
    (
        SIGNAL,
        3,
        {"signal": "attribute.budget", "value_text": "", "reason": "Has one"},
        "value_text",
        "meets",
    ),
    *(
        (
            SIGNAL,
            3,
            {"signal": signal, "value_text": value},
            "reason",
            "publishes whatever",
        )
        for signal, value in (
            ("attribute.budget", "*"),
            ("account.territory", "!north"),
        )
    ),
    # values that no lead has
    *(
        (SIGNAL, 3, {"value_text": value}, "value_text", part)
        for value, part in (
            ("manger", "'manger', did you mean manager? Its values are c_level, man"),
            ("Manger", "did you mean manager?"),
            ("missing", "did you mean (missing)?"),
            ("viceking", "never 'viceking'. Its values are"),
            ("d%", "never 'd%'"),
        )
    ),
    *(
        (
            SIGNAL,
            3,
            {"signal": "attribute.budget", "value_text": value},
            "value_t",
            part,
        )
        for value, part in (
            ("missing", "did you mean (missing)?"),
            ("b*", "values are no patterns"),
            ("d%|x", "'d%' stands for itself alone"),
        )
    ),
    (SIGNAL, 2, {"if_signal": "seniority", "if_value": "vpp"}, "if_value", "mean vp?"),
    (
        "exclusions",
        2,
        {"signal": "seniority", "value_text": "vpp"},
        "value_",
        "mean vp",
    ),
    (SIGNAL, 2, {"if_signal": "employees", "if_value": "30"}, "if_value", "exactly 30"),
    (QUALIFICATION, 2, {"if_signal": "employees", "if_value": "30"}, "if_v", "exactly"),
    (
        "exclusions",
        2,
        {"signal": "employees", "value_text": "9"},
        "value_",
        "exactly 9",
    ),
    # signs that nobody sees
    ("exclusions", 2, {"value_text": "w\u200bon"}, "value_text", "(U+200B): type"),
    (SIGNAL, 4, {"rule_id": "big\u00a0one"}, "rule_id", "(U+00A0)"),
    (
        SIGNAL,
        3,
        {"rule_id": "High"},
        "rule_id",
        "High differs from high (line 2 of",
    ),
    (ACTIVITY, 3, {"rule_id": "Demo"}, "rule_id", "in capital letters alone"),
    # points with the wrong sign
    (SIGNAL, 5, {"dimension": "negative", "rule_group": "x"}, "points", "write -5 to"),
    (SIGNAL, 5, {"points": "0"}, "points", "changes nothing"),
    (
        QUALIFICATION,
        3,
        {"min_behavioral_points": "", "min_points": "30"},
        "min_beh",
        "fi",
    ),
    (
        QUALIFICATION,
        3,
        {"min_behavioral_points": "", "min_points": ""},
        "min_beh",
        "fit alone is enough for mql",
    ),
]


def write_rules(folder: Path, texts: dict[str, str]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        lines = [line.strip() for line in text.strip().splitlines()]
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def spoil(folder: Path, file: str, line: int, cells: dict[str, str]) -> None:
    """Write cells into a line of a rule file."""
    path = folder / f"{file}.csv"
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
    rows[line - 2].update(cells)
    with path.open("w", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(target, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture
def good(tmp_path) -> Path:
    return write_rules(tmp_path / "rules", GOOD)


def said(folder: Path) -> list[str]:
    return [f"{found.severity}: {found}" for found in check(folder, VOCABULARY)]


@pytest.mark.parametrize(
    ("file", "old", "new", "part"),
    [
        ("activities.csv", "*webinar*|", "%webinar%|", "write *webinar* for these"),
        ("activities.csv", "*webinar*|", "|", "has no word and matches nothing"),
        ("page_categories.csv", "/home/,", "/home,", "write */home/* for that part"),
        ("page_categories.csv", "/home/,", "/__,", "write */__/* for that part"),
        ("site_hosts.csv", "*.local|", "%.local|", "patterns are whole words"),
    ],
)
def test_a_pattern_that_finds_no_words_is_named_with_what_to_write(
    tmp_path, file, old, new, part
):
    """A pattern in the way of SQL would match nothing, and without a word."""
    text = (SEEDS / "mappings" / file).read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "mappings").mkdir()
    (tmp_path / "mappings" / file).write_text(text.replace(old, new, 1))
    [found] = check_settings(Settings(config=tmp_path))
    line = text[: text.index(old)].count("\n") + 1
    assert str(found).startswith(f"mappings/{file} line {line} (pattern): ")
    assert part in str(found)
    assert check_settings(Settings()) == []


@pytest.mark.parametrize(
    ("rows", "line", "part"),
    [
        (["0,web,page_view,{pricing},0"], 2, "'0': write whole seconds"),
        (["0,web,page_view,{pricing},1.5"], 2, "'1.5': write whole sec"),
        (["0,web,page_view,{pricing},1m"], 2, "'1m': write whole seconds"),
        (["0,crm,call,{pricing},60"], 2, "only web events have a duration"),
        (["99,web,page_view,{pricing},60"], 2, "never reached: line 35 takes events"),
        (
            ["-1,web,page_view,{pricing},60", "0,web,page_view,{pricing},90"],
            3,
            "never reached: line 2 takes events that are as long first",
        ),
        (["-1,web,page_view,{pricing},90", "0,web,page_view,{pricing},60"], 0, ""),
    ],
)
def test_a_least_duration_that_no_event_could_meet_is_named(tmp_path, rows, line, part):
    text = (SEEDS / "mappings" / "activities.csv").read_text(encoding="utf-8")
    header, *ours = text.splitlines()
    rest = "page_category,pricing,read,,day,true,Read the prices"
    added = [row.replace("{pricing}", rest) for row in rows]
    (tmp_path / "mappings").mkdir()
    path = tmp_path / "mappings" / "activities.csv"
    path.write_text("\n".join([header, *added, *ours]) + "\n", encoding="utf-8")
    found = [str(finding) for finding in check_settings(Settings(config=tmp_path))]
    if not line:
        assert found == []
    else:
        [message] = found
        place = f"mappings/activities.csv line {line} (min_duration_seconds): "
        assert message.startswith(place)
        assert part in message


def test_a_good_ruleset_has_no_findings(good):
    assert said(good) == []


@pytest.mark.parametrize(("file", "line", "cells", "column", "part"), BAD_CELLS)
def test_a_mistake_is_named_with_file_line_and_column(
    good, file, line, cells, column, part
):
    spoil(good, file, line, cells)
    found = check(good, VOCABULARY)
    errors = [f for f in found if f.severity == "error"]
    if part is None:
        assert errors == []
        return
    matching = [f for f in errors if part in str(f)]
    assert matching, [str(f) for f in found]
    assert matching[0].file == f"{file}.csv"
    assert (matching[0].column or "").startswith(column or "")
    assert f"rules/{file}.csv" in str(matching[0])


@pytest.mark.parametrize(("file", "line", "cells", "column", "part"), WARNINGS)
def test_what_may_be_meant_is_a_warning(good, file, line, cells, column, part):
    spoil(good, file, line, cells)
    (found,) = check(good, VOCABULARY)
    assert found.severity == "warning"
    assert (found.file, found.line) == (f"{file}.csv", line)
    assert found.column.startswith(column)
    assert part in found.message


@pytest.mark.parametrize(
    ("file", "line", "cells"),
    [
        (SIGNAL, 3, {"signal": "attribute.budget", "value_text": "9%|manger"}),
        (SIGNAL, 3, {"value_text": "Manager|(missing)"}),
        (SIGNAL, 2, {"if_signal": "employees", "if_value": "!0"}),
        (SIGNAL, 2, {"if_signal": "employees", "if_value": "2|3"}),
        (ACTIVITY, 4, {"max_points": "40"}),  # it limits either way
        ("resets", 2, {"activity": "recycled"}),  # it need not be priced
    ],
)
def test_what_is_right_is_not_warned_of(good, file, line, cells):
    spoil(good, file, line, cells)
    assert said(good) == []


@pytest.mark.parametrize(
    ("signal", "value", "part"),
    [
        ("relationship", "custmer", "mean customer?"),
        ("relationship", "own", "never 'own'"),
        ("email_domain_type", "disposible", "mean disposable?"),
        ("do_not_contact", "true", "Its values are no, yes."),
        ("country", "uk", "those of mappings/countries.csv"),
        ("country_tier", "4", "Its values are 1, 2, 3."),
        ("opportunity", "lose", "mean lost?"),
        ("status", "workin", "mean working?"),
        ("status", "viceking", None),  # as the CRM has it
        ("region", "north america", None),
        ("partner_id", "anyone", None),
    ],
)
def test_a_value_is_doubted_by_what_mappings_and_models_give(
    tmp_path, signal, value, part
):
    doubt = load_vocabulary(Settings(data=tmp_path), SEEDS / "mappings").doubt
    assert (doubt(signal, value) is None) == (part is None)
    assert (part or "") in (doubt(signal, value) or "")


def test_no_value_that_a_lead_has_is_doubted(world):
    vocabulary = load_vocabulary(world, SEEDS / "mappings")
    with duckdb.connect(str(world.warehouse), read_only=True) as warehouse:
        rows = warehouse.execute(
            "select distinct signal, value_text from intermediate.int_signal_values"
        ).fetchall()
    assert {signal for signal, _ in rows} >= set(vocabulary.values)
    assert [row for row in rows if vocabulary.doubt(*row)] == []


@pytest.mark.parametrize(
    ("file", "old", "new", "part"),
    [
        ("caps", "scope,name", "scope,nam", "caps.csv line 1: the column name is miss"),
        ("caps", "scope,name", "scope,nam", "no column 'nam'"),
        ("caps", "name,min_points", "name,name", "the column name stands here twice"),
        ("caps", "browsing,,5", "browsing,5", "line 2: 5 cells where the first line"),
        ("caps", "browsing", '"browsing', "caps.csv line"),
        ("caps", "r,dimension,negative", "r,dimension,säge", "not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(good, file, old, new, part):
    path = good / f"{file}.csv"
    text = path.read_text(encoding="utf-8").replace(old, new)
    path.write_bytes(text.encode("latin-1"))
    assert any(part in message for message in said(good)), said(good)


@pytest.mark.parametrize(("sign", "name"), [(";", "semicolons"), ("\t", "tabs")])
def test_a_file_with_other_separators_is_named_once(good, sign, name):
    path = good / "caps.csv"
    path.write_text(path.read_text().replace(",", sign))
    seeds = lay_out_seeds(Settings(data=good / "world", config=good.parent))
    expected = f"separated by {name}: save the file with commas."
    for folder in (good, seeds / "rules"):
        assert said(folder) == [
            f"error: rules/caps.csv line 1: the cells are {expected}"
        ]


@pytest.mark.parametrize(
    "spoiled",
    [
        lambda text: text.replace("\n", "\r\n", 2),  # two programs wrote it
        lambda text: text.replace("\n", "\r\r\n"),
        lambda text: "\ufeff" + text.replace("\n", "\r\n\r\n"),
        # An apostrophe begins a cell, and one ends another cell of the next row.
        lambda text: text.replace("2,Is {value}", "2,'Is {value}").replace(
            "1,Is {value}", "1,Is {value}'"
        ),
        lambda text: text.replace("Is {value}", "'{value}'"),
    ],
)
def test_a_seed_is_read_as_it_was_checked(tmp_path, spoiled):
    """As dbt-duckdb loads seeds: DuckDB's COPY guesses the ends of lines and quotes."""
    config = tmp_path / "config"
    file = write_rules(config / "rules", GOOD) / "signal_rules.csv"
    file.write_bytes(spoiled(file.read_text(encoding="utf-8")).encode())
    rules, mistakes = read_rules(config / "rules")
    assert mistakes == []
    seeds = lay_out_seeds(Settings(data=tmp_path / "world", config=config))
    laid_out = seeds / "rules" / file.name
    columns = ", ".join(f"{name} {kind}" for name, kind in columns_of()[SIGNAL].items())
    with duckdb.connect() as connection:
        connection.execute(f"create table seed ({columns})")
        connection.execute(
            f"copy seed from '{laid_out}' (format csv, header true, delimiter ',')"
        )
        rows = connection.execute("from seed").fetchall()
    names = list(columns_of()[SIGNAL])
    assert rows == [
        tuple(getattr(r, name) for name in names) for r in rules.signal_rules
    ]


def test_files_may_come_from_a_spreadsheet(good):
    for path in good.glob("*.csv"):
        text = path.read_text(encoding="utf-8").replace("\n", "\r\n\r\n")
        path.write_bytes(text.encode("utf-8-sig"))
    assert said(good) == []


@pytest.mark.parametrize("file", columns_of())
def test_a_file_without_a_byte_lacks_its_columns(good, file):
    (good / f"{file}.csv").write_bytes(b"")
    later = LATER_COLUMNS.get(f"{file}.csv", ())
    missing = ", ".join(name for name in columns_of()[file] if name not in later)
    assert f"the column {missing} is missing" in said(good)[0]


@pytest.mark.parametrize("file", LATER_COLUMNS)
def test_a_copied_file_may_lack_columns_that_came_later(tmp_path, file):
    (ours,) = SEEDS.glob(f"*/{file}")
    kind, config = ours.parent.name, tmp_path / "config"
    shutil.copytree(ours.parent, config / kind)
    rows = list(csv.reader(ours.open(encoding="utf-8", newline="")))
    later = [name in LATER_COLUMNS[file] for name in rows[0]]
    with (config / kind / file).open("w", encoding="utf-8", newline="") as copy:
        csv.writer(copy).writerows(
            [cell for cell, is_later in zip(row, later, strict=True) if not is_later]
            for row in rows
        )
    settings = Settings(data=tmp_path / "world", config=config)
    assert check_settings(settings) == []
    laid_out = lay_out_seeds(settings) / kind / file
    found = list(csv.DictReader(laid_out.open(encoding="utf-8", newline="")))
    assert [list(row) for row in found] == [rows[0]] * (len(rows) - 1)
    assert {row[name] for row in found for name in LATER_COLUMNS[file]} == {""}


def test_a_copy_of_signals_may_lack_rows_that_came_later(tmp_path):
    """They are ours then; what the copy says of a signal counts, its order too."""
    ours = list(csv.DictReader((SEEDS / "mappings" / "signals.csv").open()))
    (tmp_path / "mappings").mkdir()
    columns = ["kind", "signal", "is_outcome", "description"]
    with (tmp_path / "mappings" / "signals.csv").open("w", newline="") as copy:
        writer = csv.DictWriter(copy, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerow(ours[0] | {"description": "Own words"})
    settings = Settings(data=tmp_path / "world", config=tmp_path)
    assert check_settings(settings) == []
    laid_out = lay_out_seeds(settings) / "mappings"
    require_valid(settings, laid_out.parent)
    rows = list(csv.DictReader((laid_out / "signals.csv").open(newline="")))
    assert list(rows[0]) == [*columns, "published"]
    assert rows == [ours[0] | {"description": "Own words"}, *ours[1:]]
    for known in (vocabulary_of(settings), load_vocabulary(settings, laid_out)):
        assert list(known.signals) == [row["signal"] for row in ours]
        assert known.signals[ours[0]["signal"]].description == "Own words"


@pytest.mark.parametrize(
    ("file", "row", "column", "part"),
    [
        ("signals", "seniorty,What,false,text,", "signal", "did you mean seniority?"),
        ("signals", "city,What,false,text,", "signal", "city stands in line 10 too"),
        (
            "signals",
            "attribute.a,What,false,Text,",
            "kind",
            "'Text' is neither text no",
        ),
        ("signals", "attribute.a,What,false", "kind", "'' is neither text nor number"),
        ("signals", "attribute.a,What,no,text,", "is_outcome", "'no' is neither true"),
        ("value_names", "senority,vp,V", "signal", "did you mean seniority?"),
        ("value_names", "account.x,Gold | On,V", "value", "write 'gold / on'"),
        ("value_names", "department,it,V", "value", "it stands in line 5 too"),
        ("value_names", "department,,V", "value", "the cell is empty"),
        ("value_names", "department,sales", "name", "the cell is empty"),
    ],
)
def test_a_wrong_row_of_what_names_signals_is_named(tmp_path, file, row, column, part):
    text = (SEEDS / "mappings" / f"{file}.csv").read_text(encoding="utf-8")
    (tmp_path / "mappings").mkdir()
    (tmp_path / "mappings" / f"{file}.csv").write_text(f"{text}{row}\n")
    settings = Settings(data=tmp_path / "world", config=tmp_path)
    (found,) = check_settings(settings)
    line = text.count("\n") + 1
    assert str(found).startswith(f"mappings/{file}.csv line {line} ({column}): ")
    assert part in found.message


@pytest.mark.parametrize("file", ["signals", "value_names"])
def test_what_names_signals_without_its_columns_is_named(tmp_path, file):
    (tmp_path / "mappings").mkdir()
    (tmp_path / "mappings" / f"{file}.csv").write_text("signals\ncity\n")
    (found,) = check_settings(Settings(data=tmp_path / "world", config=tmp_path))
    assert str(found).startswith(f"mappings/{file}.csv line 1: the column signal, ")


def test_lines_are_counted_as_an_editor_counts_them(good):
    path = good / "signal_rules.csv"
    text = path.read_text().replace("Is {value},why", '"Is\n{value}",why', 1)
    path.write_text(text.replace("r,big", "x,big"))
    assert any("signal_rules.csv line 5 (ruleset)" in m for m in said(good))


def test_a_file_of_another_name_is_named(good):
    (good / "signal_rule.csv").write_text("ruleset\n")
    assert any("signal_rule.csv: there is no such rule file" in m for m in said(good))


@pytest.mark.parametrize("file", ["grades", "levels", "qualification"])
def test_a_ruleset_needs_its_ladders(good, file):
    (good / f"{file}.csv").unlink()
    assert any(f"has no rows in {file}.csv" in message for message in said(good))


@pytest.mark.parametrize(
    ("file", "part"),
    [("caps", "no sum of points has a limit"), ("exclusions", "nobody is excluded")],
)
def test_a_folder_without_limits_is_warned_of(good, file, part):
    path = good / f"{file}.csv"
    path.write_text(path.read_text().splitlines()[0] + "\n")
    assert said(good) == []
    path.unlink()
    (found,) = said(good)
    assert found.startswith(f"warning: rules/{file}.csv: ")
    assert part in found


@pytest.mark.parametrize("name", ["größe", "v1.2", "new-business_2"])
def test_a_ruleset_may_have_any_name_of_a_file(good, name):
    for path in good.glob("*.csv"):
        path.write_text(path.read_text().replace("\nr,", f"\n{name},"))
    assert said(good) == []


def test_two_champions_from_the_same_day_are_refused(good):
    for name, rows in read_rules(good)[0]:
        path = good / f"{name}.csv"
        lines = path.read_text().splitlines()
        copies = [line.replace("r,", "s,", 1) for line in lines[1:]]
        path.write_text("\n".join([*lines, *copies]) + "\n")
        assert rows
    assert any("champions of sales from the same day" in m for m in said(good))
    spoil(good, "rulesets", 3, {"effective_from": "2026-06-01"})
    assert said(good) == []
    spoil(good, "rulesets", 3, {"scorecard": "upsell", "status": "draft"})
    assert [m for m in said(good) if "upsell has no champion" in m and "warning" in m]


def test_a_rule_without_a_source_is_reported(good):
    spoil(good, SIGNAL, 2, {"rationale": ""})
    assert any("(rationale)" in message for message in said(good))


def test_fit_may_be_no_share_of_a_total_that_it_is_alone(good):
    spoil(good, "caps", 4, {"max_percent": "50"})
    spoil(good, QUALIFICATION, 3, {"min_behavioral_points": "", "min_points": "30"})
    assert said(good) == []  # fit alone gives nothing, so it is not enough for mql
    for line in (2, 3):
        spoil(good, ACTIVITY, line, {"points": "-1"})
    assert any("only fit gives points here" in message for message in said(good))


def test_outcomes_may_exclude_and_hold_back(good):
    cells = {"if_signal": "stage", "if_value": "won", "is_mql": "false"}
    spoil(good, QUALIFICATION, 3, cells)
    assert said(good) == []


def test_without_a_warehouse_any_attribute_is_known(good):
    spoil(good, SIGNAL, 2, {"signal": "attribute.anything"})
    spoil(good, SIGNAL, 3, {"signal": "account.anything"})
    unknown = dict.fromkeys(VOCABULARY.columns)
    vocabulary = replace(VOCABULARY, columns=unknown)
    assert check(good, vocabulary) == []


def test_reach_counts_values_of_one_signal_once_and_decay_exactly(good):
    rules, _ = read_rules(good)
    before_cap = most_points(rules, 1)
    assert before_cap["rule_group", "seniority"] == 15
    assert before_cap["rule_group", "size"] == 20
    assert before_cap["fit", ""] == 35
    # 2 points a day, ages 0 to 9 of 10: 2 * (1 + 0.9 + ... + 0.1)
    assert before_cap["rule_group", "browsing"] == pytest.approx(11)


@pytest.mark.parametrize("per", ["day", "week", "month", "quarter"])
@pytest.mark.parametrize("decay", ["none", "linear", "half_life"])
@pytest.mark.parametrize("window", ["1", "2", "40", ""])
def test_reach_of_a_rule_is_the_sum_over_its_periods(good, per, decay, window):
    days = "" if decay == "none" else "30"
    cells = {"per": per, "decay": decay, "decay_days": days, "window_days": window}
    spoil(good, ACTIVITY, 3, cells | {"max_units": "3"})
    rules, _ = read_rules(good)
    weights = {
        "none": lambda age: 1,
        "linear": lambda age: max(0, 1 - age / 30),
        "half_life": lambda age: 0.5 ** (age / 30),
    }
    step = {"day": 1, "week": 7, "month": 28, "quarter": 90}[per]
    ages = [age for age in (0, *range(1, 5000, step)) if age < int(window or 5000)]
    most = 3 * 2 * sum(weights[decay](age) for age in ages)
    if decay == "none" and not window:
        most = float("inf")
    found = most_points(rules, 1)["rule_group", "browsing"]
    assert found == pytest.approx(most)


def test_the_shipped_rules_have_no_errors(tmp_path):
    require_valid(Settings(data=tmp_path))


def test_a_build_with_mistakes_is_refused_with_all_of_them(tmp_path, good):
    shutil.copytree(SEEDS / "mappings", tmp_path / "mappings")
    with pytest.raises(LeadscoreError) as refused:
        require_valid(Settings(data=tmp_path / "world"), tmp_path)
    text = str(refused.value)
    assert "no signal 'employees'" in text
    assert "no activity 'page_viewed|" not in text
    assert len(re.findall(r"^- rules/", text, re.MULTILINE)) > 2


def test_outcome_columns_of_source_maps_are_outcomes(tmp_path):
    settings = Settings(data=tmp_path)
    with duckdb.connect(str(settings.warehouse)) as warehouse:
        warehouse.execute(
            """
            create schema raw;
            create table raw.batches as
            select unnest(['crm_leads', 'crm_accounts']) as table_name;
            create table raw.source_columns as
            select * from (values
                ('crm_leads', 'bant_need', true, true),
                ('crm_leads', 'shoe_size', false, true),
                ('crm_leads', 'lead_source', true, false),
                ('crm_leads', 'city', false, true),
                ('crm_leads', 'tier', true, true),
                ('crm_accounts', 'tier', false, true),
                ('crm_accounts', 'shoe_size', true, true),
                ('crm_accounts', 'country', true, false),
                ('crm_opportunities', 'shoe_size', true, false)
            ) as columns (table_name, column_name, is_outcome, is_kept)
            """
        )
    vocabulary = load_vocabulary(settings, SEEDS / "mappings")
    assert vocabulary.columns["attribute."] == {
        "bant_need",
        "shoe_size",
        "city",
        "tier",
    }
    assert vocabulary.columns["account."] == {"tier", "shoe_size", *account_columns()}
    assert {"attribute.bant_need", "need", "lead_source_quality", "status"} <= (
        vocabulary.outcomes
    )
    # A column of leads is none of accounts, and what makes an outcome is one.
    assert {name for name in vocabulary.outcomes if "." in name} == {
        *("attribute.bant_need", "attribute.lead_source", "attribute.tier"),
        *("account.shoe_size", "account.country"),
        *("account.account_type", "account.lifecycle_stage"),
    }
    assert not vocabulary.knows_signal("attribute.shoe_sizes")


def test_every_rule_file_is_known():
    files = {path.stem for path in (SEEDS / "rules").glob("*.csv")}
    assert files == set(columns_of()) == set(GOOD)


@pytest.mark.parametrize("file", columns_of())
def test_rows_have_the_columns_and_types_of_their_seed(file):
    text = (SEEDS / "rules" / f"{file}.yml").read_text(encoding="utf-8")
    types = yaml.safe_load(text)["seeds"][0]["config"]["column_types"]
    assert list(columns_of()[file].items()) == list(types.items())
    assert FILES[file].file == f"{file}.csv"


@pytest.mark.parametrize(
    ("file", "column", "digits", "decimals"),
    [
        (file, column, int(digits), int(decimals))
        for file, types in columns_of().items()
        for column, kind in types.items()
        for digits, decimals in re.findall(r"decimal\((\d+),(\d+)\)", kind)
    ],
)
def test_a_number_is_refused_if_its_type_cannot_hold_it(
    good, file, column, digits, decimals
):
    most = "9" * (digits - decimals) + "." + "9" * decimals
    for number, part in ((most, ""), (f"{most}9", "exact"), (f"9{most}", "large")):
        spoil(good, file, 2, {column: number})
        found = [m for m in said(good) if "too" in m]
        assert [m for m in found if f"line 2 ({column})" in m and part in m] == found
        assert bool(found) == bool(part)


def test_check_prints_the_mistakes_and_fails(tmp_path, good, monkeypatch):
    monkeypatch.setenv("LEADSCORE_DATA", str(tmp_path / "world"))
    monkeypatch.setenv("LEADSCORE_CONFIG", "")
    runner = CliRunner()
    shown = runner.invoke(rules_cli.app, ["check", "--config", str(tmp_path)])
    assert shown.exit_code == 1
    assert "rules/signal_rules.csv line 4 (signal): there is no signal" in shown.output
    assert "\n8 errors, 0 warnings\nNot checked, as no file of" in shown.output
    shutil.copytree(SEEDS / "rules", tmp_path / "own" / "rules")
    spoil(tmp_path / "own" / "rules", SIGNAL, 2, {"signal": "senority"})
    shown = runner.invoke(rules_cli.app, ["check", "--config", str(tmp_path / "own")])
    assert "\n1 error, 0 warnings\n" in shown.output
    monkeypatch.delenv("LEADSCORE_CONFIG")
    assert runner.invoke(rules_cli.app, ["check"]).exit_code == 0


def shown(function, *arguments) -> str:
    console = Console(width=200, file=io.StringIO(), highlight=False)
    function(*arguments, console)
    return console.file.getvalue()


def test_the_list_works_without_a_warehouse(tmp_path):
    text = shown(show_vocabulary, Settings(data=tmp_path))
    assert re.search(r"seniority +How high", text)
    assert re.search(r"demo_requested +Asked for a demo", text)
    assert text.endswith("The next score brings counts: `make score`.\n")


def test_the_list_counts_leads_and_shows_values(world):
    text = shown(show_vocabulary, world)
    assert re.search(r"country +\d[\d,]* .*\bus\b", text)
    assert re.search(r"attribute.bant_budget +\d+ +\w+\|\w+", text)
    assert re.search(r"pricing_page_viewed +\d+ +\d+", text)
    assert "The next score" not in text


def test_coverage_tells_leads_per_rule_and_the_silent_rules(world):
    text = shown(show_coverage, world, None)
    with duckdb.connect(
        str(world.published / "lead_scores.duckdb"), read_only=True
    ) as c:
        rule, leads = c.execute(
            "select rule_id, count(*) from lead_score_factors "
            "where ruleset = 'default' group by all order by count(*) desc limit 1"
        ).fetchone()
        fired = {
            r for (r,) in c.execute("select rule_id from lead_score_factors").fetchall()
        }
    assert re.search(rf"{rule} +{leads:,} +\d", text)
    silent = re.search(r"Never fired: (.*)", text, re.DOTALL)
    assert silent
    assert fired.isdisjoint(re.split(r"[,\s]+", silent[1].strip()))
    with pytest.raises(LeadscoreError, match="no ruleset 'x'"):
        shown(show_coverage, world, "x")


MOVING = (
    "previous_score, score_change_7d, score_change_30d, first_mql_date, "
    "qualifies_until, stage_since, due_at, is_overdue, call_rank"
)


def test_a_draft_that_changes_nothing_scores_every_lead_as_published(world):
    with score_draft(world) as draft:
        path = world.published / "lead_scores.duckdb"
        draft.execute(f"attach '{path}' as published (read_only)")
        for table, besides in (
            ("lead_scores_all", f"build_id, {MOVING}"),
            ("lead_score_factors", ""),
        ):
            columns = f"* exclude ({besides})" if besides else "*"
            apart = draft.execute(
                f"""
                select count(*) from (
                    (select {columns} from marts.{table}
                    except select {columns} from published.{table})
                    union all
                    (select {columns} from published.{table}
                    except select {columns} from marts.{table})
                )
                """
            ).fetchone()
            assert apart == (0,)


@pytest.fixture
def draft(world, tmp_path) -> Settings:
    """The world, with a draft that prices pricing pages three times as high."""
    shutil.copytree(SEEDS / "rules", tmp_path / "rules")
    path = tmp_path / "rules" / "activity_rules.csv"
    rows = list(csv.DictReader(path.open(encoding="utf-8")))
    line = next(
        number
        for number, row in enumerate(rows, start=2)
        if row["ruleset"] == "default" and row["rule_id"] == "beh_pricing_page"
    )
    points = float(rows[line - 2]["points"])
    spoil(tmp_path / "rules", ACTIVITY, line, {"points": str(points * 3)})
    return world.model_copy(update={"config": tmp_path})


def test_trying_a_draft_shows_one_lead_under_it_and_changes_nothing(world, draft):
    path = world.published / "lead_scores.duckdb"
    with duckdb.connect(str(path), read_only=True) as published:
        lead, points, total = published.execute(
            """
            select lead_id, factors.points, scores.total_points
            from lead_score_factors as factors
            inner join lead_scores as scores using (lead_id, ruleset)
            where
                rule_id = 'beh_pricing_page'
                and not exists (
                    from lead_score_factors as caps
                    where caps.lead_id = factors.lead_id
                    and caps.ruleset = factors.ruleset
                    and caps.rule_id in ('cap:key_pages', 'cap:behavioral')
                )
            order by points limit 1
            """
        ).fetchone()
    before = sha256(world.warehouse.read_bytes()).hexdigest()
    text = shown(try_rules, draft, lead, "default")
    assert re.search(r"now +2026-06-30, default: ", text)
    tried = re.search(r"tried +2026-06-30, default: ([\d.-]+) points", text)
    priced = re.search(r"([\d.]+) .*beh_pricing_page", text)
    # Points are rounded once, after they are multiplied, and shown with two decimals.
    assert float(tried[1]) == pytest.approx(float(total + 2 * points), abs=0.0054)
    assert float(priced[1]) == pytest.approx(float(3 * points), abs=0.0054)
    assert sha256(world.warehouse.read_bytes()).hexdigest() == before
    with pytest.raises(LeadscoreError, match="no ruleset 'x'"):
        shown(try_rules, draft, lead, "x")


def test_a_diff_names_who_moves_and_the_rule_responsible(world, draft):
    text = shown(show_diff, draft, "default", "default")
    assert re.search(r"MQLs gained: +\d+", text)
    movers = re.findall(r"\+([\d.]+) .*beh_pricing_page \(\+", text)
    assert movers
    assert [float(m) for m in movers] == sorted(map(float, movers), reverse=True)
    title = "Leads by grade on 2026-06-30: down default, across default"
    assert title in " ".join(text.split())  # it is broken where the table is narrow
    unchanged = shown(show_diff, world, "default", "default")
    assert re.search(r"MQLs gained: +0 ", unchanged)
    assert "(+" not in unchanged


@pytest.mark.parametrize("days", [-1, 1])
def test_only_one_and_the_same_day_is_compared(draft, tmp_path, days):
    data = tmp_path / "world"
    shutil.copytree(draft.published, data / "published", symlinks=True)
    shutil.copyfile(draft.warehouse, data / "warehouse.duckdb")
    settings = draft.model_copy(update={"data": data})
    with duckdb.connect(str(settings.warehouse)) as warehouse:
        warehouse.execute(
            f"update marts.lead_scores_all set as_of_date = as_of_date + {days}"
        )
    message = (
        f"2026-06-30 is published, but 2026-0{'6-29' if days < 0 else '7-01'} was "
        f"scored last: run `make score` first"
    )
    with pytest.raises(LeadscoreError, match=message):
        shown(try_rules, settings, "L90001", "default")
    with pytest.raises(LeadscoreError, match=message):
        shown(show_diff, settings, "default", "default")


@pytest.mark.parametrize(
    "change",
    [
        "alter table mappings.signals drop column published",
        "drop table intermediate.int_lead_members",
    ],
)
def test_a_world_that_an_older_version_scored_is_named(draft, tmp_path, change):
    data = tmp_path / "world"
    shutil.copytree(draft.published, data / "published", symlinks=True)
    shutil.copyfile(draft.warehouse, data / "warehouse.duckdb")
    settings = draft.model_copy(update={"data": data})
    with duckdb.connect(str(settings.warehouse)) as warehouse:
        warehouse.execute(change)
    older = f"{re.escape(str(settings.warehouse))} was scored by an older version"
    with pytest.raises(LeadscoreError, match=older) as refused:
        shown(try_rules, settings, "L90014", "default")
    assert isinstance(refused.value.__cause__, duckdb.Error)
    for since in (None, date(2026, 6, 29)):
        past = score_past(settings, "L90014", date(2026, 6, 30), since)
        with pytest.raises(LeadscoreError, match=older), past:
            pass


def test_an_older_world_has_no_counts_and_the_list_says_when(world, tmp_path):
    shutil.copyfile(world.warehouse, tmp_path / "warehouse.duckdb")
    settings = world.model_copy(update={"data": tmp_path})
    with duckdb.connect(str(settings.warehouse)) as warehouse:
        warehouse.execute("drop table intermediate.int_signal_values")
    text = shown(show_vocabulary, settings)
    assert text.endswith("The next score brings counts: `make score`.\n")


def test_a_draft_with_mistakes_is_not_tried(draft):
    spoil(draft.config / "rules", SIGNAL, 2, {"signal": "senority"})
    with pytest.raises(LeadscoreError, match="did you mean seniority"):
        shown(show_diff, draft, "default", "default")


def test_a_draft_is_read_whatever_its_lines_end_with(draft):
    path = draft.config / "rules" / "activity_rules.csv"
    path.write_bytes(path.read_bytes().replace(b"\r\n", b"\n", 1))
    assert b"\r\n" in path.read_bytes()
    assert "tried" in shown(try_rules, draft, "L90014", "default")
