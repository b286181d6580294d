"""Publication: one whole build at a time, whatever fails."""

import json
import re
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import duckdb
import pytest
from small_marts import build_marts, require_sealed, small_world, undescribed
from typer.testing import CliRunner

from leadscore import publish as publishing
from leadscore import warehouse
from leadscore.candidate import write_candidate
from leadscore.cli import app
from leadscore.errors import LeadscoreError
from leadscore.publish import (
    candidate_path,
    note_checks,
    open_build,
    open_publication,
    previous_build,
    publish,
    read_build,
    read_publication,
)
from leadscore.settings import PROJECT, Settings

FRIDAY, SATURDAY = date(2026, 11, 20), date(2026, 11, 21)


@pytest.fixture
def settings(tmp_path):
    return small_world(tmp_path)


def candidate_of(settings, as_of, build_id):
    build_marts(settings, as_of, build_id)
    candidate = write_candidate(settings, as_of, build_id)
    note_checks(candidate, checked=5, failed=0)
    return candidate


def publish_new(settings, as_of, build_id):
    return publish(settings, candidate_of(settings, as_of, build_id))


def read(settings, query="select distinct build_id from lead_scores"):
    with duckdb.connect(
        str(settings.published / "lead_scores.duckdb"), read_only=True
    ) as connection:
        return connection.execute(query).fetchall()


def archive(settings):
    return sorted(path.name for path in (settings.published / "archive").iterdir())


def builds(settings):
    return sorted(path.name for path in (settings.published / "builds").iterdir())


def test_a_build_holds_every_mart_as_a_table_and_as_parquet(settings):
    publish_new(settings, FRIDAY, "one")

    tables = [name for (name,) in read(settings, "show tables")]
    parquet = {path.stem for path in (settings.published / "parquet").iterdir()}

    assert tables == [
        "account_score_factors",
        "account_scores",
        "accounts",
        "checks",
        "lead_assignments",
        "lead_attributes",
        "lead_feedback",
        "lead_identities",
        "lead_next_steps",
        "lead_outcomes",
        "lead_score_events",
        "lead_score_factors",
        "lead_score_history",
        "lead_score_probabilities",
        "lead_score_summary",
        "lead_scores",
        "lead_scores_all",
        "owners",
        "rules",
        "ruleset_decisions",
        "team_loads",
    ]
    assert parquet == {*tables, "lead_score_history_older"}
    assert read(settings) == [("one",)]


def test_contacts_lie_apart_and_are_a_table_like_others_where_they_may_be_seen(
    settings,
):
    build = publish_new(settings, FRIDAY, "one")
    query = "select lead_id, email from lead_contacts order by lead_id"
    contacts = [(lead, f"{lead}@example.org") for lead in ("L1", "L2", "h3")]

    with pytest.raises(duckdb.CatalogException):
        read(settings, query)
    apart = str(settings.published / "lead_contacts.duckdb")
    with duckdb.connect(apart, read_only=True) as connection:
        assert connection.execute("show tables").fetchall() == [("lead_contacts",)]
    assert [path.name for path in (build / "parquet-contacts").iterdir()] == [
        "lead_contacts.parquet"
    ]
    # Two at once in one process share what is attached.
    with open_publication(settings) as one, open_publication(settings) as other:
        for connection in (one, other):
            assert connection.execute(query).fetchall() == contacts
            joined = "from lead_scores inner join lead_contacts using (lead_id)"
            assert len(connection.execute(joined).fetchall()) == 3


def test_a_build_of_before_contacts_lay_apart_is_still_read(settings):
    old = publish_new(settings, FRIDAY, "old")
    publishing.unseal(old)
    (old / "lead_contacts.duckdb").unlink()
    (old / "lead_scores.duckdb").chmod(0o644)
    with duckdb.connect(str(old / "lead_scores.duckdb")) as connection:
        connection.execute(
            f"create table lead_contacts as from '{old}/parquet-contacts/*.parquet'"
        )
    query = "select count(*) from lead_contacts"

    with open_publication(settings) as connection:
        assert connection.execute(query).fetchone() == (3,)
    publish_new(settings, SATURDAY, "new")

    assert previous_build(settings) == old
    with open_build(old) as connection:
        assert connection.execute(query).fetchone() == (3,)


def test_nobody_can_change_a_build_and_its_manifest_says_what_it_holds(settings):
    build = publish_new(settings, FRIDAY, "one")

    require_sealed(build)
    (archived,) = (settings.published / "archive").iterdir()
    assert archived.stat().st_mode & 0o777 == 0o444


def test_every_table_and_column_says_what_it_means(settings):
    build = publish_new(settings, FRIDAY, "one")

    assert undescribed(build) == []
    told = read(
        settings,
        "select comment from duckdb_columns() "
        "where table_name = 'lead_score_history' and column_name = 'lead_id'",
    )
    assert told[0][0].startswith("The person: the CRM id of their oldest record")


def test_a_column_that_no_model_describes_is_not_published(settings):
    build_marts(settings, FRIDAY, "one")
    with warehouse.connect(settings) as connection:
        connection.execute("alter table marts.lead_scores add column mood varchar")

    with pytest.raises(LeadscoreError, match=r"lead_scores\.yml describes no .* mood"):
        write_candidate(settings, FRIDAY, "one")


def test_a_mart_that_is_no_models_any_more_is_left_out_and_told(settings, caplog):
    build_marts(settings, FRIDAY, "one")
    with warehouse.connect(settings) as connection:
        connection.execute("create table marts.older as select 1 as number")

    candidate = write_candidate(settings, FRIDAY, "one")

    assert "older" not in read_build(candidate)["row_counts"]
    assert "marts.older is no model's: it is not published" in caplog.text


def test_names_in_a_report_are_for_its_owner_and_the_manifest_has_it_too(settings):
    candidate = candidate_of(settings, FRIDAY, "one")
    for report in ("report", "report_shared"):
        (candidate / report).mkdir()
        (candidate / report / "index.html").write_text("<title>Today</title>")

    require_sealed(publish(settings, candidate))
    assert (settings.published / "report" / "index.html").exists()

    publish_new(settings, SATURDAY, "two")  # it is switched off

    assert not (settings.published / "report").is_symlink()


def test_a_candidate_is_read_by_nobody_else(settings):
    assert candidate_of(settings, FRIDAY, "one").stat().st_mode & 0o777 == 0o700


def test_the_path_of_a_build_stays_while_others_are_published(settings):
    command = ["path", "--data", str(settings.data)]
    publish_new(settings, FRIDAY, "one")

    told = CliRunner().invoke(app, command).stdout
    publish_new(settings, SATURDAY, "two")

    assert told == f"{settings.published}/builds/one\n"
    scores = (
        f"select distinct build_id from '{told.strip()}/parquet/lead_scores.parquet'"
    )
    assert duckdb.execute(scores).fetchall() == [("one",)]
    assert CliRunner().invoke(app, command).stdout.endswith("/two\n")


def test_history_of_90_days_is_published_and_older_days_are_parquet_only(settings):
    publish_new(settings, FRIDAY, "one")
    span = "select min(as_of_date), count(distinct as_of_date) from "
    older = settings.published / "parquet" / "lead_score_history_older.parquet"

    assert read(settings, span + "lead_score_history") == [(date(2026, 8, 23), 90)]
    assert read(settings, f"{span} '{older}'") == [(date(2026, 8, 13), 10)]


def test_a_past_day_that_is_scored_again_knows_of_no_later_crossing(settings):
    build_marts(settings, SATURDAY, "one")
    counts = read_build(write_candidate(settings, SATURDAY, "one"))["row_counts"]
    assert counts["lead_score_events"] > 0
    counts = read_build(write_candidate(settings, FRIDAY, "two"))["row_counts"]
    assert counts["lead_score_events"] == 0


def test_publication_json_says_what_was_published_from_which_data(settings):
    publish_new(settings, FRIDAY, "one")

    publication = json.loads((settings.published / "publication.json").read_text())

    assert publication.pop("published_at").endswith("+00:00")
    assert publication == {
        "build_id": "one",
        "as_of_date": "2026-11-20",
        "row_counts": {
            "account_score_factors": 2,
            "account_scores": 1,
            "accounts": 1,
            "checks": 0,
            "lead_assignments": 2,
            "lead_attributes": 6,
            "lead_contacts": 3,
            "lead_feedback": 2,
            "lead_identities": 6,
            "lead_next_steps": 2,
            "lead_outcomes": 1,
            "lead_score_events": 2,
            "lead_score_factors": 8,
            "lead_score_history": 270,
            "lead_score_probabilities": 2,
            "lead_score_summary": 200,
            "lead_scores": 3,
            "lead_scores_all": 3,
            "owners": 1,
            "ruleset_decisions": 1,
            "rules": 7,
            "team_loads": 1,
        },
        "checks": {"expectations": 5, "failed": 0},
        "data_as_of": {
            "crm": {"extract_date": "2026-11-20", "is_stale": False},
            "email": {"extract_date": "2026-11-18", "is_stale": True},
            "web": {"extract_date": None, "is_stale": True},
            "feedback": {"extract_date": None, "is_stale": False},
        },
        "fingerprints": {"rulesets": {"default": "f00d"}},
        "ruleset_because": None,
        "experiment": None,
        "probabilities": {
            "won": {
                "default": {
                    "model": None,
                    "input": None,
                    "intercept": None,
                    "slope": None,
                    "because": "Nothing was judged yet: run `leadscore judge`.",
                }
            }
        },
    }


def test_conversion_by_grade_is_the_query_of_the_docs(settings):
    publish_new(settings, FRIDAY, "one")
    text = (PROJECT / "docs" / "scoring.md").read_text(encoding="utf-8")
    _, query = re.findall(r"```sql\n(.*?)```", text, re.DOTALL)

    assert read(settings, query) == [("B+", 3, 1, 100)]


def test_the_crm_import_file_has_each_record_that_the_crm_delivered(settings):
    build = publish_new(settings, FRIDAY, "one")

    lines = (build / "crm_scores.csv").read_text().splitlines()

    same = 'B+,mql,1,sales,"said ""demo"", twice; +30",2026-11-20'
    assert lines == [
        "record_id,lead_id,score,grade,stage,priority,queue,top_reasons,as_of_date,"
        "total_points,engagement_level,segment,action,due_at,owner",
        f"L1,L1,45.50,{same},70.0000,2,B2,call,,o1",
        f"L2,L2,0.00,{same},-40.0000,2,B2,call,,o1",
        f"L9,L1,45.50,{same},70.0000,2,B2,call,,o1",
    ]


def test_the_same_marts_give_the_same_files(settings):
    build_marts(settings, FRIDAY, "one")

    def contents():
        candidate = write_candidate(settings, FRIDAY, "one")
        paths = [path for path in candidate.rglob("*") if path.is_file()]
        return {p.name: p.read_bytes() for p in paths if p.suffix != ".duckdb"}

    first = contents()

    assert len(first) == 25
    assert contents() == first


def test_links_are_relative_so_that_the_folder_can_be_moved_or_mounted(settings):
    publish_new(settings, FRIDAY, "one")
    links = [path for path in settings.published.iterdir() if path.is_symlink()]

    moved = settings.data.with_name("moved")
    settings.data.rename(moved)

    assert {link.name for link in links} == {
        "crm_scores.csv",
        "current",
        "lead_contacts.duckdb",
        "lead_scores.duckdb",
        "manifest.json",
        "parquet",
        "parquet-contacts",
        "publication.json",
    }
    assert all((moved / "published" / link.name).exists() for link in links)


def test_publishing_twice_changes_nothing(settings):
    publish_new(settings, FRIDAY, "one")
    before = read_publication(settings)

    publish(settings, candidate_of(settings, FRIDAY, "one"))
    publish(settings, settings.published / "builds" / ".candidate-one")

    assert read_publication(settings) == before
    assert builds(settings) == ["one"]
    assert archive(settings) == ["2026-11-20_one.parquet"]


def test_an_older_day_is_archived_and_never_replaces_a_newer_one(settings):
    publish_new(settings, SATURDAY, "new")
    candidate = candidate_of(settings, FRIDAY, "old")

    for _ in range(2):  # a rerun of the task finds the candidate gone
        assert publish(settings, candidate).name == "new"

    assert read(settings) == [("new",)]
    assert builds(settings) == ["new"]
    assert archive(settings) == ["2026-11-20_old.parquet", "2026-11-21_new.parquet"]


def test_a_day_that_is_published_again_keeps_both_in_the_archive(settings):
    publish_new(settings, FRIDAY, "one")
    publish_new(settings, FRIDAY, "two")

    assert read(settings) == [("two",)]
    assert archive(settings) == ["2026-11-20_one.parquet", "2026-11-20_two.parquet"]


def test_the_last_three_builds_stay(settings):
    names = ["d", "b", "a", "c"]
    for hour, name in enumerate(names):
        publish_new(settings, FRIDAY, name)
        publication = read_publication(settings)
        publication["published_at"] = f"2026-11-21T0{hour}:00:00+00:00"
        publishing.unseal(settings.published / "builds" / name)
        publishing.write_publication(settings.published / "builds" / name, publication)

    assert builds(settings) == ["a", "b", "c"]
    publish_new(settings.model_copy(update={"kept_builds": 1}), SATURDAY, "e")
    assert builds(settings) == ["e"]


def test_a_build_that_was_replaced_can_come_back(settings):
    for name in ("one", "two", "one"):
        publish_new(settings, FRIDAY, name)

    assert read(settings) == [("one",)]
    assert archive(settings) == ["2026-11-20_one.parquet", "2026-11-20_two.parquet"]


@pytest.mark.parametrize("checks", [None, {"expectations": 5, "failed": 1}])
def test_a_build_that_has_not_passed_the_audit_is_refused(settings, checks):
    publish_new(settings, FRIDAY, "one")
    candidate = candidate_of(settings, SATURDAY, "two")
    publication = read_build(candidate) | {"checks": checks}
    publishing.write_publication(candidate, publication)

    with pytest.raises(LeadscoreError, match="two has not passed the audit"):
        publish(settings, candidate)

    assert read(settings) == [("one",)]


def test_a_candidate_that_is_not_there_is_refused_in_plain_words(settings):
    with pytest.raises(LeadscoreError, match="run the marts and audit steps again"):
        publish(settings, settings.published / "builds" / ".candidate-nope")


def test_a_warehouse_without_marts_is_refused_in_plain_words(settings):
    with pytest.raises(LeadscoreError, match="run the marts step first"):
        write_candidate(settings, FRIDAY, "one")


def test_nothing_is_published_before_the_first_build(settings):
    assert read_publication(settings) is None


class Crash(BaseException):
    """Stands for a killed process: nothing may catch it."""


def crash_before(monkeypatch, number):
    """Crash instead of the nth call that changes the published folder."""
    calls = []

    def guard(owner, name):
        original = getattr(owner, name)

        def call(*args, **kwargs):
            calls.append(name)
            if len(calls) == number:
                raise Crash
            return original(*args, **kwargs)

        monkeypatch.setattr(owner, name, call)

    for name in ("rename", "replace", "symlink_to", "write_text", "unlink", "chmod"):
        guard(Path, name)
    guard(publishing.shutil, "rmtree")
    guard(publishing.shutil, "copyfile")


def test_a_crash_at_any_point_leaves_one_whole_publication(
    settings, monkeypatch, tmp_path
):
    for earlier in ("zero", "one", "two"):
        publish_new(settings, FRIDAY, earlier)
    candidate_of(settings, FRIDAY, "new")
    before = settings.published

    for step in range(1, 300):
        settings = Settings(data=tmp_path / f"step{step}")
        shutil.copytree(before, settings.published, symlinks=True)
        candidate = candidate_path(settings, "new")
        with monkeypatch.context() as patch:
            crash_before(patch, step)
            try:
                publish(settings, candidate)
            except Crash:
                pass
            else:
                break
        # What readers see is the build before or the new one.
        seen = read(settings)
        assert seen in ([("two",)], [("new",)])
        assert read_publication(settings)["build_id"] == seen[0][0]

        publish(settings, candidate)  # the task is run again

        assert read(settings) == [("new",)]
        assert "2026-11-20_new.parquet" in archive(settings)
        assert builds(settings) == ["new", "one", "two"]
        require_sealed(settings.published / "builds" / "new")
        assert not [*settings.published.glob(".*"), *settings.published.glob("*/.*")]

    assert step > 15


def test_a_crash_before_the_first_publication_shows_readers_nothing(
    settings, monkeypatch
):
    candidate = candidate_of(settings, FRIDAY, "one")
    with monkeypatch.context() as patch:
        patch.setattr(publishing, "_link", lambda *_: (_ for _ in ()).throw(Crash()))
        with pytest.raises(Crash):
            publish(settings, candidate)
    assert read_publication(settings) is None

    publish_new(settings, SATURDAY, "two")

    assert read(settings) == [("two",)]


def test_dead_candidates_are_removed_when_the_next_is_written(settings):
    candidate_of(settings, FRIDAY, "dead")

    candidate_of(settings, FRIDAY, "alive")

    assert builds(settings) == [".candidate-alive"]


def test_what_a_crash_kept_from_the_archive_is_archived_by_the_next_day(
    settings, monkeypatch
):
    candidate = candidate_of(settings, FRIDAY, "one")
    with monkeypatch.context() as patch:
        patch.setattr(publishing, "_archive", lambda *_: (_ for _ in ()).throw(Crash()))
        with pytest.raises(Crash):
            publish(settings, candidate)

    publish_new(settings, SATURDAY, "two")

    assert archive(settings) == ["2026-11-20_one.parquet", "2026-11-21_two.parquet"]


READER = """
import duckdb, sys
reads, builds = 0, set()
while reads < 20 or len(builds) < 5:
    with duckdb.connect(sys.argv[1], read_only=True) as connection:
        rows = connection.execute(
            "select distinct build_id from lead_scores "
            "union select distinct build_id from lead_score_history "
            "union select distinct build_id from lead_scores_all"
        ).fetchall()
    assert len(rows) == 1, rows
    reads += 1
    builds.add(rows[0][0])
    assert reads < 10_000, builds
"""


def test_a_reader_sees_whole_builds_only_while_many_are_published(settings):
    publish_new(settings, FRIDAY, "build0")
    path, number = settings.published / "lead_scores.duckdb", 0
    with subprocess.Popen(
        [sys.executable, "-c", READER, str(path)], stderr=subprocess.PIPE, text=True
    ) as reader:
        while reader.poll() is None:  # it ends when it has seen enough
            number += 1
            publish_new(settings, FRIDAY, f"build{number}")
        assert reader.returncode == 0, reader.stderr.read()
