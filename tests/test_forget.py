"""Somebody who asks to be forgotten is gone from everywhere, and does not come back."""

import csv
import gzip
import hashlib
import json
import re
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from ingest_world import DAY as FRIDAY
from ingest_world import EVENTS_MAP, LEADS_MAP, World
from pipeline_world import DAY, score_again, warehouse, world_of
from postgres_server import Server
from small_marts import build_marts, require_sealed, small_world, undescribed
from typer.testing import CliRunner

from leadscore import candidate as candidates
from leadscore import erasure, ingest, pipeline, postgres, publish, runs
from leadscore.cli import app
from leadscore.errors import LeadscoreError
from leadscore.forget import find_holdings, forget, look_up
from leadscore.settings import Settings
from leadscore.validate import audit_candidate
from leadscore.warehouse import connect

# Theo of the cast: one CRM record, two addresses, one visitor.
THEO = "L90009"
ADDRESSES = (
    "theo.twofold.sample@gmail.com",
    "theo.twofold@tallgrass.example",
    "theotwofoldsample@gmail.com",  # the first one's mailbox
)
HASHES = [hashlib.sha256(f"test {a}".encode()).hexdigest()[:16] for a in ADDRESSES]
NAMES = (
    "theo.twofold",
    "theotwofold",
    "L90009",
    "Twofold",
    *(f"{kind}_{hashed}" for kind in "he" for hashed in HASHES),
)


def forget_ids(settings, *ids, **options):
    return forget(settings, look_up(settings, list(ids), **options))


def names_any(path, names):
    """Whether a file holds one of the names, also in what is compressed in it."""
    content = path.read_bytes()
    if path.suffix == ".gz":
        content = gzip.decompress(content)
    if path.suffix == ".parquet":
        content += repr(duckdb.read_parquet(str(path)).fetchall()).encode()
    if any(name.lower().encode() in content.lower() for name in names):
        return True
    if path.suffix != ".duckdb":
        return False
    with duckdb.connect(str(path), read_only=True) as connection:
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables()"
        ).fetchall()
        return any(
            connection.execute(
                f"select 1 from {schema}.{name} as t "
                "where regexp_matches(t::varchar, ?, 'i') limit 1",
                ["|".join(names)],
            ).fetchone()
            for schema, name in tables
        )


def files_naming(folder, names=NAMES):
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and names_any(path, names)
    }


def tables_of(path, where="true"):
    """The rows of the tables of a database, by schema and name."""
    with duckdb.connect(str(path), read_only=True) as connection:
        tables = connection.execute(
            f"select schema_name, table_name from duckdb_tables() where {where}"
        ).fetchall()
        return {
            (schema, table): connection.execute(f"from {schema}.{table}").fetchall()
            for schema, table in tables
        }


def everything(settings):
    """The rows of every table and file that others read, by where they are."""
    found = {}
    for build in sorted((settings.published / "builds").iterdir()):
        for path in publish.databases_of(build):
            for (_, table), rows in tables_of(path).items():
                found[f"{build.name}/{table}"] = rows
        found[f"{build.name}/csv"] = [
            (line,) for line in (build / "crm_scores.csv").read_text().splitlines()
        ]
    for path in sorted(settings.published.glob("archive/*")):
        found[path.name] = duckdb.read_parquet(str(path)).fetchall()
    for path in sorted(settings.published.glob("builds/*/parquet*/*")):
        found[f"{path.parts[-3]}/{path.name}"] = duckdb.read_parquet(
            str(path)
        ).fetchall()
    kept = "schema_name in ('raw', 'marts') or starts_with(table_name, 'kept_')"
    for (schema, table), rows in tables_of(settings.warehouse, kept).items():
        found[f"{schema}.{table}"] = rows
    return found


def link(settings):
    """Have merges, a deal, refused links of his, and a record of Mia naming his."""
    own, mailbox = HASHES[1:]
    with connect(settings) as connection:
        connection.execute(
            f"""
            insert into raw.crm_merges (batch_id, merged_id, into_id) values
                ('m', 'L90009', 'L90001'), ('m', 'L90002', 'L90009'),
                ('m', 'L90003', 'L90003');
            insert into raw.crm_opportunity_leads
                (batch_id, link_id, opportunity_id, lead_id)
                values ('m', 'O1 L90001', 'O1', 'L90001');
            update marts.lead_identities
                set reason = replace(reason, 'L90007', '{THEO}')
                where identifier = 'L90008';
            update marts.lead_duplicates
                set reason = 'The CRM merged it with {THEO}'
                where record_id = 'L90008';
            insert into marts.lead_duplicates by name
                select '{THEO}' as record_id, * exclude (record_id)
                from marts.lead_duplicates where record_id = 'L90007';
            insert into marts.refused_links by name (
                select
                    unnest(['mailbox', 'mailbox', 'visitor']) as identifier_type,
                    unnest(['h_shared', 'h_{own}', 'v-kiosk']) as identifier,
                    unnest(['crm', 'visitor', 'mailbox']) as linked_type,
                    unnest(['{THEO}', 'v-kiosk', 'h_{mailbox}']) as linked_to,
                    * exclude (identifier_type, identifier, linked_type, linked_to)
                from (from marts.refused_links limit 1)
            );
            """
        )


def plant(settings):
    """Put what runs may leave behind, and name Theo in all of it."""
    with connect(settings) as connection:
        connection.execute(
            "update raw.batches set status = 'refused', reason = 'line 3: ''Theo'' "
            "(theo.twofold@tallgrass.example) is no number' where status = 'superseded'"
        )
        connection.execute(
            "insert into raw.batches (batch_id, file, status, reason) values ('x', "
            "'crm/2026-06-27/old.csv', 'refused', "
            "'7 of 9 rows: ''Theo.Twofold@tallgrass.example'' is no time')"
        )
        connection.execute(
            "insert into raw.verdicts values ('crm', '2026-06-27', now(), false, 9, "
            "'- crm_leads: Emails read so [x] does not hold: 3 of 9 rows break it; for "
            "example crm/2026-06-27/old.csv row 4: last_name = Twofold\n- crm_leads: "
            "Second.')"
        )
        quarantine = settings.quarantine / "crm" / "2026-06-27"
        quarantine.mkdir()
        connection.execute(
            "copy (from raw.crm_leads where lead_id in ('L90009', 'L90001')) "
            f"to '{quarantine / 'old.csv.refused.parquet'}' (format parquet)"
        )
    (quarantine / "old.csv.reason.txt").write_text(
        "crm/2026-06-27/old.csv was refused: 'theo.twofold@tallgrass.example' is bad\n"
    )
    with (quarantine / "some.csv.csv").open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(
            [
                ["file", "line", "column", "reason", "row"],
                ["some.csv", "2", "", "missing columns", "L90009,cut off"],
                [
                    "some.csv",
                    "3",
                    "",
                    "cut",
                    '{"email":"Theo.Twofold@tallgrass.example',
                ],
                ["some.csv", "4", "", "missing columns", "L90001,cut off"],
            ]
        )
    run = Path("crm_leads", "pending-1", "1", "duckdb-crm_leads")
    result = settings.docs / ".results" / run.with_suffix(".json")
    page = settings.docs / "validations" / run.with_suffix(".html")
    for path in (result, page):
        path.parent.mkdir(parents=True)
    result.write_text(json.dumps({"success": False, "rows": "Twofold"}))
    page.write_text("<td>Twofold</td>")
    for name in (
        "logs/airflow.log",
        "dbt/dbt.log",
        ".load_x/a.txt",
        "seeds/rules/a.csv",
    ):
        path = settings.data / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("Twofold")


@pytest.fixture(scope="module")
def after(world, tmp_path_factory):
    """A copy of the world with two builds, before and after Theo is forgotten."""
    data = tmp_path_factory.mktemp("forget") / "world"
    shutil.copytree(world.data, data, symlinks=True)
    with (
        world_of(data, history_days=8) as settings,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(candidates, "HISTORY_DAYS", 3)  # the rest is Parquet only
        link(settings)
        candidate = candidates.write_candidate(settings, DAY, "second")
        publish.note_checks(candidate, checked=5, failed=0)
        publish.publish(settings, candidate)
        plant(settings)
        before = everything(settings)
        plan = runs.plan(settings, DAY)
        person = look_up(settings, [THEO])
        forget(settings, person)
        yield settings, before, person, plan, everything(settings)


def test_the_person_is_all_that_is_linked_to_the_id(after, world):
    _, _, person, *_ = after
    assert [(i.kind, i.value) for i in person.identifiers] == [
        ("crm", THEO),
        *(("email", address) for address in ADDRESSES),
        ("visitor", "v-L90009"),
    ]
    for given in ("Theo.Twofold.Sample@gmail.com ", "v-L90009"):
        assert look_up(world, [given]).identifiers == person.identifiers
    assert look_up(world, ["L90008"]) == look_up(world, ["L90007"])


def test_a_lead_without_a_record_is_found_by_its_id(world):
    rows = warehouse(
        world,
        "select lead_id, identifier from intermediate.int_lead_members "
        "where starts_with(lead_id, 'e_') and valid_to = '9999-12-31' limit 1",
    )
    assert rows[0][1] in [i.value for i in look_up(world, [rows[0][0]]).identifiers]


def test_somebody_whose_records_were_all_deleted_is_found_whole(world):
    rows = warehouse(
        world,
        "select leads.lead_id, lower(trim(leads.email)) from raw.crm_leads as leads "
        "where leads.lead_id not in (select identifier from "
        "intermediate.int_lead_members where valid_to = '9999-12-31') "
        "and 'mailbox:' || lower(trim(leads.email)) in (select node from "
        "intermediate.int_identity_members where valid_to = '9999-12-31')",
    )
    lead_id, email = rows[0]
    assert email in [i.value for i in look_up(world, [lead_id]).identifiers]
    assert look_up(world, [email]) == look_up(world, [lead_id])


def test_a_shared_mailbox_is_nobodys(world):
    ((node,),) = warehouse(
        world,
        "select min(node) from intermediate.int_identity_refusals "
        "where limit_name = 'role_email_records' and valid_to = '9999-12-31'",
    )
    with pytest.raises(LeadscoreError, match=r"own\. .*mailbox.*would erase"):
        look_up(world, [node.removeprefix("mailbox:")])


def test_nothing_but_the_extracts_names_them(after, world):
    settings, before, *_ = after
    assert len(files_naming(world.published)) > 8  # the search finds what is there
    named = "|".join(HASHES)
    assert all(
        any(re.search(named, repr(row)) for row in before[f"second/{table}"])
        for table in ("lead_identities", "refused_links", "refused_links.parquet")
    )
    found = files_naming(settings.data)
    assert {path for path in found if not path.startswith("extracts/")} == set()


def test_the_extracts_that_name_them_are_listed_and_unchanged(after, world):
    settings, *_ = after
    naming = files_naming(settings.extracts)
    listed = find_holdings(settings)
    assert {holding.file for holding in listed} == naming
    assert files_naming(world.extracts) == naming
    lines = (settings.extracts / "crm/2026-06-30/leads.csv").read_text().splitlines()
    (rows,) = (h.rows for h in listed if h.file == "crm/2026-06-30/leads.csv")
    assert rows == [n for n, line in enumerate(lines, 1) if line.startswith(THEO)]


def withheld(value):
    """A reason as it is told afterwards, if it named Theo's record."""
    words = ("Same mailbox as", "The CRM merged it with")
    named = value in [f"{told} {THEO}" for told in words]
    return erasure.REASON_WITHHELD if named else value


def test_all_others_keep_their_rows(after):
    _, before, _, _, now = after
    named = re.compile("|".join(NAMES), re.IGNORECASE)
    counted = ("raw.batches", "raw.verdicts", "raw.run", "raw.forgotten")
    for place in {*before, *now} - set(counted):
        if "lead_score_summary" in place:
            continue
        told = [tuple(withheld(value) for value in row) for row in before[place]]
        kept = [row for row in told if not named.search(repr(row))]
        assert now[place] == kept, place
    assert len(before["marts.lead_contacts"]) == len(now["marts.lead_contacts"]) + 1


@pytest.mark.parametrize("table", ["lead_identities", "lead_duplicates"])
def test_a_reason_that_names_them_in_the_row_of_another_is_withheld(after, table):
    *_, now = after
    for place in (f"marts.{table}", f"second/{table}", f"second/{table}.parquet"):
        rows = [row for row in now[place] if erasure.REASON_WITHHELD in row]
        assert [row[0] for row in rows] == ["L90007"]


def test_summaries_count_those_who_are_left(after, world):
    now = after[-1]
    kept = "marts.lead_score_summary"
    with duckdb.connect(str(world.warehouse), read_only=True) as connection:
        again = erasure.summary_of(connection, kept, "marts.lead_score_history")
    assert warehouse(world, f"{again} order by all") == warehouse(
        world, f"from {kept} order by all"
    )
    for place in (kept, "second/lead_score_summary"):
        assert sum(row[7] for row in now[place]) == len(now["marts.lead_score_history"])
    assert sorted(now["second/lead_score_summary"]) == sorted(
        now["second/lead_score_summary.parquet"]
    )


def test_publications_say_so_and_pass_their_audit(after, world):
    settings, *_ = after
    for build in (settings.published / "builds").iterdir():
        publication = publish.read_build(build)
        assert publication["erased_at"] > publication["published_at"]
        with publish.open_build(build) as connection:
            for table, count in publication["row_counts"].items():
                assert len(connection.execute(f"from {table}").fetchall()) == count
        require_sealed(build)
        assert undescribed(build) == []
    (build,) = (world.published / "builds").iterdir()
    candidate = settings.published / "builds" / f".candidate-{build.name}"
    assert audit_candidate(settings, candidate).failures == []


def test_batches_count_the_rows_that_are_left(after):
    settings, before, *_ = after
    counts = warehouse(
        settings,
        "select file, rows_read, rows_loaded, rows_rejected, (select count(*) "
        "from raw.crm_leads as rows where rows.batch_id = batches.batch_id) "
        "from raw.batches "
        "where table_name = 'crm_leads' and status = 'accepted'",
    )
    assert len(counts) == 3
    for file, read, loaded, rejected, rows in counts:
        assert (loaded, rejected) == (rows, read - rows), file
    assert len(before["raw.batches"]) > 3


def test_texts_lose_what_they_quote_and_nothing_else(after):
    settings, *_ = after
    ((verdict,),) = warehouse(
        settings, "select failures from raw.verdicts where not success"
    )
    assert verdict == (
        "- crm_leads: Emails read so [x] does not hold: 3 of 9 rows break it\n"
        "- crm_leads: Second."
    )
    folder = settings.quarantine / "crm" / "2026-06-27"
    rejected = (folder / "some.csv.csv").read_text().splitlines()
    assert [line.split(",")[1] for line in rejected] == ["line", "4"]
    refused = duckdb.read_parquet(str(folder / "old.csv.refused.parquet"))
    assert set(refused.project("lead_id").fetchall()) == {("L90001",)}


def test_another_build_follows_and_they_do_not_come_back(after):
    settings, before, _, plan, _ = after
    assert runs.plan(settings, DAY).build_id != plan.build_id
    with pytest.raises(LeadscoreError, match="somebody was forgotten since"):
        runs.current_run(settings)
    for place in (
        "crm/2026-06-30/leads.csv",
        "email/2026-06-28/events_2026-06-28.jsonl.gz",
        "web/2026-06-28/events_2026-06-28.parquet",
    ):
        source = place.split("/")[0]
        merges = "merged_id,into_id\nL90009,L90001\nL90002,L90009\nL90003,L90003\n"
        (settings.extracts / "crm/2026-06-30/merges.csv").write_text(merges)
        redeliver(settings.extracts / place)
        pipeline.load(source, DAY.isoformat())
        ingest.accept(settings, source)
    loaded = warehouse(
        settings,
        "select rows_rejected from raw.batches where status = 'accepted' and loaded_at "
        "> (select max(forgotten_at) from raw.forgotten) "
        "and table_name != 'crm_emails' order by file",
    )
    assert loaded == [(1,), (2,), (3 + 4,), (2 + 8,)]
    score_again(settings, DAY, "lead_scores", "lead_score_changes")
    ids = warehouse(settings, "select lead_id from marts.lead_scores")
    assert set(ids) == {row[:1] for row in before["marts.lead_contacts"]} - {(THEO,)}
    # The day before is remembered: the changes of the others are told as they were.
    changes = [row for row in before["marts.lead_score_changes"] if row[0] != THEO]
    assert len(changes) > 100
    again = warehouse(settings, "from marts.lead_score_changes")
    assert sorted(again, key=repr) == sorted(changes, key=repr)
    found = files_naming(settings.data)
    assert {path for path in found if not path.startswith("extracts/")} == set()


def redeliver(path):
    """Write a file anew with the same rows and other bytes."""
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()), 1))
    elif path.suffix == ".parquet":
        part = path.with_suffix(".part")
        duckdb.sql(
            f"copy (from '{path}') to '{part}' (format parquet, compression gzip)"
        )
        part.replace(path)
    else:
        header, *rows = path.read_text(encoding="utf-8").splitlines()
        path.write_text("\n".join([header, *reversed(rows)]) + "\n", encoding="utf-8")


@pytest.fixture
def small(tmp_path):
    """Ten leads, some of them with mail: loaded, and who is who is known."""
    world = World(tmp_path)
    world.write_map(LEADS_MAP + "    max_rejected_pct: 0\n")
    world.write_map(EVENTS_MAP, source="email")
    world.deliver("leads.csv", leads(range(10)))
    world.deliver("mail.jsonl", mails("p1@a.example", "p2@a.example"), source="email")
    for source in ("crm", "email"):
        world.load(source=source)
        world.accept(source)
    nodes = [(f"crm:C{n}", f"mailbox:p{n}@a.example") for n in range(10)]
    know(world.settings, *nodes, shared=("mailbox:info@a.example",))
    return world


def leads(numbers, **emails):
    rows = [
        f"C{n},{emails.get(f'C{n}', f'p{n}@a.example')},DE,2026-11-01" for n in numbers
    ]
    return "\n".join(["id,email,country,created", *rows]) + "\n"


def mails(*emails):
    rows = [
        {"email": email, "type": "opened", "url": "", "at": "2026-11-02 10:00:00"}
        for email in emails
    ]
    return "".join(json.dumps(row) + "\n" for row in rows)


def know(settings, *people, shared=()):
    """Write down who is who, as a scoring would."""
    with connect(settings) as connection:
        connection.execute("""
            create schema if not exists intermediate;
            create schema if not exists mappings;
            create or replace table intermediate.int_identity_members (
                component varchar, valid_from date, valid_to date, node varchar,
                person varchar);
            create or replace table intermediate.int_mailboxes (
                email varchar, mailbox varchar);
            create or replace table intermediate.int_identity_refusals (
                node varchar, limit_name varchar, valid_to date);
            create or replace table mappings.identity_limits as
                select 'records' as limit_name, 'A shared mailbox' as reason;
            delete from raw.run_batches;
            insert into raw.run_batches select batch_id from raw.batches;
        """)
        for nodes in people:
            for node in nodes:
                connection.execute(
                    "insert into intermediate.int_identity_members values "
                    "('all', '2026-11-01', '9999-12-31', ?, ?)",
                    [node, min(nodes)],
                )
        for node in shared:
            connection.execute(
                "insert into intermediate.int_identity_refusals values "
                "(?, 'records', '9999-12-31')",
                [node],
            )
        connection.execute("""
            insert into intermediate.int_mailboxes
            select unnest([mailbox, replace(mailbox, '@', '+news@')]), mailbox
            from (
                select substr(node, 9) as mailbox from (
                    select node from intermediate.int_identity_members
                    union
                    select node from intermediate.int_identity_refusals
                ) where starts_with(node, 'mailbox:')
            )
        """)


def quarantined(world, name, source="crm"):
    return world.quarantined(f"{name}.csv", FRIDAY + timedelta(days=1), source)


def test_what_comes_again_is_neither_loaded_nor_kept_nor_held_against_the_file(small):
    day = FRIDAY + timedelta(days=1)
    # Of ten: more than may go.
    forget_ids(small.settings, "C1", "p2+News@a.example", "C3")
    # C11 is new, but the address is known; C10 has nothing to do with them.
    small.deliver(
        "leads.csv", leads([0, 1, 2, *range(4, 12)], C11="P1@A.example "), day
    )
    small.deliver("mail.jsonl", mails(" P2@a.example", "p4@a.example"), day, "email")
    assert [batch.status for batch in small.load(day)] == ["pending"]
    small.load(day, "email")
    small.accept()
    small.accept("email")
    assert small.query(
        "select lead_id from raw.crm_leads where extract_date > '2026-11-20' "
        "order by lead_id"
    ) == [(f"C{n}",) for n in (0, 10, 4, 5, 6, 7, 8, 9)]
    assert small.query("select distinct email from raw.email_events") == [
        ("p4@a.example",)
    ]
    assert quarantined(small, "leads.csv") == (
        "file,line,column,reason,row\n"
        + "".join(
            f"crm/{day}/leads.csv,{line},,this person asked to be forgotten,\n"
            for line in (3, 4, 12)
        )
    )
    assert "a.example" not in quarantined(small, "mail.jsonl", "email")


def test_a_broken_row_of_theirs_is_kept_without_its_text(small):
    forget_ids(small.settings, "C1")
    day = FRIDAY + timedelta(days=1)
    broken = mails("p4@a.example") + '{"email": "p1@a.example", "type\n{"email": "p5\n'
    small.deliver("mail.jsonl", broken, day, "email")
    small.load(day, "email")
    rows = list(csv.reader(quarantined(small, "mail.jsonl", "email").splitlines()))
    assert [row[1:] for row in rows[1:]] == [
        ["2", "", "this person asked to be forgotten", ""],
        ["3", "", "it is not one JSON object", '{"email": "p5'],
    ]


def test_what_was_said_of_them_goes_with_its_notes_and_is_not_loaded_again(small):
    day = FRIDAY + timedelta(days=1)
    sheet = "lead_id,email,verdict,given_by,given_at,note\n" + "".join(
        f"{who},bad,u1,2026-11-1{n} 10:00,Is {n} ill?\n"
        for n, who in enumerate(("C1,", ",P2@a.example", "C3,"))
    )
    with connect(small.settings) as connection:
        for lead_id, email in (("C1", None), (None, "p2@a.example"), ("C3", None)):
            connection.execute(
                "insert into raw.feedback by name select ? as lead_id, ? as email, "
                "'bad' as verdict, 'Is ill?' as note",
                [lead_id, email],
            )
    forget_ids(small.settings, "C1", "C2")
    rows = "select lead_id, email, note from raw.feedback"
    assert small.query(rows) == [("C3", None, "Is ill?")]
    small.deliver("sheet.csv", sheet, day, "feedback")
    (batch,) = small.load(day, "feedback")
    assert (batch.rows_read, batch.rows_loaded) == (3, 1)
    assert small.query(f"{rows} where batch_id is not null") == [
        ("C3", None, "Is 2 ill?")
    ]


def test_a_file_of_nobody_else_is_loaded_empty(small):
    day = FRIDAY + timedelta(days=1)
    forget_ids(small.settings, "p1@a.example")
    small.deliver("mail.jsonl", mails("p1@a.example", "P1@a.example"), day, "email")
    (batch,) = small.load(day, "email")
    assert (batch.status, batch.rows_read, batch.rows_loaded) == ("pending", 2, 0)


def test_an_id_of_another_kind_or_case_is_somebody_else(small):
    day = FRIDAY + timedelta(days=1)
    forget_ids(small.settings, "C1", "v-1", ahead=True)
    small.deliver("leads.csv", leads(range(10), C5="v-1@a.example").lower(), day)
    small.deliver("mail.jsonl", mails("c1", "v-1"), day, "email")
    small.load(day, "email")
    assert small.query(
        "select count(*) from raw.email_events where email in ('c1', 'v-1')"
    ) == [(2,)]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("C77", "Nobody is known as 'C77'.*--ahead"),
        ("x@a.example", "Nobody is known as 'x@a.example'"),
        (
            "Info@a.example",
            "nobody's own. A shared mailbox. Erasing it would erase oth",
        ),
    ],
)
def test_an_id_that_names_nobody_changes_nothing(small, given, message):
    before = small.query("from raw.crm_leads")
    with pytest.raises(LeadscoreError, match=message):
        look_up(small.settings, ["C1", given])
    assert small.query("from raw.crm_leads") == before
    assert small.query("from raw.forgotten") == []


def test_who_is_on_a_shared_mailbox_goes_alone(small):
    day = FRIDAY + timedelta(days=1)
    shared = {f"C{n}": "info@a.example" for n in (5, 6, 7, 8)}
    small.deliver("leads.csv", leads(range(10), **shared), day)
    small.deliver("mail.jsonl", mails("info@a.example"), day, "email")
    for source in ("crm", "email"):
        small.load(day, source)
        small.accept(source)
    know(small.settings, ("crm:C5",), ("crm:C6",), shared=("mailbox:info@a.example",))
    forget_ids(small.settings, "C5")
    left = "select count(*), count(distinct lead_id) from raw.crm_leads"
    assert small.query(left) == [(18, 9)]
    assert small.query("select count(*) from raw.email_events") == [(3,)]


def test_an_address_that_only_got_mail_can_be_forgotten(small):
    day = FRIDAY + timedelta(days=1)
    small.deliver("mail.jsonl", mails("only@mailed.example"), day, "email")
    small.load(day, "email")
    small.accept("email")
    know(small.settings)
    forget_ids(small.settings, "Only@Mailed.example")
    assert small.query("select count(*) from raw.email_events") == [(2,)]


def test_two_calls_in_a_row_both_know_who_is_who(small):
    forget_ids(small.settings, "C1")
    person = look_up(small.settings, ["C1", "C2"])
    assert person.remembered == ["C1"]
    assert [identifier.value for identifier in person.identifiers] == [
        "C2",
        "p2+news@a.example",
        "p2@a.example",
    ]
    assert not names_any(small.settings.warehouse, ["crm:C1", "p1@a"])


def test_nobody_is_forgotten_by_half_before_the_files_were_scored(small):
    day = FRIDAY + timedelta(days=1)
    small.deliver("leads.csv", leads(range(11)), day)
    small.load(day)
    with pytest.raises(LeadscoreError, match=f"not known yet for crm/{day}/leads.csv"):
        look_up(small.settings, ["C1"])


def test_another_key_is_refused_while_somebody_is_remembered(small):
    keyed = small.settings.model_copy(update={"id_key": "new"})
    with connect(keyed):
        pass  # nobody is remembered yet
    forget_ids(keyed, "C1")
    with (
        pytest.raises(LeadscoreError, match="would be loaded again"),
        connect(small.settings.model_copy(update={"id_key": "newer"})),
    ):
        pass
    with connect(keyed):
        pass


def test_files_that_are_not_ours_are_named(small):
    forget_ids(small.settings, "C1")
    path = small.deliver("leads_torn.csv", 'id,email,country,created\nC9,"')
    small.deliver("other.xml", "<C1/>")
    adjustments = small.settings.config / "rules" / "manual_adjustments.csv"
    adjustments.parent.mkdir()
    adjustments.write_text("ruleset,adjustment_id,lead_id\nr,a,C2\nr,b,C1\n")
    found = {h.file: h.rows or h.problem for h in find_holdings(small.settings)}
    assert found.pop(f"crm/{FRIDAY}/{path.name}").startswith("line 2: a quote opens")
    assert found == {
        f"crm/{FRIDAY}/leads.csv": [3],
        f"crm/{FRIDAY}/other.xml": "no source map reads it",
        f"email/{FRIDAY}/mail.jsonl": [1],
        str(adjustments): [3],
    }


def test_another_process_on_the_warehouse_is_named(small):
    hold = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print(1); input()"
    with subprocess.Popen(
        [sys.executable, "-uc", hold, str(small.settings.warehouse)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        holder.stdout.readline()
        with pytest.raises(LeadscoreError, match="in use by another process"):
            forget_ids(small.settings, "C1")
        holder.stdin.close()


class Crash(BaseException):
    """Stands for a killed process: nothing may catch it."""


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    settings = small_world(tmp_path_factory.mktemp("published"))
    build_marts(settings, FRIDAY, "one")
    candidate = candidates.write_candidate(settings, FRIDAY, "one")
    publish.note_checks(candidate, checked=5, failed=0)
    publish.publish(settings, candidate)
    know(settings, ("crm:L1", "mailbox:l1@example.org"), ("crm:L2",))
    return settings


@pytest.mark.parametrize(
    ("owner", "step", "number"),
    [
        (erasure, "note_values", 1),  # remembered, and no more
        (erasure.Files, "_put_in_place", 1),  # the warehouse has forgotten, no file
        (erasure.Files, "_put_in_place", 5),  # the database and some of the Parquet
        (Path, "replace", 11),  # the warehouse's new file is not in place
    ],
)
def test_a_call_that_is_killed_is_made_good_by_the_next(
    published, tmp_path, monkeypatch, owner, step, number
):
    settings = published.model_copy(update={"data": tmp_path / "world"})
    shutil.copytree(published.data, settings.data, symlinks=True)
    original, calls = getattr(owner, step), []

    def crash(*args, **kwargs):
        calls.append(args)
        if len(calls) == number:
            raise Crash
        return original(*args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(owner, step, crash)
        with pytest.raises(Crash):
            forget_ids(settings, "L1")
    # Readers find whole files: the others are in each of them.
    path = settings.published / publish.DATABASE
    [scores] = tables_of(path, "table_name = 'lead_scores'").values()
    assert "L2" in {lead_id for lead_id, *_ in scores}

    forget_ids(settings, "l1@example.org")

    assert files_naming(settings.data, ["'L1'", "L1@", "L1,"]) == set()
    publication = publish.read_publication(settings)
    assert publication["row_counts"]["lead_scores"] == 2
    assert publication["erased_at"]
    assert not [*settings.published.rglob(".*"), *settings.data.glob(".*")]


def test_postgresql_forgets_too_or_the_command_says_that_it_does_not_yet(
    published, tmp_path, monkeypatch
):
    data = tmp_path / "world"
    shutil.copytree(published.data, data, symlinks=True)
    command = ["forget", "L1", "--data", str(data), "--yes"]
    server = Server()
    try:
        monkeypatch.setenv("LEADSCORE_PUBLISH_TO", server.address())
        postgres.publish(Settings(data=data))
        leads = "select distinct lead_id from leadscore.lead_contacts order by lead_id"
        assert server.execute(leads) == [("L1",), ("L2",), ("h3",)]
        server.kill()

        failed = CliRunner().invoke(app, command)

        assert "Erased here, but not in PostgreSQL" in str(failed.exception)
        server.start()
        assert server.execute(leads) == [("L1",), ("L2",), ("h3",)]
        CliRunner().invoke(app, command, catch_exceptions=False)
        assert server.execute(leads) == [("L2",), ("h3",)]
        server.execute("checkpoint")
        tables = server.folder / "data" / "base"
        assert not [f for f in tables.glob("*/*") if b"L1@example" in f.read_bytes()]
    finally:
        server.stop()


def test_the_command_shows_first_and_erases_when_told(small):
    options = [
        "--data",
        str(small.settings.data),
        "--config",
        str(small.root / "config"),
    ]

    shown = CliRunner().invoke(app, ["forget", "p1@A.example", *options])
    assert "crm      C1" in shown.stdout
    assert "Nothing was changed" in shown.stdout
    assert small.query("select count(*) from raw.crm_leads") == [(10,)]

    erased = CliRunner().invoke(app, ["forget", "C1", *options, "--yes"])
    assert f"crm/{FRIDAY}/leads.csv: row 3\n" in erased.stdout
    assert small.query("select count(*) from raw.crm_leads") == [(9,)]

    again = CliRunner().invoke(app, ["forget", "C1", *options, "--yes"])
    assert "C1 was forgotten before" in again.stdout
    assert f"crm/{FRIDAY}/leads.csv: row 3\n" in again.stdout
