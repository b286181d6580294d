"""What is published of the data's quality: deliveries, rejected rows, checks, tasks."""

import html
from datetime import date, timedelta

import pytest
from ingest_world import DAY, LEADS_MAP, World
from pipeline_world import published, world_of

from leadscore import dbt_runner, pipeline, runs
from leadscore.errors import LeadscoreError, NotYetError
from leadscore.validate import validate_pending
from leadscore.warehouse import connect

QUALITY = (
    *("batches", "rejected_rows", "checks", "uncounted_events", "unknown_words"),
    *("rows_of_nobody", "task_runs"),
)
NEXT_DAY = DAY + timedelta(days=1)
HEADER = "id,email,country,created\n"
GOOD = "".join(f"L{n},p{n}@x.example,DE,2026-11-01\n" for n in range(40))


@pytest.fixture
def world_of_leads(tmp_path):
    world = World(tmp_path)
    world.write_map(LEADS_MAP)
    return world


def causes(world):
    return dict(world.query("select file, cause from raw.batches"))


# ---- why rows and files were rejected, without their values


def test_reasons_of_rejected_rows_are_counted_without_their_values(world_of_leads):
    world = world_of_leads
    bad = "X1,a@x,DE,31.12.2025\nX2,b@x,DE,Gundula\n,c@x,DE,2026-11-01\nX4,d@x\n"
    world.deliver("leads.csv", HEADER + GOOD + bad)
    world.load()

    time = "'...' is no time in the format ISO 8601"
    assert world.query(
        "select table_name, column_name, rejections.reason, row_count "
        "from raw.rejections as rejections inner join raw.batches using (batch_id) "
        "order by all"
    ) == [
        ("crm_leads", "created_at", time, 2),
        ("crm_leads", "lead_id", "it is empty, and no row of crm_leads may lack it", 1),
        (
            *("crm_leads", None),
            *("missing columns: Expected Number of Columns: 4 Found: 2", 1),
        ),
    ]
    kept = world.quarantined("leads.csv.csv")
    assert "'Gundula' is no time" in kept  # there, they help to mend the file

    world.deliver("leads.csv", HEADER + GOOD.replace("DE", "FR"))
    world.accept()
    world.wait_until_files_are_later()
    world.load()
    assert world.query("select sum(row_count) from raw.rejections") == [(4,)]


MERGES_MAP = """
files:
  - pattern: leads*
    table: crm_merges
    delivery: changes
    columns: {merged_id: merged, into_id: into}
"""
REFUSED = {
    "bad times": (
        HEADER + "".join(f"X{n},x@x,DE,Gundula {n}\n" for n in range(9)),
        "none of its 9 rows can be loaded: lines 2, 3, 4, 5, 6: created_at: '...' is "
        "no time in the format ISO 8601; ...",
    ),
    "an error of a spreadsheet": (
        HEADER + GOOD.replace("DE", "#REF!"),
        "none of its 40 rows can be loaded: lines 2, 3, 4, 5, 6: country: '...' is an "
        "error that a spreadsheet put in place of the value: mend it there, or, if it "
        "says that nothing is known, name it under null_values:; ...",
    ),
    "values as names of columns": (
        "merged,into,Gundula\nL1,L2,x\n",
        "line 1: it has the unknown column '...'. Mend the file",
    ),
    "cut off": (
        HEADER + GOOD + "L99,a@x,DE,Gundula",
        "line 42: it seems cut off there: the last row has no line end and cannot be "
        "loaded ('...' is no time in the format ISO 8601)",
    ),
    "rounded ids": (
        HEADER + "".join(f"{n}6600000000000000,g@x,DE,2026-11-01\n" for n in "123456"),
        "row 2: lead_id: '...': 6 of the 6 ids of more than 15 digits",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_refused_file_has_a_cause_without_values(tmp_path, case):
    content, cause = REFUSED[case]
    world = World(tmp_path)
    world.write_map(MERGES_MAP if content.startswith("merged") else LEADS_MAP)
    world.deliver("leads.csv", content)
    reason = world.refusal()

    told = causes(world)[f"crm/{DAY}/leads.csv"]
    assert told.startswith(cause)
    assert "undula" not in told
    assert "66000" not in told
    assert "undula" in reason or "66000" in reason or "#REF!" in reason


def test_ids_that_are_two_peoples_are_in_the_reason_and_not_in_the_cause(tmp_path):
    world = World(tmp_path)
    names = "      email: email\n      first_name: first\n      last_name: last\n"
    world.write_map(LEADS_MAP.replace("      email: email\n", names))
    for name, last in (("leads_a.csv", "Gold"), ("leads_b.csv", "Bare")):
        row = f"GUNDULA1,{last}@x.example,Ann{last},{last},DE,2026-11-01\n"
        world.deliver(name, f"id,email,first,last,country,created\n{row}")
    assert "GUNDULA1" in world.refusal()
    for cause in causes(world).values():
        assert cause.startswith("1 values of lead_id are used on one day for two")
        assert "GUNDULA1" not in cause


# ---- the marts


def build(settings, day):
    """Build the marts that say what the pipeline did, and test them."""
    seeds = dbt_runner.lay_out_seeds(settings)
    runs.begin(settings, day, seeds)
    marts = ["batches", "rejected_rows", "checks", "task_runs", "pushes"]
    raw = ("all_batches", "rejections", "checks", "task_runs", "pushes")
    select = ["--select", *(f"stg_pipeline__{name}" for name in raw), *marts]
    dbt_runner.run_dbt(settings, seeds, ["build", *select])


def test_the_marts_tell_what_became_of_every_file(world_of_leads):
    world = world_of_leads
    old = DAY - timedelta(days=50)
    for day, rows in ((old, GOOD), (DAY, GOOD), (DAY, GOOD + "X1,a@x,DE,soon\n")):
        world.wait_until_files_are_later()
        world.deliver("leads.csv", HEADER + rows, day)
        world.load(day)
        validate_pending(world.settings, "crm")
        world.accept()
    world.deliver("leads.csv", HEADER + GOOD.replace("2026-11-01", "Gundula"), NEXT_DAY)
    world.refusal(NEXT_DAY)
    with connect(world.settings) as connection:
        connection.execute(  # as an older version left it
            "update raw.batches set cause = null where status = 'refused'"
        )
        connection.execute(
            "insert into raw.batches by name select * replace ('older' as batch_id, "
            "7 as rows_rejected, 47 as rows_read, 'crm/older.csv' as file) "
            "from raw.batches where status = 'superseded'"
        )
        connection.execute(
            "insert into raw.task_runs values "
            f"('a', '{DAY}', '2026-10-01', 1, true), "
            f"('b', '{DAY}', '2026-11-01', 1, true), "
            f"('b', '{DAY}', '2026-11-20', 1, false)"
        )
        connection.execute(
            "insert into raw.pushes (target, record_id, as_of_date, status, cause, "
            "error, pushed_at) values "
            f"('csv', '1', '{DAY}', 'accepted', null, null, '2026-11-20'), "
            f"('csv', '2', '{DAY}', 'accepted', null, null, '2026-11-21'), "
            f"('csv', '3', '{DAY}', 'failed', 'GONE', 'Ann Gold', '2026-11-20')"
        )
    build(world.settings, NEXT_DAY)

    delivered = world.query(
        "select extract_date, file, status, rows_read, rows_loaded, rows_rejected, "
        "reason from marts.batches order by file, status"
    )
    file = f"crm/{DAY}/leads.csv"
    told = "It was refused before reasons were kept without values of rows"
    assert delivered == [
        (DAY, file, "accepted", 41, 40, 1, None),
        (DAY, file, "superseded", 40, 40, 0, None),
        (NEXT_DAY, f"crm/{NEXT_DAY}/leads.csv", "refused", 40, 0, 40, told),
        (DAY, "crm/older.csv", "superseded", 47, 40, 7, None),
    ]
    assert world.query(
        "select file, column_name, reason, row_count from marts.rejected_rows "
        "order by row_count"
    ) == [
        (file, "created_at", "'...' is no time in the format ISO 8601", 1),
        (
            *("crm/older.csv", None),
            *("erased since, or loaded before reasons were noted", 7),
        ),
        (f"crm/{NEXT_DAY}/leads.csv", None, "the whole file was refused", 40),
    ]
    checks = "select day, count(*), count(distinct judged_at) from marts.checks "
    assert world.query(checks + "group by day") == [(DAY, 22, 2)]
    assert world.query("select task, succeeded from marts.task_runs order by all") == [
        ("b", False),
        ("b", True),
    ]
    assert world.query(
        "select status, cause, record_count, day(pushed_at) from marts.pushes "
        "order by all"
    ) == [("accepted", "", 2, 21), ("failed", "GONE", 1, 20)]


def test_a_table_whose_last_delivery_is_old_shows_that_one(world_of_leads):
    world = world_of_leads
    for days in (60, 50):
        world.deliver("leads.csv", HEADER + GOOD, DAY - timedelta(days=days))
        world.load()
        world.accept()
    build(world.settings, DAY)
    days = world.query("select extract_date from marts.batches")
    assert days == [(DAY - timedelta(days=50),)]


# ---- the runs of tasks


def test_runs_of_tasks_are_recorded_and_waiting_is_none(world_of_leads):
    world = world_of_leads
    day = DAY.isoformat()
    data, config = world.settings.data, world.settings.config
    with world_of(data, config=config, sources="crm") as settings:
        with pytest.raises(NotYetError):
            pipeline.load("crm", day)
        world.deliver("leads.csv", HEADER + GOOD)
        world.deliver("_DONE", "")
        pipeline.load("crm", day)
        with connect(settings) as connection:
            connection.execute("update raw.crm_leads set email = 'Ann'")
        for _ in range(2):
            with pytest.raises(LeadscoreError):
                pipeline.validate("crm", day)
        with connect(settings) as connection:
            rows = connection.execute(
                "select task, day, succeeded, seconds > 0 and started_at > "
                "now()::timestamp - interval 10 minute from raw.task_runs "
                "order by started_at"
            ).fetchall()
            connection.execute("update raw.task_runs set started_at = '2000-01-01'")
        assert rows == [
            ("ingest_crm.load", DAY, True, True),
            ("ingest_crm.validate", DAY, False, True),
            ("ingest_crm.validate", DAY, False, True),
        ]
        with pytest.raises(LeadscoreError):
            pipeline.load("crm", day)
        kept = world.query("select task, succeeded from raw.task_runs")
        assert kept == [("ingest_crm.load", False)]


# ---- as they are published


def test_a_publication_tells_of_the_run_that_made_it(world):
    counted = {
        table: published(world, f"select count(*) from {table}")[0][0]
        for table in QUALITY
    }
    assert all(counted[table] for table in set(QUALITY) - {"unknown_words"}), counted
    rejected = "select sum(rows_rejected) from batches"
    reasons = "select sum(row_count), count(*) filter (reason like '%erased%') "
    [(total, unknown)] = published(world, f"{reasons} from rejected_rows")
    assert published(world, rejected) == [(total,)]
    assert unknown == 0
    judged = published(
        world, "select source, bool_and(success), count(*) from checks group by all"
    )
    assert {source for source, *_ in judged} == {
        "crm",
        "email",
        "web",
        "feedback",
        "scores",
    }
    assert all(success for _, success, _ in judged)
    ran = published(world, "select task from task_runs where succeeded")
    runs_of = {task for (task,) in ran}
    assert {"ingest_web.validate", "score_leads.scoring"} <= runs_of
    assert "score_leads.publish" not in runs_of  # it comes after it is written
    sentences = published(world, "select reason, sentence from uncounted_events")
    assert all(reason != sentence for reason, sentence in sentences)


def test_nothing_of_it_names_anybody(world):
    contacts = published(
        world,
        "select email, phone, first_name, last_name, job_title, lead_id "
        "from lead_contacts",
    )
    personal = {value for row in contacts for value in row if value}
    assert len(personal) > 500
    for table in QUALITY:
        values = {str(v) for row in published(world, f"from {table}") for v in row}
        assert not personal & values, table
        said = {value.replace("name@domain.end", "") for value in values}
        assert not any("@" in value for value in said), table


def test_the_page_data_tells_all_of_it(world):
    page = html.unescape((world.published / "report_shared/data.html").read_text())
    for query in (
        "select sentence from checks",
        "select reason from rejected_rows",
        "select sentence from uncounted_events",
        "select task from task_runs",
    ):
        told = {text for (text,) in published(world, query)}
        assert told
        assert {text for text in told if text not in page} == set(), query


def test_the_days_of_what_was_checked_are_those_delivered(world):
    days = dict(published(world, "select source, max(day) from checks group by source"))
    assert days.pop("feedback") == date(2026, 6, 29)  # none is given every day
    assert set(days.values()) == {date(2026, 6, 30)}
