"""`leadscore sources check`: what it says of a file, and the maps it drafts."""

import csv
import gzip
import json
import re
import shlex
import subprocess
from itertools import compress
from pathlib import Path

import duckdb
import pytest
import yaml
from excerpts import Data, ours_and_whole
from ingest_world import DAY, World
from rich.console import Console
from typer.testing import CliRunner

from leadscore import ingest, sources_cli, terminal
from leadscore.canonical import TABLES
from leadscore.dbt_runner import LATER_COLUMNS
from leadscore.errors import LeadscoreError
from leadscore.settings import MAPPINGS, PROJECT, Settings
from leadscore.source_check.choose import entry_of
from leadscore.source_check.draft import draft_map
from leadscore.source_check.known_words import QUESTIONS, Models, ask_all
from leadscore.source_check.sample import look_at
from leadscore.source_check.trial import try_file
from leadscore.source_check.words import COLUMNS, FILES
from leadscore.source_maps import matches, read_map

GUIDE = (PROJECT / "docs" / "new_source.md").read_text(encoding="utf-8")
LEADS = "Lead ID,First Name,Last Name,Email\n"


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a command in an empty folder: its exit code, output and errors."""
    monkeypatch.chdir(tmp_path)
    for module in (sources_cli, terminal):
        monkeypatch.setattr(module, "console", Console(width=140, highlight=False))

    def run(*words: str):
        outcome = CliRunner().invoke(sources_cli.app, list(words))
        error = outcome.exception
        if isinstance(error, LeadscoreError):
            return 1, outcome.stdout, str(error)
        if error and not isinstance(error, SystemExit):
            raise error
        return outcome.exit_code, outcome.stdout, outcome.stderr

    return run


def put(name: str, content: str | bytes, encoding: str = "utf-8") -> Path:
    path = Path(name)
    path.write_bytes(
        content if isinstance(content, bytes) else content.encode(encoding)
    )
    return path


def drafted(path: Path, table: str | None = None) -> dict:
    """The one entry of the map drafted for a file."""
    (entry,) = yaml.safe_load(draft_map(look_at(path), table))["files"]
    return entry


# ---- what a map makes of a file


MAP = """
files:
  - pattern: leads*
    table: crm_leads
    delivery: snapshot
    columns:
      lead_id: id
      job_title: title
      country: country
      lead_source: source
      email: mail
      created_at: created
    null_values: ["-"]
    outcomes: [deal]
"""
FILE = """id,title,country,source,mail,created,deal,value
1,CEO,Germany,webinar,a@gmail.com,2026-11-01,5,x
2,Kesselwart,Atlantis,-,info@acme.example,2026-11-02,,y
3,Sales Manager,France,carrier pigeon,nobody,2026-11-03,,y
4,CEO,France,webinar,,yesterday,,
"""


def test_it_shows_rows_columns_failures_and_words(run):
    put("mine.yml", MAP)
    put("leads.csv", FILE)
    code, said, _ = run("check", "leads.csv", "--map", "mine.yml")
    assert code == 0
    lines = [re.sub(r"\s+", " ", line).strip() for line in said.splitlines()]
    for expected in (
        "4 rows: 3 would be loaded into crm_leads, 1 rejected",
        "created_at created 3 of 3 2026-11-01 -> 2026-11-01 00:00:00 2026-11-02 -> "
        "2026-11-02 00:00:00",
        "lead_source source 2 of 3 webinar",
        "deal (outcome) 1 of 4 5 (1)",
        "value 3 of 4 y (2), x (1)",
        "1 by created_at",
        "line 5: created_at: 'yesterday' is no time in the format ISO 8601",
        "Emails: 1 free, 1 no address (such as nobody), 1 role",
        "job title job_titles.csv 2 of 3 Kesselwart (1)",
        "country countries.csv 2 of 3 Atlantis (1)",
        "lead source lead_sources.csv 1 of 2 carrier pigeon (1)",
    ):
        assert expected in lines


def test_rows_and_ids_that_repeat_are_counted(run):
    put("mine.yml", MAP)
    first, second = FILE.splitlines()[1:3]
    put("leads.csv", FILE.replace("yesterday", "") + f"{first}\n{second}x\n")
    _, said, _ = run("check", "leads.csv", "--map", "mine.yml")
    assert (
        "Repeated: 1 row word for word (row 6 is row 2); 2 values of lead_id stand in "
        "more than one row (such as 1)"
    ) in said
    _, said, _ = run("check", str(put("leads.csv", FILE)), "--map", "mine.yml")
    assert "Repeated" not in said


def test_it_agrees_with_the_loader_and_leaves_nothing_behind(run, tmp_path):
    put("mine.yml", MAP)
    put("leads.csv", FILE)
    before = sorted(tmp_path.rglob("*"))
    run("check", "leads.csv", "--map", "mine.yml")
    assert sorted(tmp_path.rglob("*")) == before
    world = World(tmp_path / "world")
    world.write_map(MAP)
    world.deliver("leads.csv", FILE)
    (batch,) = world.load()
    assert (batch.rows_read, batch.rows_loaded, batch.rows_rejected) == (4, 3, 1)


def test_a_log_is_read_line_by_line_by_the_map_in_use(run, monkeypatch):
    monkeypatch.setenv("LEADSCORE_MAPS", "server_logs")
    line = '192.0.2.7 - - [19/Nov/2026:11:00:00 +0100] "GET / HTTP/1.1" 200 9 "-" "-"'
    put("access.log", f"{line}\n{line}\n")
    code, said, _ = run("check", "access.log")
    assert code == 0
    assert "2 rows: 2 would be loaded into web_events, 0 rejected" in said


def test_a_file_that_would_be_refused_fails_the_check(run):
    put("mine.yml", MAP.replace("country: country", "country: staat"))
    put("leads.csv", FILE)
    code, _, error = run("check", "leads.csv", "--map", "mine.yml")
    assert code == 1
    assert "would be refused: line 1: it lacks the column 'staat'" in error


def test_too_many_bad_rows_are_counted_and_refused(run):
    put("mine.yml", MAP)
    rows = "".join(f"{n},CEO,France,webinar,,never,,\n" for n in range(9))
    put("leads.csv", FILE + rows)
    code, said, _ = run("check", "leads.csv", "--map", "mine.yml")
    assert code == 1
    assert "3 would be loaded into crm_leads, 10 rejected" in said
    assert "10 by created_at" in said
    assert "The file would be refused: 10 of 13 rows" in said


def test_a_file_without_one_good_row_still_shows_its_rows(run):
    put("mine.yml", MAP)
    put("leads.csv", FILE.replace("2026-11-", "the "))
    code, said, _ = run("check", "leads.csv", "--map", "mine.yml")
    assert code == 1
    assert "4 rows: created_at" in said
    assert "Kesselwart" in said
    assert "none of its 4 rows can be loaded" in said


def test_rows_that_a_map_leaves_out_are_counted(run):
    put("mails.csv", "id,kind,at\nL1,sent,2026-11-01\nL1,mailed,2026-11-01\n")
    Path("email").mkdir()
    put(
        "email/mine.yml",
        "files:\n  - {pattern: mails*, table: email_events, delivery: changes, where: "
        "kind != 'mailed',\n     columns: {lead_id: id, event_type: kind, "
        "occurred_at: at}}\n",
    )
    code, said, _ = run("check", "mails.csv", "--map", "email/mine.yml")
    assert code == 0
    assert "email_events, 0 rejected; 1 left out by `where`" in said


def test_the_users_own_mappings_are_asked(run):
    put("leads.csv", FILE)
    Path("my/sources/crm").mkdir(parents=True)
    put("my/sources/crm/mine.yml", MAP)
    Path("my/mappings").mkdir()
    put(
        "my/mappings/lead_sources.csv",
        "alias,lead_source,quality\ncarrier pigeon,other,low\n",
    )
    _, said, _ = run("check", "leads.csv", "--config", "my")
    assert "my/sources/crm/mine.yml reads it" in said
    assert re.search(r"lead source +lead_sources.csv +1 of 2 +webinar \(1\)", said)


def test_a_copied_mapping_may_lack_columns_that_came_later(run):
    put("activities.csv", EVENTS["crm_activities"][0])
    rows = list(csv.reader((MAPPINGS / "activities.csv").open(encoding="utf-8")))
    kept = [name not in LATER_COLUMNS["activities.csv"] for name in rows[0]]
    Path("my/mappings").mkdir(parents=True)
    with Path("my/mappings/activities.csv").open("w", encoding="utf-8") as copy:
        csv.writer(copy).writerows(compress(row, kept) for row in rows)
    code, said, _ = run("check", "activities.csv", "--config", "my")
    assert code == 0
    assert re.search(r"kind of event +activities.csv +1 of 2 +fax \(1\)", said)


EVENTS = {
    "crm_activities": (
        "activity_id,lead_id,activity_type,outcome,occurred_at\n"
        "1,L1,call,connected,2026-11-01\n2,L1,fax,,2026-11-01\n3,,call,connected,2026-11-02\n",
        [("kind of event", 2, 1, [("fax", 1)]), ("outcome", 1, 1, [])],
    ),
    "email_events": (
        "email,event_type,occurred_at\na@b.co,opened,2026-11-01\na@b.co,open,2026-11-02\n",
        [("kind of event", 2, 1, [("open", 1)])],
    ),
    "web_events": (
        "visitor_id,event_type,url,occurred_at\nv,page_view,https://x.co/pricing,2026-11-01\n"
        "v,page_view,/odd?a=1,2026-11-02\nv,scroll,,2026-11-02\n",
        [
            ("kind of event", 3, 2, [("scroll", 1)]),
            ("page", 2, 1, [("/odd", 1)]),
            ("host", 1, 0, [("x.co", 1)]),
        ],
    ),
    "crm_accounts": (
        "account_id,name,industry,account_type,annual_revenue,currency\n"
        "1,A,Software,Customer - Direct,5,usd\n2,B,Alchemy,Customer maybe,5,JPY\n",
        [
            ("industry", 2, 1, [("Alchemy", 1)]),
            ("account type", 2, 1, [("customer maybe", 1)]),
            ("currency of revenue", 2, 1, [("JPY", 1)]),
        ],
    ),
    "crm_opportunities": (
        "opportunity_id,lead_id,stage,is_won,closed_at,created_at\n"
        "1,L1,Closed Won,,,2026-11-01\n2,L1,odd,,,2026-11-01\n"
        "3,L1,odder,true,,2026-11-01\n4,L1,odder,,2026-11-02,2026-11-01\n",
        [("opportunity stage", 2, 1, [("odd", 1)])],
    ),
}


@pytest.mark.parametrize("table", EVENTS)
def test_words_of_other_tables_are_held_against_their_mappings(run, table):
    content, expected = EVENTS[table]
    name = table.removeprefix("crm_") if table.startswith("crm_") else "events"
    path = put(f"{name}.csv", content)
    shipped = PROJECT / "sources" / TABLES[table].source / "generic.yml"
    entry = entry_of(Settings(), str(shipped), look_at(path))
    with try_file(path, *entry) as trial:
        answers = ask_all(Models(trial, Settings()), table)
    found = [
        (answer.question.about, answer.rows, answer.known, answer.unknown)
        for answer in answers
    ]
    assert found == expected


def test_every_question_names_a_mapping():
    asked = {question.mapping for of in QUESTIONS.values() for question in of}
    mappings = PROJECT / "dbt_project" / "seeds" / "mappings"
    assert asked <= {path.stem for path in mappings.glob("*.csv")}


# ---- which map


def test_the_map_in_use_that_fits_is_taken(run):
    path = put("accounts.csv", "account_id,name,Territory\n1,Acme,North\n")
    code, said, _ = run("check", "accounts.csv")
    assert (code, "sources/crm/generic.yml reads it" in said) == (0, True)
    kept = "Kept in attributes, as signals account.<column>"
    assert kept in " ".join(said.split())
    assert f"{kept}: Territory" in draft_map(look_at(path))


def test_a_delivery_is_read_by_the_maps_of_its_source_alone(run):
    for source, table, columns in (
        ("crm", "crm_leads", "lead_id: id"),
        ("email", "email_events", "email: mail, event_type: kind, occurred_at: at"),
    ):
        Path(f"my/sources/{source}").mkdir(parents=True)
        put(
            f"my/sources/{source}/mine.yml",
            f"files: [{{pattern: export*, table: {table}, delivery: changes, "
            f"ignore: ['*'], columns: {{{columns}}}}}]",
        )
    content = "id,mail,kind,at\n1,a@x.co,opened,2026-11-01\n"
    code, _, error = run("check", str(put("export.csv", content)), "--config", "my")
    assert (code, "fits more than one map in use" in error) == (1, True)
    Path("world/extracts/email/2026-11-20").mkdir(parents=True)
    path = put("world/extracts/email/2026-11-20/export.csv", content)
    for words in ([], ["--map", "mine"]):
        code, said, _ = run("check", str(path), "--config", "my", *words)
        assert (code, "my/sources/email/mine.yml reads it" in said) == (0, True)


def test_names_of_maps_are_known_or_said_to_be_unknown(run):
    put("accounts.csv", "account_id,name\n1,Acme\n")
    assert run("check", "accounts.csv", "--map", "generic")[0] == 0
    assert (
        "no source map 'genric': did you mean 'generic'"
        in (run("check", "accounts.csv", "--map", "genric")[2])
    )
    assert "no such map" in run("check", "accounts.csv", "--map", "none.yml")[2]


def test_a_name_that_no_delivery_may_have_is_said(run):
    put("mine.yml", MAP)
    put("other.csv", FILE)
    code, _, aside = run("check", "other.csv", "--map", "mine.yml")
    assert (code, "does not fit leads*" in aside) == (0, True)


def test_the_list_names_maps_and_what_they_read(run):
    Path("my/sources/crm").mkdir(parents=True)
    put("my/sources/crm/mine.yml", MAP)
    _, said, _ = run("list", "--config", "my")
    assert re.search(
        r"crm +mine +yes +crm_leads +leads\* +my/sources/crm/mine.yml", said
    )
    assert re.search(r"crm +generic +crm_opportunities", said)
    assert re.search(r"web +generic +yes +web_events", said)


# ---- drafts


def test_a_file_that_no_map_reads_gets_a_draft_on_stdout(run):
    put("export_2026-11-20.csv", LEADS + "1,Ann,Lee,a@x.co\n")
    code, said, aside = run("check", "export_2026-11-20.csv")
    assert code == 0
    assert "this is a draft" in aside
    (entry,) = yaml.safe_load(said)["files"]
    assert entry["pattern"] == "export*"  # tomorrow it is of another day
    assert entry["columns"] == {
        "lead_id": "Lead ID",
        "email": "Email",
        "first_name": "First Name",
        "last_name": "Last Name",
    }


@pytest.mark.parametrize(
    ("name", "places"),
    [
        ("hubspot/contact.csv", "extracts/crm/"),
        ("marketo/activities.csv", "extracts/email/ and extracts/web/"),
    ],
)
def test_a_file_that_a_map_of_ours_fits_is_told_so(run, name, places):
    path = str(PROJECT / "tests" / "data" / "vendors" / name)
    vendor = name.split("/")[0]
    for words in ([], ["--draft", "my/new.yml"]):
        aside = run("check", path, *words)[2]
        assert f"Our map {vendor} fits such a file, in {places}: check" in aside
        assert f"--map {vendor}, and put it in use by make score MAPS={vendor}" in aside
    path = str(PROJECT / "sources" / "crm" / "generic.yml")
    assert "Our map" not in run("check", str(put("leads.csv", FILE)), "--map", path)[2]


def test_a_file_that_no_map_of_ours_fits_is_not_told_of_one(run):
    path = str(put("export.csv", LEADS + "1,Ann,Lee,a@x.co\n"))
    assert "Our map" not in run("check", path)[2]


def test_a_draft_into_a_file_is_checked_with_and_never_overwrites(run):
    put("export.csv", LEADS + "1,Ann,Lee,a@x.co\n")
    code, said, _ = run("check", "export.csv", "--draft", "my/sources/crm/new.yml")
    assert (code, "1 would be loaded into crm_leads" in said) == (0, True)
    code, _, error = run("check", "export.csv", "--draft", "my/sources/crm/new.yml")
    assert (code, "is there already" in error) == (1, True)
    code, _, error = run("check", "export.csv", "--draft", "my/sources/crm/newer")
    assert (code, "ends in .yml" in error) == (1, True)
    assert not Path("my/sources/crm/newer").exists()
    code, _, error = run("check", "export.csv", "--draft", "my/sources/mail/new.yml")
    assert (code, "nobody would read it there" in error) == (1, True)
    assert not Path("my/sources/mail").exists()


def test_a_german_export_is_understood(run):
    rows = "".join(
        f"K{n};Jörg;Çelik;j{n}@x.de;{n:02}.11.2026 09:30;ja;offen;k.A.\n"
        for n in range(1, 29)
    )
    path = put(
        "kunden.csv",
        "Kundennr;Vorname;Nachname;E-Mail;Angelegt am;Werbesperre;Status;Land\n" + rows,
        "cp1252",
    )
    entry = drafted(path)
    assert entry["table"] == "crm_leads"
    assert entry["delimiter"] == ";"
    assert entry["encoding"] == "cp1252"
    assert entry["null_values"] == ["k.A."]
    assert entry["outcomes"] == ["status"]
    columns = entry["columns"]
    assert columns["created_at"] == {
        "column": "Angelegt am",
        "timestamp_format": "%d.%m.%Y %H:%M",
    }
    assert "when 'nein' then false" in columns["do_not_contact"]["sql"]


def test_numbers_and_websites_of_accounts_are_cleaned(run):
    path = put(
        "firmen.csv",
        "Firmennr;Firma;Branche;Mitarbeiter;Jahresumsatz;Webseite\n"
        "F1;Gruß;Maschinenbau;1.250;2.500.000,75 €;https://www.gruss.de/start\n"
        "F2;Kuß;Handel;12;800,00 €;kuss.de\n",
        "utf-8",
    )
    entry = drafted(path)
    assert (entry["table"], entry["decimal"]) == ("crm_accounts", ",")
    put("firmen.yml", draft_map(look_at(path)))
    with try_file(path, *entry_of(Settings(), "firmen.yml", look_at(path))) as trial:
        rows = trial.connection.execute(
            "select employee_count, annual_revenue::varchar, domain "
            "from raw.crm_accounts order by account_id"
        ).fetchall()
    assert rows == [(1250, "2500000.75", "gruss.de"), (12, "800.00", "kuss.de")]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["2026-11-01", "2026-11-02 10:00:00Z"], None),
        (["13/04/2026", "01/05/2026"], "%d/%m/%Y"),
        (["04/13/2026 3:05 PM", "05/01/2026 11:00 AM"], "%m/%d/%Y %I:%M %p"),
        (["01.02.26", "13.02.26"], "%d.%m.%y"),
        (["1763500000", "1763500001"], "epoch_seconds"),
        (["1763500000000", "1763500000001"], "epoch_milliseconds"),
        (["1 Feb 2026", "13 Feb 2026"], "%d %b %Y"),
        (["01.02.2026", "13.02.2026 10:00"], ["%d.%m.%Y", "%d.%m.%Y %H:%M"]),
    ],
)
def test_the_format_of_times_is_found(run, values, expected):
    rows = "".join(f"{n},Ann,{value}\n" for n, value in enumerate(values))
    column = drafted(put("leads.csv", "Lead ID,First Name,Created\n" + rows))
    found = column["columns"]["created_at"]
    wanted = {"column": "Created", "timestamp_format": expected}
    assert found == (wanted if expected else "Created")


def test_a_date_that_reads_both_ways_must_be_decided(run):
    rows = "Lead ID,First Name,Created\n1,Ann,03/04/2026\n2,Bob,05/06/2026\n"
    text = draft_map(look_at(put("leads.csv", rows)))
    assert "DECIDE: the day or the month first? %d/%m/%Y fits too" in text
    text = draft_map(look_at(put("leads.csv", rows.replace(",", ";"))))
    assert "DECIDE: the day or the month first? %m/%d/%Y fits too" in text


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ([f"2026-11-{n:02}T10:00:00Z" for n in range(1, 31)], "Created"),
        (
            [f"{n:02}.11.2026" for n in range(1, 31)],
            {"column": "Created", "timestamp_format": "%d.%m.%Y"},
        ),
        (
            [str(1763500000 + n) for n in range(30)],
            {"column": "Created", "timestamp_format": "epoch_seconds"},
        ),
    ],
)
def test_a_few_bad_dates_cost_their_rows_and_not_the_column(run, times, expected):
    rows = [f"{n},Ann,{time}\n" for n, time in enumerate(["soon", *times])]
    put("leads.csv", "Lead ID,First Name,Created\n" + "".join(rows))
    code, said, _ = run("check", "leads.csv", "--draft", "my/sources/crm/new.yml")
    (entry,) = yaml.safe_load(Path("my/sources/crm/new.yml").read_text())["files"]
    assert entry["columns"]["created_at"] == expected
    assert (code, "30 would be loaded into crm_leads, 1 rejected" in said) == (0, True)
    assert "line 2: created_at: 'soon' is no time" in said
    assert "DECIDE: no times, so their rows are rejected: 'soon'" in (
        Path("my/sources/crm/new.yml").read_text()
    )


def test_a_column_of_which_most_are_no_times_names_one_that_is_none(run):
    rows = "1,Ann,2026-11-01\n2,Bob,soon\n3,Cid,later\n"
    text = draft_map(look_at(put("leads.csv", "Lead ID,First Name,Created\n" + rows)))
    assert "Not taken: Created (most are no times in a known format: 'soon')" in text


def test_a_column_whose_values_do_not_fit_is_left_out(run):
    rows = "".join(f"{n},A{n},10-{n}9\n" for n in range(1, 9))
    path = put("accounts.csv", "Account ID,Name,Employees\n" + rows)
    text = draft_map(look_at(path))
    assert "employee_count" not in drafted(path)["columns"]
    assert "Not taken: Employees (not a bigint in 8 of all 8 rows)" in text


@pytest.mark.parametrize(
    ("rows", "seen"),
    [(10, "found 1 time;"), (6000, "found 500 times in the first 4,9")],
)
def test_a_count_says_if_it_is_of_a_sample_of_the_rows(run, rows, seen):
    lines = [
        f"C{n},{'n/a' if n % 10 == 0 else 'de'},{n % 7},2026-01-02" for n in range(rows)
    ]
    path = put("firms.csv", "\n".join(["Company,Country,Employees,Created", *lines]))
    text = draft_map(look_at(path), "crm_accounts")
    assert seen in text
    assert ("unique in the first 4,999 rows" in text) == (rows == 6000)


def test_events_get_their_words_translated(run):
    rows = "".join(
        json.dumps({"Recipient": "a@x.co", "Event": word, "Timestamp": 1763500000})
        + "\n"
        for word in ("open", "click", "delivered", "strange")
    )
    entry = drafted(put("mail_events.jsonl", rows))
    assert entry["table"] == "email_events"
    sql = entry["columns"]["event_type"]["sql"]
    with duckdb.connect() as connection:
        found = connection.execute(
            f'select {sql} from (select unnest([?, ?, ?, ?]) as "Event")',
            ["Open", "click", "delivered", "strange"],
        ).fetchall()
    assert found == [("opened",), ("clicked",), ("delivered",), ("strange",)]


@pytest.mark.parametrize(
    "name",
    [
        *("metric name", "Metric", "event", "type name", "action", "verb"),
        *("activityTypeId", "primaryAttributeValue"),
    ],
)
def test_what_vendors_call_the_type_of_an_event_is_found(run, name):
    words = ("Received Email", "Opened Email", "Opened Email", "Placed Order", "opened")
    rows = "".join(f"{n},a@x.co,{word},2026-11-01\n" for n, word in enumerate(words))
    path = put("log.csv", f"id,email,{name},datetime\n{rows}")
    entry = drafted(path)
    assert entry["table"] == "email_events"
    assert "when 'opened email' then 'opened'" in entry["columns"]["event_type"]["sql"]
    assert (
        "does each word mean this? Read: opened email (2), received email (1), "
        "opened (1)\n"
    ) in draft_map(look_at(path))
    assert "leaves out what are no email_events: placed order (1)" in (
        draft_map(look_at(path))
    )


def test_a_part_of_a_word_is_no_type(run):
    path = put("log.csv", "id,email,reaction,datetime\n1,a@x.co,open,2026-11-01\n")
    assert drafted(path, "email_events")["columns"]["event_type"] == {"value": "sent"}


def test_of_columns_that_may_be_the_type_the_one_that_is_understood_counts(run):
    rows = "1,a@x.co,11,Open,2026-11-01\n2,a@x.co,6,Sent,2026-11-01\n"
    path = put("log.csv", "id,email,Type,Activity,created at\n" + rows)
    entry = drafted(path)
    assert entry["table"] == "email_events"
    assert 'lower(trim("Activity"))' in entry["columns"]["event_type"]["sql"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("activity_open_email.csv", "opened"),
        ("activity_click_link.csv", "clicked"),
        ("unsubscribed.csv", "unsubscribed"),
        ("bounces.csv", "bounced_hard"),
        ("email-soft-bounce.csv", "bounced_soft"),
        ("delivered-2026-11.csv", "delivered"),
        ("reopened_emails.csv", "sent"),
        ("email_opens_and_clicks.csv", "sent"),
    ],
)
def test_where_no_column_tells_the_type_the_files_name_does(run, name, kind):
    path = put(name, "id,email,timestamp\n1,a@x.co,2026-11-01\n")
    entry = drafted(path)
    assert entry["table"] == "email_events"
    assert entry["columns"]["event_type"] == {"value": kind}
    assert "what the events are; are all this?" in draft_map(look_at(path))


def test_events_that_name_leads_by_the_id_of_the_crm_are_drafted_for_each_source(run):
    header = "marketoGUID,leadId,activityDate,activityTypeId,primaryAttributeValue\n"
    kinds = (1, 2, 6, 7, 10, 10, 11, 13)
    rows = "".join(f"{n},7,2026-11-01T10:00:00Z,{k},x\n" for n, k in enumerate(kinds))
    path = put("activities.csv", header + rows)
    for source, expected in (
        ("email", ["sent", "delivered", "opened", "opened", "clicked"]),
        ("web", ["page_view", "form_submitted", "13"]),
    ):
        (entry,) = yaml.safe_load(draft_map(look_at(path), source=source))["files"]
        assert entry["table"] == f"{source}_events"
        columns = entry["columns"]
        assert columns["event_id"] == "marketoGUID"
        assert columns["lead_id"] == "leadId"
        with duckdb.connect() as connection:
            found = connection.execute(
                f"select {columns['event_type']['sql']} from read_csv('{path}', "
                f"all_varchar = true) where {entry['where']}"
            ).fetchall()
        assert [kind for (kind,) in found] == expected
    assert drafted(path)["table"] == "email_events"  # most of them are


def test_rows_that_another_source_reads_are_left_out_and_not_counted(run):
    with duckdb.connect() as connection:
        connection.execute(
            "copy (select n as lead_id, [1, 2, 10][n] as activitytypeid, "
            "timestamp '2026-11-01' as activitydate, 'x' as note "
            "from range(1, 4) as numbers (n)) to 'activities.parquet'"
        )
    code, said, _ = run("check", "activities.parquet", "--draft", "sources/web/new.yml")
    assert code == 0
    assert "2 rows: 2 would be loaded into web_events, 0 rejected; 1 left out" in said
    assert re.search(r"note +2 of 2 +x \(2\)", said)
    assert "leaves out what are no web_events: 10 (1); shall a map of another" in said


def test_a_file_of_campaigns_is_none_of_leads(run):
    rows = "id,title,status,create_time\n1,Autumn,sent,2026-11-01\n"
    code, _, error = run("check", str(put("campaign.csv", rows)))
    assert (code, "do not tell what its rows are" in error) == (1, True)


def test_a_lead_file_with_campaign_tags_is_none_of_web_events(run):
    header = "Lead ID,Email,Created,UTM Source,UTM Medium,UTM Campaign,Page\n"
    path = put("people.csv", header + "1,a@x.co,2026-11-01,google,cpc,brand,/\n")
    assert drafted(path)["table"] == "crm_leads"


def test_leads_without_an_id_are_numbered_and_it_is_said(run):
    rows = "age;job;y\n30;admin.;no\n30;admin.;no\n41;services;yes\n"
    path = put("bank-full.csv", rows)
    code, said, _ = run(
        "check", "bank-full.csv", "--table", "crm_leads", "--draft", "my/bank.yml"
    )
    assert (code, "3 would be loaded into crm_leads" in said) == (0, True)
    assert drafted(path, "crm_leads")["columns"] == {
        "lead_id": {"row_number": True},
        "job_title": "job",
    }
    assert "no column is unique, so rows are numbered; will the export be" in said


def test_a_unique_column_with_id_in_its_name_is_the_id_before_an_email(run):
    path = put("profiles.csv", "Email,Klaviyo ID,First Name\na@x.co,01F,Ann\n")
    assert drafted(path)["columns"]["lead_id"] == "Klaviyo ID"
    twice = "Email,Klaviyo ID,First Name\na@x.co,01F,Ann\na@x.co,01F,Ann\n,02F,\n"
    assert drafted(put("profiles.csv", twice))["columns"]["lead_id"] == "Klaviyo ID"


def test_an_activity_of_which_nothing_tells_what_it_is_is_no_call(run):
    rows = "Id,CampaignId,LeadId,CreatedDate\n1,7,L1,2026-11-01\n"
    entry = drafted(put("campaign_members.csv", rows))
    assert entry["table"] == "crm_activities"
    assert entry["columns"]["activity_type"] == {"value": "unknown"}


def test_a_table_that_was_said_gets_the_rows_though_they_sound_like_anothers(run):
    rows = "Id,Lead ID,Action,Date\n1,7,open,2026-11-01\n2,7,click,2026-11-01\n"
    entry = drafted(put("log.csv", rows), "crm_activities")
    assert "where" not in entry
    assert entry["columns"]["activity_type"] == "Action"


def test_deals_tell_what_is_won_and_what_no_rule_may_price(run):
    path = put(
        "deals.csv",
        "Deal ID,Company ID,Amount,Deal Stage,Close Date,Note\n"
        "1,C1,5.50,Closed Won,2026-11-01,x\n2,C1,7,Open,,y\n",
    )
    entry = drafted(path)
    assert entry["table"] == "crm_opportunities"
    assert entry["ignore"] == ["Note"]
    assert set(entry["outcomes"]) == {"stage", "amount", "closed_at"}
    assert "is_won" not in entry["columns"]  # what stages mean, statuses.csv says


def test_what_rows_of_leads_tell_of_companies_is_drafted(run, tmp_path):
    header = "id,title,email,company,industry,Employees,Jahresumsatz,revenue,website\n"
    row = 'CEO,a@x.co,Acme,Software,1.200,"2.500,75",9,https://www.acme.com/\n'
    path = put("leads.csv", f"{header}1,{row}2,{row}")
    entry = drafted(path)
    assert (entry["table"], entry["decimal"]) == ("crm_leads", ",")
    code, said, _ = run("check", "leads.csv", "--draft", "my/sources/crm/mine.yml")
    assert (code, "2 would be loaded into crm_leads, 0 rejected" in said) == (0, True)
    assert re.search(r"annual_revenue +Jahresumsatz +2 of 2 +2.500,75 -> 2500.75", said)
    assert re.search(r"industry +industry +2 of 2 +Software", said)
    assert re.search(r"industry +industries.csv +2 of 2", said)
    assert re.search(r"employee_count +Employees +2 of 2 +1.200 -> 1200", said)
    assert re.search(r"revenue +2 of 2 +9 \(2\)", said)  # it may be what the lead paid


QUESTION = (
    "DECIDE: which columns are written after somebody talked to the lead, or after the "
    "sale?"
)


@pytest.mark.parametrize(
    ("content", "asked"),
    [
        (LEADS + "1,Ann,Lee,a@x.co\n", f"outcomes: [] # {QUESTION}\n"),
        ("Lead ID,Title,Deal\n1,CEO,no\n", f"outcomes: [Deal] # {QUESTION}\n"),
        (
            "Lead ID,Title,y,Loan,Plan,Deal\n1,CEO,no,1,a,yes\n2,CFO,yes,0,b,no\n",
            f"outcomes: [Deal] # {QUESTION} Of two values: y, Loan\n",
        ),
    ],
)
def test_a_draft_of_leads_always_asks_for_outcomes(run, content, asked):
    assert asked in draft_map(look_at(put("leads.csv", content)))


def test_what_a_draft_doubts_is_listed_in_one_place(run):
    rows = "Lead ID,First Name,Created,Note\n1,Ann,03/04/2026,-\n2,Bob,05/06/2026,\n"
    put("leads.csv", rows)
    code, said, _ = run("check", "leads.csv", "--draft", "my/sources/crm/new.yml")
    assert code == 0
    _, listed = said.split("\nTo decide in my/sources/crm/new.yml\n")
    lines = [line.strip().split(", ", 1) for line in listed.splitlines()]
    assert [asked for _, asked in lines] == [
        "delivery: each file brings every row, one that is gone is deleted?",
        "null_values: do they mean unknown: -?",
        "created_at: the day or the month first? %d/%m/%Y fits too",
        "outcomes: which columns are written after somebody talked to the lead, or "
        "after the sale?",
    ]
    text = Path("my/sources/crm/new.yml").read_text().splitlines()
    for place, asked in lines:
        line = text[int(place.removeprefix("line ")) - 1]
        assert line.strip().startswith(asked.split(": ")[0])


def test_a_name_without_a_day_is_the_pattern_itself(run):
    header = "Deal ID,Company ID,Amount,Deal Stage\n"
    entry = drafted(
        put("deals.csv.gz", gzip.compress(f"{header}1,C1,5,Won\n".encode()))
    )
    assert entry["pattern"] == "deals.*"
    assert entry["required"] is False  # no day waits for deals
    put("mine.yml", yaml.safe_dump({"files": [entry]}))
    (file_map,) = read_map(Path("mine.yml"), "crm").files
    names = ("deals.csv", "Deals.csv.gz", "deals_contacts.csv")
    assert [matches(file_map, name) for name in names] == [True, True, False]


def test_deals_of_nobody_are_doubted_and_counted(run):
    put("deals.csv", "Deal ID,Amount,Deal Stage\n1,5,Won\n2,5,Won\n")
    _, said, _ = run("check", "deals.csv", "--draft", "my/sources/crm/new.yml")
    assert "opportunity_id: no column sounds like the id of its lead or account" in said
    assert "Nobody's: 2 rows without lead_id or account_id" in said
    put("deals.csv", "Deal ID,Company ID,Amount,Deal Stage\n1,C1,5,Won\n")
    _, said, _ = run("check", "deals.csv", "--draft", "my/sources/crm/newer.yml")
    assert "its lead or account" not in said
    assert "Nobody's" not in said


def test_activities_of_nobody_are_counted(run):
    put("calls.csv", "Id,Lead ID,Type,Date\n1,L1,call,2026-11-01\n2,,call,2026-11-01\n")
    _, said, _ = run("check", "calls.csv", "--draft", "my/sources/crm/new.yml")
    assert "Nobody's: 1 row without lead_id or email" in said


def test_of_two_tables_that_are_as_likely_the_one_that_is_named_counts(run):
    header = "id,name,value,type,stage,status,closed_at,campaign_id,created_at\n"
    rows = "1,Deal,5,New,Won,Won,2026-11-01,44,2026-11-01\n"
    assert drafted(put("opportunity.csv", header + rows))["table"] == (
        "crm_opportunities"
    )


def test_the_table_may_be_said_and_must_be_if_nobody_could_tell(run):
    path = put("data.csv", "Name\nAnn\nBob\n")
    code, _, error = run("check", "data.csv")
    assert (code, "add --table crm_leads if each is a person" in error) == (1, True)
    assert drafted(path, "crm_accounts")["columns"] == {
        "account_id": "Name",
        "name": "Name",
    }


@pytest.mark.parametrize(
    ("name", "header", "counts"),
    [
        (
            "opportunity_prospect.csv",
            "opportunity_id,prospect_id,updated_at",
            "prospect_id names 2 and opportunity_id names 3 in 6 rows",
        ),
        ("members.csv", "LeadId,CampaignId,Status", "LeadId names 3 in 6 rows"),
        ("contact_account.csv", "Contact ID,Account ID", "Contact ID names 3 and"),
    ],
)
def test_a_file_that_joins_records_is_none_of_leads(run, name, header, counts):
    rows = [f"{n % 3},{n // 3},2026-11-01" for n in range(6)]
    width = header.count(",") + 1
    content = "\n".join(",".join(row.split(",")[:width]) for row in [header, *rows])
    code, _, error = run("check", str(put(name, content + "\n")))
    assert (code, counts in error) == (1, True), error
    assert "the file joins records to others" in error
    assert "as sources/crm/generic.yml does opportunity_leads*; else put" in error
    assert "and this one under `skip:` of its map" in error
    assert "\n" not in error


def test_an_id_that_repeats_among_leads_is_counted_and_doubted(run):
    rows = LEADS + "1,Ann,Lee,a@x.co\n1,Ann,Lee,a@x.co\n2,Bob,Ray,b@x.co\n"
    text = draft_map(look_at(put("leads.csv", rows)))
    assert (
        "lead_id: Lead ID # DECIDE: 2 different ones in 3 rows; is this the id?" in text
    )


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("none.csv", None, "there is no such file"),
        ("a.csv", "", "it is empty: not even a header"),
        ("a.csv", "\n\n", "it holds blank lines only"),
        ("a.doc", "x", "its name does not say what it is"),
        ("a.csv", bytes(range(256)), "it is no text"),
        ("a.csv", b"PK\x03\x04\0\0", "an Excel workbook or a ZIP archive"),
        ("a.csv", "1,a@x.co,Ann\n2,b@x.co,Bob\n", "line 1 seems to hold values ('1')"),
        ("a.csv", "Email,Email\na,b\n", "'Email' stands over more than one column"),
        ("a.jsonl", '[{"id": 1}]\n', "it is one JSON array"),
        ("a.jsonl", "hello\n", "it is not one JSON object"),
        ("a.csv.gz", b"no gzip", "it is cut off or damaged"),
        ("a.parquet", b"PAR1", "too small to be a Parquet file"),
        ("leads.csv", LEADS + '1,"Ann,Lee,a@x.co\n', "a quote opens there"),
        ("leads.csv", LEADS + "1,Ann,Lee,a@x.co\r\n", "ends differently"),
    ],
)
def test_a_hopeless_file_gets_one_clear_line(run, name, content, message):
    if content is not None:
        put(name, content)
    code, said, error = run("check", name)
    assert (code, said) == (1, "")
    assert error.startswith(name)
    assert message in error
    assert "\n" not in error


def test_the_synonyms_are_of_columns_that_there_are():
    assert list(COLUMNS) == list(FILES) == list(TABLES)
    for table, columns in COLUMNS.items():
        assert set(columns) <= set(TABLES[table].columns)
        for words in columns.values():
            assert re.fullmatch(r"[a-z0-9\s]+", words)


@pytest.mark.parametrize(
    "data",
    [
        *ours_and_whole(
            "xeducation/leads.csv", ("crm_leads", {"lead_id": "Lead Number"})
        ),
        *ours_and_whole(
            "olist_funnel/closed_deals_excel_mangled.csv",
            ("crm_opportunities", {"lead_id": "mql_id"}),
        ),
        *ours_and_whole(
            "vendor_exports/hubspot/contact_data.csv",
            (
                "crm_leads",
                {"email": "property_email", "job_title": "property_jobtitle"},
            ),
            path="vendors/hubspot/contact.csv",
        ),
        *ours_and_whole(
            "vendor_exports/salesforce/sf_opportunity_data.csv",
            ("crm_opportunities", {"is_won": "is_won", "closed_at": "close_date"}),
            path="vendors/salesforce/opportunity.csv",
        ),
        *ours_and_whole(
            "vendor_exports/segment/example_segment_pages.csv",
            (
                "web_events",
                {"visitor_id": "anonymous_id", "event_type": {"value": "page_view"}},
            ),
            path="vendors/segment/pages.csv",
        ),
    ],
)
def test_exports_of_real_vendors_are_drafted(data: Data):
    table, columns = data.known
    entry = drafted(data.path)
    assert entry["table"] == table
    assert columns.items() <= entry["columns"].items()


# ---- docs/new_source.md keeps its word


def blocks(label: str) -> list[str]:
    found = re.findall(r"^```(\S*)\n(.*?)^```$", GUIDE, flags=re.M | re.S)
    return [text for name, text in found if name == label]


def assert_shows(said: str, shown: str) -> None:
    """Whether the lines shown stand in what was said, with gaps only at `...`."""
    lines = [line.rstrip() for line in said.splitlines()]
    place, gap = 0, True
    for line in shown.splitlines():
        if line == "...":
            gap = True
            continue
        found = lines.index(line, place)
        assert gap or found == place, line
        place, gap = found + 1, False


def test_the_guide_is_a_page_and_its_commands_do_what_it_shows(run, tmp_path):
    assert len(GUIDE.splitlines()) <= 100
    Path("dbt_project").symlink_to(PROJECT / "dbt_project")
    put("kunden.csv", blocks("csv")[0])
    draft, check, explain = blocks("console")
    teach, deliver = blocks("sh")
    (correction,) = blocks("yaml")

    def follow(console: str) -> None:
        command, shown = console.split("\n", 1)
        code, said, aside = run(*shlex.split(command)[3:])
        assert (code, aside) == (0, "")
        assert_shows(said, "...\n" + shown)

    follow(draft)
    path = Path("my/sources/crm/kunden.yml")
    text = path.read_text(encoding="utf-8")
    assert text.count("      status: Status\n") == 1
    path.write_text(
        text.replace("      status: Status\n", f"      status: Status\n{correction}"),
        encoding="utf-8",
    )
    subprocess.run(["bash", "-ec", teach], check=True)
    follow(check)
    *lines, score = deliver.splitlines()
    subprocess.run(["bash", "-ec", "\n".join(lines)], check=True)
    data, config, sources = re.fullmatch(
        r"make score DATA=(\S+) CONFIG=(\S+) SOURCES=(\S+)", score
    ).groups()
    settings = Settings(data=data, config=config, sources=sources)
    (batch,) = ingest.load(settings, sources, DAY)
    assert (batch.rows_read, batch.rows_loaded) == (8, 7)
    assert explain.startswith(f"$ leadscore explain K-1001 --data {data}\n")
