"""The command line as a person uses it, the DAGs run by Airflow itself."""

import io
import re
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from pipeline_world import checksums
from rich.console import Console

from leadscore import explain, pipeline
from leadscore.errors import LeadscoreError
from leadscore.settings import Settings
from leadscore.terminal import as_table


def leadscore(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(Path(sys.executable).with_name("leadscore")), *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def data(world):
    return world.data


def test_score_shows_its_steps_and_whom_to_call(data):
    shown = (data / "logs" / "score.txt").read_text()
    steps = re.findall(r"done +(\w+\.\w+)", shown)
    assert steps[0] == "ingest_crm.load"
    assert steps[-2:] == ["score_leads.audit", "score_leads.publish"]
    assert len(steps) == 15
    assert "Ruleset default, because new_business is the first scorecard" in shown
    calls = shown.split("The call list")[1]
    assert calls.index("Gina Gold") < calls.index("Tara Trial")
    held_back = calls.split("Qualified, but held back")[1]
    assert re.search(r"L90013 +Dora Dean .*Sales is working on them", held_back)
    assert "Asked for a demo on 2026-06-30" in re.sub(r"\s+", " ", calls)


def test_a_second_call_finds_nothing_new_and_changes_nothing(data):
    before = checksums(data / "published")
    again = leadscore("score", "--data", data)
    assert "Nothing new" in again.stdout
    assert "The call list" in again.stdout
    assert checksums(data / "published") == before


def test_status_says_what_is_published_and_how_fresh(data):
    status = leadscore("status", "--data", data).stdout
    assert re.search(r"build \w{16} of 2026-06-30, \d+ minutes? ago", status)
    assert re.search(r"email: delivered up to 2026-06-30$", status, re.MULTILINE)
    assert "{" not in status
    assert "crm/2026-06-30/leads.csv" in status
    assert re.search(r"the scores +2026-06-30 +\d+", status)
    assert re.search(r"A mail scanner followed the link +email_clicked", status)


def column_of_points(said: str, first: str) -> list[Decimal]:
    """The points in the lines that begin with a pattern."""
    found = re.findall(rf"^{first} +(-?\d+\.\d+)\b", said, re.MULTILINE)
    return [Decimal(number) for number in found]


def test_explain_adds_up_to_the_score(data):
    by_id = leadscore("explain", "L90001", "--data", data).stdout
    factors = column_of_points(by_id, " ")
    (total,) = column_of_points(by_id, "total")
    dimensions = column_of_points(by_id, "(?:[a-z]+ic|behavioral|negative)")
    assert sum(factors) == sum(dimensions) == total
    assert {-number.as_tuple().exponent for number in (*factors, total)} == {2}
    for also in ("Gina.Gold.Sample@gmail.com", visitor_of(data, "L90001")):
        assert leadscore("explain", also, "--data", data).stdout == by_id


def visitor_of(data: Path, lead: str) -> str:
    path = str(data / "published" / "lead_scores.duckdb")
    with duckdb.connect(path, read_only=True) as published:
        (visitor,) = published.execute(
            "select min(identifier) from lead_identities "
            "where identifier_type = 'visitor' and lead_id = ? and until is null",
            [lead],
        ).fetchone()
    return visitor


@pytest.mark.parametrize(
    ("points", "shown"),
    [
        (["1.2500", "2.0000"], ["1.25", "2.00", "3.25"]),
        (["1.2549", "2.0000"], ["1.25", "2.00", "3.25"]),
        # 1.00 + 1.00 is not 2.01: all decimals are needed.
        (["1.0049", "1.0049"], ["1.0049", "1.0049", "2.0098"]),
    ],
)
def test_points_are_shown_so_that_they_add_up(points, shown):
    numbers = [Decimal(number) for number in points]
    score = {"lead_id": "L", "ruleset": "r", "total_points": sum(numbers)}
    score |= {f"{name}_points": Decimal("0.0000") for name in explain.DIMENSIONS}
    score["behavioral_points"] = sum(numbers)
    with duckdb.connect() as connection:
        connection.execute(
            "create table lead_score_factors as select 'L' as lead_id, 'r' as ruleset, "
            "'behavioral' as dimension, 'r' || points as rule_id, points, "
            "'' as reason, null as first_at, null as last_at "
            "from (select unnest(?::decimal(18, 4)[]) as points)",
            [numbers],
        )
        table = explain.factor_table(connection, score)
    cells = [cell for cell in table.columns[1].cells if "b]" not in cell]
    assert sorted([cell for cell in cells if not cell.startswith("[")]) == shown[:-1]
    assert table.columns[1].footer == shown[-1]


def test_a_table_without_rows_says_so():
    console = Console(width=80, file=io.StringIO())
    console.print(as_table("What came in", ["source", "file"], []))
    assert [line.split() for line in console.file.getvalue().splitlines()] == [
        ["What", "came", "in"],
        ["source", "file"],
        ["none"],
    ]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["score", "--sources", "crm,fax"], "unknown source fax"),
        (["score", "--as-of", "2027-01-01"], "2027-01-01 is not complete"),
        (["explain", "nobody"], "No lead is known as 'nobody'"),
        (["explain", "L90001", "--ruleset", "x"], "the rulesets scored are default"),
    ],
)
def test_mistakes_are_told_without_a_traceback(data, words, message):
    run = leadscore(*words, "--data", data)
    assert run.returncode != 0
    assert message in re.sub(r"\s+", " ", run.stderr)
    assert "Traceback" not in run.stdout + run.stderr


def test_a_world_without_extracts_says_where_to_put_them(tmp_path):
    run = leadscore("score", "--data", tmp_path)
    assert "No day is complete in" in re.sub(r"\s+", " ", run.stderr)


@pytest.mark.parametrize(
    ("made", "message"),
    [
        ([], "own is no folder: a folder of your own (CONFIG= or --config) holds"),
        (["README.md", ".git/"], "own holds nothing that is read: a folder of your"),
        (["rules/", "ruels/"], "own holds ruels/ (did you mean rules/?): a folder"),
        (["rules/", "pictures/"], "own holds pictures/: a folder of your own (CONF"),
        (["sources/mail/"], "sources/mail is read by nobody (did you mean email/?)"),
        (["sources/erp/"], "sources/erp is read by nobody: maps lie in sources/crm/,"),
        (["sources/my.yml"], "my.yml is read by nobody: a map lies in the folder of"),
        (["mappings/lead_source.csv"], "nobody (did you mean lead_sources.csv?): a fi"),
        (
            ["mappings/zzz.csv"],
            "mappings/zzz.csv is read by nobody (ours are activities.",
        ),
        (["mappings/statuses.CSV"], "nobody (did you mean statuses.csv?): a file of"),
        (["rules/", ".git/", "README.md"], None),
        (["mappings/"], None),
        (["sources/web/my.yml", "sources/README.md", "mappings/statuses.yml"], None),
    ],
)
def test_a_folder_of_ones_own_that_is_none_is_refused(
    tmp_path, monkeypatch, made, message
):
    """Else the shipped rules would stand in for it, and nothing would say so."""
    for name in made:
        path = tmp_path / "own" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir() if name.endswith("/") else path.touch()
    run = leadscore("rules", "list", "--config", tmp_path / "own")
    assert (message or "") in re.sub(r"\s+", " ", run.stderr)
    assert (run.returncode != 0) == (message is not None), run.stderr
    monkeypatch.setenv("LEADSCORE_CONFIG", str(tmp_path / "own"))
    monkeypatch.setenv("LEADSCORE_DATA", str(tmp_path / "world"))
    if message:
        with pytest.raises(LeadscoreError, match=r"a folder of your own|by nobody"):
            pipeline.load("crm", "2026-06-30")
    assert Settings().config  # where DAGs are read, the folder need not be there


def test_what_nobody_foresaw_is_told_in_our_words_and_logged(data, tmp_path):
    shutil.copytree(data / "published", tmp_path / "published", symlinks=True)
    (tmp_path / "published" / "current" / "publication.json").write_text("{")
    said = leadscore("status", "--data", tmp_path)
    log = tmp_path / "logs" / "leadscore.log"
    assert said.returncode == 1
    assert "This should not have happened (JSONDecodeError)" in said.stderr
    assert str(log) in said.stderr
    assert "Traceback" not in said.stderr + said.stdout
    assert "Traceback" in log.read_text()


def test_a_damaged_warehouse_is_not_called_in_use(tmp_path):
    (tmp_path / "warehouse.duckdb").write_text("not a database" * 1000)
    said = leadscore("status", "--data", tmp_path)
    assert said.returncode == 1
    assert "cannot be opened as a DuckDB file" in said.stderr
    assert "in use" not in said.stderr


def test_a_day_that_is_not_complete_says_which_file_it_waits_for(tmp_path):
    folder = tmp_path / "extracts" / "crm" / "2026-11-28"
    folder.mkdir(parents=True)
    (folder / "company.csv").write_text("id\n1\n")
    words = ["score", "--data", tmp_path, "--sources", "crm", "--maps", "hubspot"]
    for given in ([], ["--as-of", "2026-11-28"]):
        said = re.sub(r"\s+", " ", leadscore(*words, *given).stderr)
        assert "2026-11-28 lacks contact.* or contact-* or contacts.* (map hubs" in said
        assert "put an empty file named _DONE there" in said
