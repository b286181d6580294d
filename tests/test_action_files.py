"""The files of seeds/action/: what is in them, and what is said of mistakes."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
import yaml

from leadscore.action.files import FILES, check_action
from leadscore.errors import LeadscoreError
from leadscore.rules.files import read_file, read_rules
from leadscore.rules.schema import SEEDS
from leadscore.settings import ACTION, PROJECT, Settings, checked_settings

RULES, _ = read_rules(SEEDS / "rules")

STAGE = {"measure": "stage", "enters_at": "mql", "leaves_at": ""}
GRADE = {"measure": "grade", "enters_at": "B-", "leaves_at": "C"}
LEVEL = {"measure": "engagement_level", "enters_at": "2", "leaves_at": "2"}
AT_ONCE = "entered and left at once"

WRONG = [
    ("alerts.csv", {"enters_at": "many"}, "enters_at", "total_points is a number"),
    ("alerts.csv", {"stay_days": "0"}, "stay_days", "write 1 or more"),
    ("alerts.csv", {"once_in_days": "30"}, "once_in_days", "13 days at most"),
    ("alerts.csv", {"leaves_at": "150.5"}, "leaves_at", AT_ONCE),
    ("alerts.csv", LEVEL | {"leaves_at": "1"}, "leaves_at", AT_ONCE),
    ("alerts.csv", GRADE | {"leaves_at": "B"}, "leaves_at", AT_ONCE),
    ("alerts.csv", STAGE | {"leaves_at": "cold|mql"}, "leaves_at", AT_ONCE),
    ("alerts.csv", GRADE | {"enters_at": "B--"}, "enters_at", "did you mean B-?"),
    ("alerts.csv", STAGE | {"leaves_at": "cool"}, "leaves_at", "did you mean cold?"),
    ("alerts.csv", {"message": "Ask ann@x.example"}, "message", "is an address"),
    ("alerts.csv", {"message": "{lead}"}, "message", "{lead} is not filled in"),
    ("alerts.csv", {"tells": "all"}, "tells", "'all' is not one of entered, left"),
    ("crm_fields.csv", {"target": "hubsport"}, "target", "did you mean hubspot?"),
    ("crm_fields.csv", {"column_name": "scor"}, "column_name", "did you mean score?"),
    (
        "crm_fields.csv",
        {"column_name": "email"},
        "column_name",
        "nothing personal is pushed",
    ),
    (
        "crm_fields.csv",
        {"format": "whole_numbers"},
        "format",
        "did you mean whole_number?",
    ),
    ("crm_fields.csv", {"format": "number"}, "format", "varchar: write it as text"),
    ("crm_fields.csv", {"column_name": "as_of_date"}, "column_name", "changes daily"),
    ("crm_fields.csv", {"field": "a b"}, "field", "'a b' is no name of a field"),
    ("recipients.csv", {"scope": "team"}, "name", "name the team"),
    ("recipients.csv", {"address": "a@b.example"}, "address", "nothing else has one"),
    ("recipients.csv", {"quiet_until": ""}, "quiet_until", "fill in both"),
    ("recipients.csv", {"quiet_from": "8"}, "quiet_from", "'8' is no time of the day"),
    ("routing.csv", {"min_grade": "E"}, "min_grade", "'E' is no grade"),
    ("routing.csv", {"country": "de||at"}, "country", "has an empty value"),
    ("routing.csv", {"topic": "a|!b"}, "topic", "`!` stands once"),
    ("routing.csv", {"team": "apac"}, "team", "'apac' is no team of team_members.csv"),
    ("team_members.csv", {"capacity_per_day": "0"}, "capacity_per_day", "1 or more"),
    ("team_members.csv", {"works_on": "mon|Tue"}, "works_on", "'Tue' is no day"),
    ("team_members.csv", {"works_on": "mon|mon"}, "works_on", "mon stands here twice"),
    ("team_members.csv", {"away_from": "2026-08-03"}, "away_until", "fill in both"),
    (
        *("team_members.csv", {"from_date": "2026-08-03", "until_date": "2026-08-01"}),
        *("until_date", "is before from_date"),
    ),
    ("team_members.csv", {"calendar": "fr"}, "calendar", "no calendar of holidays.csv"),
    ("holidays.csv", {"day": "2026-02-30"}, "day", "no day of the calendar"),
]


@pytest.mark.parametrize("name", sorted(FILES))
def test_columns_are_those_of_the_checks_and_of_dbt(name: str) -> None:
    with (ACTION / name).open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))
    [seed] = yaml.safe_load((ACTION / name).with_suffix(".yml").read_text())["seeds"]
    assert header == list(FILES[name].columns())
    assert seed["config"]["column_types"] == FILES[name].columns()
    assert [column["name"] for column in seed["columns"]] == header


def test_every_file_is_checked_and_ours_have_no_mistake() -> None:
    assert sorted(FILES) == sorted(path.name for path in ACTION.glob("*.csv"))
    assert list(check_action([], RULES)) == []


@pytest.mark.parametrize(("name", "cells", "column", "message"), WRONG)
def test_a_mistake_is_named(
    tmp_path: Path, name: str, cells: dict[str, str], column: str, message: str
) -> None:
    with (ACTION / name).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with (tmp_path / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows([*rows[:-1], {**rows[-1], **cells}])
    [finding] = check_action([tmp_path], RULES)
    line = len(rows) + 1
    assert (finding.file, finding.line, finding.column) == (name, line, column)
    assert str(finding).startswith(f"action/{name} line {line} ({column}): ")
    assert message in finding.message


def test_a_file_that_nobody_reads_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "action").mkdir()
    (tmp_path / "action" / "alert.csv").touch()
    monkeypatch.setenv("LEADSCORE_CONFIG", str(tmp_path))
    with pytest.raises(LeadscoreError, match=r"did you mean alerts\.csv"):
        checked_settings()
    assert Settings().config == tmp_path


def test_the_page_has_an_example_of_each_file_without_a_mistake(tmp_path: Path) -> None:
    page = (PROJECT / "docs" / "action.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```action\n(.*?)^```$", page, flags=re.MULTILINE | re.DOTALL)
    lines = "".join(blocks).splitlines()
    examples = [line.split(maxsplit=1) for line in lines]
    assert {name for name, _ in examples} == set(FILES)
    for name, model in FILES.items():
        header = ",".join(model.columns())
        rows = [row for of, row in examples if of == name]
        path = tmp_path / name
        path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        read, findings = read_file(path, model)
        assert len(read) == len(rows)
        assert [*findings, *(found for row in read for found in row.check())] == []
