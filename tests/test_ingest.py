from __future__ import annotations

import json
import os
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
from ingest_world import DAY, EVENTS_MAP, LEADS_MAP, World

from leadscore import ingest, warehouse
from leadscore.loading.file_loader import rows_of_forgotten
from leadscore.loading.forgotten import hashed
from leadscore.source_maps import load_maps
from leadscore.summary import left_out

NEXT_DAY = date(2026, 11, 21)
HEADER = "id,email,country,created\n"


def leads(*numbers: int, country: str = "DE") -> str:
    return HEADER + "".join(
        f"L{n},p{n}@x.example,{country},2026-11-01\n" for n in numbers
    )


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    world.write_map(LEADS_MAP)
    return world


def statuses(world: World) -> list[tuple[str, str]]:
    return world.query(
        "select file.split('/')[2] || '/' || file.split('/')[3], status "
        "from raw.batches order by file, loaded_at"
    )


def everything(world: World) -> list[tuple[object, ...]]:
    return world.query(
        "select batches::varchar from raw.batches union all "
        "select leads::varchar from raw.crm_leads as leads union all "
        "select columns::varchar from raw.source_columns as columns order by 1"
    )


# --- what a map can say -----------------------------------------------------------


def test_columns_come_by_name_by_expression_or_as_a_constant(world: World) -> None:
    world.write_map(
        """
null_values: [Select, "-"]
files:
  - pattern: leads*
    table: crm_leads
    delivery: snapshot
    columns:
      lead_id: Lead Number
      email: {sql: 'lower("E Mail")'}
      country: {sql: "case when land = 'D' then 'DE' else land end"}
      lead_source: {value: fair}
      do_not_contact: No Mail
    ignore: [Internal]
    outcomes: [Tags, Land]
"""
    )
    world.deliver(
        "leads.csv",
        "Lead Number,E Mail,Land,No Mail,Internal,Tags,BANT\n"
        "1,A@X.example,D,Yes,i,hot,\n"
        "2,-, Select ,no,i,-,yes\n",
    )
    world.load()
    assert world.query(
        "select lead_id, email, country, lead_source, do_not_contact, attributes "
        "from raw.crm_leads order by source_row"
    ) == [
        ("1", "a@x.example", "DE", "fair", True, '{"Tags":"hot"}'),
        ("2", None, None, "fair", False, '{"BANT":"yes"}'),
    ]
    assert world.query(
        "select table_name, column_name, is_outcome from raw.source_columns order by 2"
    ) == [
        ("crm_leads", "BANT", False),
        ("crm_leads", "Tags", True),
        ("crm_leads", "country", True),
    ]


def test_columns_that_are_kept_are_told_apart_by_table_and_from_ours(
    world: World,
) -> None:
    world.write_map(
        """
files:
  - pattern: leads*
    table: crm_leads
    delivery: snapshot
    columns: {lead_id: id, email: mail, city: town}
    outcomes: [town]
    also:
      - table: crm_accounts
        columns:
          account_id: company
          account_type: kind
          attributes: {sql: "json_object('tier', tier, 'until', renewal)"}
        outcomes: [kind, until*]
"""
    )
    rows = "id,mail,town,city,company,kind,tier,renewal\n1,a@x.example,A,B,C,D,E,F\n"
    for day in (DAY - timedelta(days=1), DAY):
        world.deliver("leads.csv", rows, day)
        world.load(day)
        world.accept()
    assert world.query(
        "select table_name, column_name, is_outcome, is_kept from raw.source_columns "
        "order by all"
    ) == [
        ("crm_accounts", "account_type", True, False),
        ("crm_accounts", "tier", False, True),
        ("crm_accounts", "until", True, True),
        ("crm_leads", "city", False, True),
        ("crm_leads", "city", True, False),
    ]


@pytest.mark.parametrize(
    ("options", "text", "utc"),
    [
        ("", "2026-07-01", "2026-07-01 00:00:00"),
        ("", "2026-07-01T10:00:00Z", "2026-07-01 10:00:00"),
        ("", "2026-07-01 10:00:00 UTC", "2026-07-01 10:00:00"),
        ("", "2026-07-01 10:00:00.5+02:00", "2026-07-01 08:00:00.5"),
        ("", "2026-07-01 10:00:00.500 +0200", "2026-07-01 08:00:00.5"),
        ("time_zone: Europe/Berlin", "2026-07-01 10:00:00 -01", "2026-07-01 11:00:00"),
        ("time_zone: Europe/Berlin", "2026-07-01 10:00", "2026-07-01 08:00:00"),
        ("time_zone: Europe/Berlin", "2026-12-05", "2026-12-04 23:00:00"),
        ("time_zone: Europe/Berlin", "2026-07-01 10:00:00Z", "2026-07-01 10:00:00"),
        (
            "timestamp_format: '%d.%m.%Y %H:%M'",
            "01.07.2026 10:00",
            "2026-07-01 10:00:00",
        ),
        ("timestamp_format: ['%d.%m.%y', '%m/%Y']", "07/2026", "2026-07-01 00:00:00"),
        ("timestamp_format: '%d.%m.%Y %z'", "01.07.2026 +0200", "2026-06-30 22:00:00"),
        ("timestamp_format: epoch_seconds", "1782900000", "2026-07-01 10:00:00"),
        (
            "timestamp_format: epoch_milliseconds",
            "1782900000500",
            "2026-07-01 10:00:00.5",
        ),
        (
            "timestamp_format: epoch_microseconds",
            "1782900000000001",
            "2026-07-01 10:00:00.000001",
        ),
    ],
)
def test_times_are_brought_to_utc(
    world: World, options: str, text: str, utc: str
) -> None:
    world.write_map(LEADS_MAP + f"    {options}\n")
    world.deliver("leads.csv", f"id,email,created\nL1,a@x.example,{text}\n")
    world.load()
    assert world.query("select created_at::varchar from raw.crm_leads") == [(utc,)]


ACCOUNTS_MAP = """
files:
  - pattern: accounts*
    table: crm_accounts
    delivery: snapshot
    decimal: ","
    columns:
      account_id: id
      employee_count: {sql: "try_cast(staff as int)"}
      annual_revenue: revenue
      updated_at: {sql: "strptime(changed, '%Y')"}
      name: {sql: "strptime(changed, '%Y') + interval 1 day"}
"""


def test_numbers_may_have_a_decimal_comma_and_expressions_may_fail_on_a_row(
    world: World,
) -> None:
    world.write_map(ACCOUNTS_MAP)
    world.deliver(
        "accounts.csv",
        "id,staff,revenue,changed,size\n"
        'A1,10,"1.234,50",2026,big\nA2,many,"7",2026,\nA3,1,1,soon,\nA4,1,x,2026,\n',
    )
    [batch] = world.load()
    assert (batch.rows_loaded, batch.rows_rejected) == (2, 2)
    assert world.query(
        "select account_id, employee_count, annual_revenue::varchar, attributes "
        "from raw.crm_accounts order by 1"
    ) == [("A1", 10, "1234.50", '{"size":"big"}'), ("A2", None, "7.00", None)]
    kept = world.quarantined("accounts.csv.csv")
    assert "4,updated_at,\"the map's expression fails on this row: strptime" in kept
    assert "5,annual_revenue,\"'x' is no number with a decimal ','\"" in kept


@pytest.mark.parametrize(
    ("value", "loaded"), [("12", 12), ("12.0", 12), ("12.7", None), ("1e2", None)]
)
def test_whole_numbers_are_never_rounded(
    world: World, value: str, loaded: int | None
) -> None:
    world.write_map(
        ACCOUNTS_MAP.split("      annual_revenue")[0]
        .replace('{sql: "try_cast(staff as int)"}', "staff")
        .replace('    decimal: ","\n', "")
    )
    world.deliver("accounts.csv", f"id,staff\nA1,{value}\nA2,1\n")
    world.load()
    assert world.query(
        "select max(employee_count) from raw.crm_accounts where account_id = 'A1'"
    ) == [(loaded,)]


def test_parquet_keeps_its_types_and_nested_columns_become_json(world: World) -> None:
    world.write_map(
        """
files:
  - pattern: "*"
    table: web_events
    delivery: changes
    columns:
      visitor_id: visitor
      event_type: {value: page_view}
      duration_seconds: seconds
      occurred_at: at
      email: {sql: user.email}
""",
        source="web",
    )
    path = world.deliver("events.parquet", "", source="web")
    duckdb.execute(
        f"copy (select 7 as visitor, 1.5 as seconds, "
        f"{{'email': 'a@x.example'}} as user, [1, 2] as tags, "
        f"timestamptz '2026-07-01 10:00:00+02' as \"at\") to '{path}'"
    )
    world.load(source="web")
    assert world.query(
        "select visitor_id, duration_seconds, email, occurred_at::varchar, properties "
        "from raw.web_events"
    ) == [("7", 1.5, "a@x.example", "2026-07-01 08:00:00", '{"tags":[1,2]}')]


def test_another_encoding_is_read_when_the_map_says_so(world: World) -> None:
    world.write_map(LEADS_MAP + "    encoding: cp1252\n    delimiter: ';'\n")
    text = leads(1).replace("p1@", "zoë€@").replace(",", ";")
    world.deliver("leads.csv", text.encode("cp1252"))
    world.load()
    assert world.query("select email from raw.crm_leads") == [("zoë€@x.example",)]
    world.write_map(LEADS_MAP + "    encoding: utf-16\n")
    world.deliver("leads2.csv", text.encode("cp1252") + b"\n")
    assert "it is not encoded in utf-16" in world.refusal()


def test_files_without_quoting_are_read_when_the_map_says_so(world: World) -> None:
    world.write_map(LEADS_MAP + '    quote: ""\n')
    world.deliver("leads.csv", leads(1).replace("p1@", '5" p1@'))
    world.load()
    assert world.query("select email from raw.crm_leads") == [('5" p1@x.example',)]


def test_an_expression_that_duckdb_does_not_understand_names_map_and_column(
    world: World,
) -> None:
    path = world.write_map(
        LEADS_MAP.replace("country: country", "country: {sql: 'upper(country, 1)'}")
    )
    world.deliver("leads.csv", leads(1))
    error = world.refusal()
    assert str(path) in error
    assert "columns.country: DuckDB does not understand the expression" in error
    assert world.query("select count(*) from raw.batches") == [(0,)]


ACTIVITIES_MAP = """
files:
  - pattern: "*"
    table: crm_activities
    where: kind in ('call', 'visit') and coalesce(minutes::int, 1) > 0 -- or noise
    delivery: changes
    columns:
      activity_id: id
      lead_id: lead
      activity_type: kind
      occurred_at: at
    ignore: [into]
    optional: [minutes]
    also:
      - table: crm_merges
        where: kind = 'merge'
        columns: {merged_id: lead, into_id: into}
"""
ACTIVITIES = (
    "id,lead,kind,minutes,at,into\n1,L1,call,5,2026-11-01,\n2,L1,call,0,2026-11-01,\n"
    "3,L1,note,,2026-11-01,L5\n4,L2,visit,,2026-11-01,\n5,L3,merge,,2026-11-01,L4\n"
    "6,,,,2026-11-01,\n"
)


def test_rows_for_which_where_is_not_true_are_left_out_and_counted(
    world: World,
) -> None:
    world.write_map(ACTIVITIES_MAP)
    world.deliver("all.csv", ACTIVITIES)
    world.load()
    assert world.query(
        "select table_name, rows_read, rows_loaded, rows_left_out from raw.batches "
        "order by table_name"
    ) == [("crm_activities", 2, 2, 3), ("crm_merges", 1, 1, 0)]
    assert world.query("select activity_id from raw.crm_activities order by 1") == [
        ("1",),
        ("4",),
    ]
    assert world.query("select merged_id, into_id from raw.crm_merges") == [
        ("L3", "L4")
    ]
    world.accept()
    with warehouse.connect(world.settings) as connection:
        table, in_sum = left_out(connection).renderables
        assert "".join(map(str, table.columns[2].cells)) == "3"
        assert in_sum == "Read by no map of any folder: at least 3 rows."
        # The same file in another folder, whose map takes one row of the six.
        connection.execute(
            "insert into raw.batches by name select * replace ('x' as batch_id, "
            "'web' as source, 1 as rows_read, 5 as rows_left_out) from raw.batches "
            "where rows_left_out > 0"
        )
        assert "at least 2 rows" in left_out(connection).renderables[1]


def test_a_row_on_which_where_fails_is_rejected(world: World) -> None:
    world.write_map(ACTIVITIES_MAP)
    world.deliver("all.csv", ACTIVITIES.replace("call,0", "call,none"))
    world.load()
    assert world.query(
        "select rows_read, rows_rejected, rows_left_out from raw.batches "
        "where table_name = 'crm_activities'"
    ) == [(3, 1, 2)]
    assert "the map's `where` fails on this row: kind in" in world.quarantined(
        "all.csv.csv"
    )


def test_a_row_that_is_left_out_names_somebody_forgotten_all_the_same(
    world: World, tmp_path: Path
) -> None:
    world.write_map(ACTIVITIES_MAP)
    path = world.deliver("all.csv", ACTIVITIES)
    [source_map] = load_maps(world.settings, "crm")
    with ingest.connect(world.settings, [path]) as (connection, scratch):
        for lead_id in ("L1", "L3"):
            hash_of = hashed("'crm'", f"'{lead_id}'")
            connection.execute(
                f"insert into raw.forgotten select 'crm', {hash_of}, now()::timestamp"
            )
        found = rows_of_forgotten(connection, path, source_map.files[0], scratch)
    assert found == [2, 3, 4, 6]  # 4 is a note, 3 a call of no minute


def test_a_where_that_cannot_be_asked_names_itself_or_the_column(world: World) -> None:
    path = world.write_map(
        ACTIVITIES_MAP.replace("minutes::int, 1", "minutes::int, []")
    )
    world.deliver("all.csv", ACTIVITIES)
    assert f"{path}: where: DuckDB does not understand" in world.refusal()
    world.write_map(ACTIVITIES_MAP.replace("    optional: [minutes]\n", ""))
    world.deliver("all.csv", ACTIVITIES.replace("minutes", "seconds"))
    assert "it lacks the column 'minutes'" in world.refusal()


def test_an_outcome_that_is_nowhere_refuses_the_file(world: World) -> None:
    world.write_map(LEADS_MAP + "    outcomes: [Convertd]\n")
    world.deliver("leads.csv", leads(1))
    assert "lacks 'Convertd', which stands under outcomes:" in world.refusal()


def test_rows_without_an_id_may_be_named_by_their_number(world: World) -> None:
    world.write_map(LEADS_MAP.replace("lead_id: id", "lead_id: {row_number: true}"))
    world.deliver("leads.csv", "email,created\na@b.c,2026-01-01\nd@e.f,2026-01-01\n")
    world.load()
    rows = "select lead_id, source_row, email from raw.crm_leads order by all"
    assert world.query(rows) == [("row_2", 2, "a@b.c"), ("row_3", 3, "d@e.f")]


# --- batches ----------------------------------------------------------------------


def test_a_second_load_changes_nothing(world: World) -> None:
    world.deliver("leads.csv", leads(*range(30)))
    first = world.load()
    before = everything(world)
    assert world.load() == first  # still pending, so it is to be judged
    world.accept()
    accepted = everything(world)
    assert world.load() == []
    world.accept()
    assert everything(world) == accepted
    assert len(accepted) == len(before)


def test_the_same_extracts_give_the_same_batches_in_another_world(
    world: World, tmp_path: Path
) -> None:
    other = World(tmp_path / "other")
    other.write_map(LEADS_MAP)
    for each in (world, other):
        each.deliver("leads_b.csv", leads(*range(30, 60)))
        each.deliver("leads_a.csv", leads(*range(30)))
        each.load()
    rows = "select batch_id, source_row, lead_id from raw.crm_leads"
    assert world.query(rows) == other.query(rows)


def test_the_same_content_twice_in_a_day_is_loaded_once(world: World) -> None:
    world.deliver("leads.csv", leads(1, 2))
    world.deliver("leads_again.csv", leads(1, 2))
    assert [batch.file for batch in world.load()] == ["crm/2026-11-20/leads.csv"]
    world.accept()
    assert world.load() == []
    world.deliver("leads.csv", leads(1, 2), NEXT_DAY)
    assert [batch.extract_date for batch in world.load(NEXT_DAY)] == [NEXT_DAY]


def test_new_content_at_a_place_supersedes_the_old_once_it_is_accepted(
    world: World,
) -> None:
    world.deliver("leads.csv", leads(1, 2))
    world.load()
    world.accept()
    world.deliver("leads.csv", leads(1, 2, country="AT"))
    world.load()
    assert [status for _, status in statuses(world)] == ["accepted", "pending"]
    world.accept()
    assert [status for _, status in statuses(world)] == ["superseded", "accepted"]
    world.deliver("leads.csv", leads(1, 2))  # and back again
    world.load()
    world.accept()
    assert sorted(status for _, status in statuses(world)) == ["accepted", "superseded"]
    assert world.query(
        "select country, count(*) from raw.crm_leads inner join raw.batches "
        "using (batch_id) where batches.status = 'accepted' group by all"
    ) == [("DE", 2)]


def test_content_replaced_before_it_was_judged_is_not_judged(world: World) -> None:
    world.deliver("leads.csv", leads(1, 2))
    world.load()
    world.deliver("leads.csv", leads(1, 2, 3))
    assert [batch.rows_loaded for batch in world.load()] == [3]
    assert [status for _, status in statuses(world)] == ["superseded", "pending"]


def test_an_older_warehouse_gets_the_columns_that_it_lacks(world: World) -> None:
    world.deliver("leads.csv", leads(1))
    world.load()
    with duckdb.connect(str(world.settings.warehouse)) as connection:
        connection.execute("alter table raw.email_events rename lead_id to old_id")
    world.write_map(EVENTS_MAP.replace("email: email", "lead_id: id"), source="email")
    world.deliver("e.csv", "id,type,at\nL1,sent,2026-11-19\n", source="email")
    world.load(source="email")
    assert world.query("select lead_id, email from raw.email_events") == [("L1", None)]


def test_missed_days_are_caught_up_and_later_ones_wait(world: World) -> None:
    for day in (18, 19, 20, 21):
        world.deliver("leads.csv", leads(*range(day)), date(2026, 11, day))
    assert [batch.extract_date.day for batch in world.load(DAY)] == [18, 19, 20]


def test_a_changed_file_of_the_same_size_is_noticed(world: World) -> None:
    path = world.deliver("leads.csv", leads(1))
    world.load()
    world.accept()
    world.deliver("leads.csv", leads(2))
    os.utime(path, (0, 0))  # as a copy that keeps the old time would
    assert [batch.status for batch in world.load()] == ["pending"]


def test_a_file_that_no_map_reads_is_named_after_the_others_were_loaded(
    world: World,
) -> None:
    for n in range(6):
        world.deliver(f"contacts_{n}.csv", leads(1))
    world.deliver("contacts_7.csv", leads(1), NEXT_DAY)
    world.deliver("leads.csv", leads(1))
    error = world.refusal(NEXT_DAY)
    assert error.startswith("crm/2026-11-20/contacts_0.csv, ")
    assert "/contacts_4.csv and 2 more: no source map reads a file of this na" in error
    assert "is not looked at" not in error
    world.settings = world.settings.model_copy(update={"maps": "klaviyo"})
    error = world.refusal(NEXT_DAY)
    assert "(klaviyo is not looked at for crm, as " in error
    assert "(they read leads*)" in error
    assert "\n" not in error
    assert statuses(world) == [("2026-11-20/leads.csv", "pending")]


def test_a_crash_leaves_nothing_half_loaded(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    world.deliver("leads.csv", leads(1, 2))
    with monkeypatch.context() as patched:
        patched.setattr(ingest.batches, "write", crash)
        with pytest.raises(KeyboardInterrupt):
            world.load()
    assert world.query("select count(*) from raw.crm_leads") == [(0,)]
    assert [batch.rows_loaded for batch in world.load()] == [2]
    assert not list(world.settings.data.glob(".load_*"))


# --- refusals ---------------------------------------------------------------------


def test_a_refused_file_does_not_hold_up_others_and_is_not_tried_again(
    world: World,
) -> None:
    world.deliver("leads_bad.csv", "id;email\n1;2\n")
    world.deliver("leads_good.csv", leads(1))
    error = world.refusal()
    before = everything(world)
    assert world.refusal() == error
    assert everything(world) == before
    assert statuses(world) == [
        ("2026-11-20/leads_bad.csv", "refused"),
        ("2026-11-20/leads_good.csv", "pending"),
    ]
    assert "Deliver it again mended, or take it away; see " in error


def test_a_mended_file_at_the_same_place_is_loaded(world: World) -> None:
    world.deliver("leads.csv", "")
    world.refusal()
    world.deliver("leads.csv", leads(1))
    assert [batch.rows_loaded for batch in world.load()] == [1]
    assert not list(world.settings.quarantine.rglob("*.txt"))


def test_a_refused_file_is_tried_again_when_another_map_reads_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = world.write_map(LEADS_MAP.replace("lead_id: id", "lead_id: Id"))
    world.deliver("leads.csv", leads(1))
    assert "where 'Id' is expected" in world.refusal()
    wrong.unlink()
    world.write_map(LEADS_MAP, name="moved_here")
    # Moved, a file is as old as before.
    monkeypatch.setattr(ingest, "_last_change", lambda *_: 0.0)
    assert [batch.status for batch in world.load()] == ["pending"]


def test_a_refused_file_is_tried_again_when_its_map_was_mended(world: World) -> None:
    world.deliver("leads.csv", leads(1).replace(",", ";"))
    world.refusal()
    world.wait_until_files_are_later()
    world.write_map(LEADS_MAP + "    delimiter: ';'\n")
    assert [batch.status for batch in world.load()] == ["pending"]


def test_a_refused_file_that_was_taken_away_blocks_no_more(world: World) -> None:
    path = world.deliver("leads.csv", "")
    world.refusal()
    path.rename(path.with_name(".leads.csv"))
    assert world.load() == []


def test_a_refused_snapshot_that_a_later_one_made_up_for_is_only_warned_of(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.deliver("leads.csv", "")
    world.deliver("leads.csv", leads(1), NEXT_DAY)
    assert "it is empty" in world.refusal(DAY)
    assert [batch.extract_date for batch in world.load(NEXT_DAY)] == [NEXT_DAY]
    assert "crm/2026-11-20/leads.csv stays refused" in caplog.text


def test_refused_changes_block_later_days_too(world: World) -> None:
    world.write_map(EVENTS_MAP, source="email")
    row = '{"email": "a@x.example", "type": "sent", "at": "2026-11-01"}\n'
    world.deliver("events.jsonl", "", source="email")
    world.deliver("events.jsonl", row, NEXT_DAY, "email")
    assert "it is empty" in world.refusal(NEXT_DAY, "email")


def test_batches_refused_by_validation_leave_raw_and_stay_in_quarantine(
    world: World,
) -> None:
    world.deliver("leads.csv", leads(1, 2))
    world.load()
    ingest.refuse(
        world.settings, "crm", "crm_leads: 2 emails are no emails", "2 rows break it"
    )
    assert world.query("select count(*) from raw.crm_leads") == [(0,)]
    assert world.query(
        "select status, reason, rows_read, rows_loaded, rows_rejected from raw.batches"
    ) == [("refused", "crm_leads: 2 emails are no emails", 2, 0, 2)]
    kept = world.settings.quarantine / "crm" / "2026-11-20"
    assert duckdb.execute(
        f"select lead_id from '{kept / 'leads.csv.refused.parquet'}'"
    ).fetchall() == [("L1",), ("L2",)]
    assert "2 emails are no emails" in (kept / "leads.csv.reason.txt").read_text()
    assert "2 emails are no emails" in world.refusal()
    world.wait_until_files_are_later()
    world.deliver("leads_more.csv", leads(3))  # the delivery changed: judge it anew
    assert [batch.rows_loaded for batch in world.load()] == [2, 1]


def test_only_the_sources_own_batches_are_judged(world: World) -> None:
    world.write_map(EVENTS_MAP, source="email")
    world.deliver("leads.csv", leads(1))
    row = '{"email": "a@x.example", "type": "sent", "at": "2026-11-01"}\n'
    world.deliver("events.jsonl", row, source="email")
    world.load()
    world.load(source="email")
    ingest.accept(world.settings, "email")
    ingest.refuse(world.settings, "crm", "no", "no")
    assert world.query("select source, status from raw.batches order by 1") == [
        ("crm", "refused"),
        ("email", "accepted"),
    ]


# --- snapshots --------------------------------------------------------------------


def test_a_snapshot_that_lacks_more_than_a_fifth_of_the_last_is_refused(
    world: World,
) -> None:
    world.deliver("leads.csv", leads(*range(100)))
    world.load()
    world.accept()
    world.deliver("leads.csv", leads(*range(79), 200, 201), NEXT_DAY)
    error = world.refusal(NEXT_DAY)
    assert "21 of the 100 values of lead_id in the snapshot before are gone" in error
    assert world.refusal(NEXT_DAY) == error
    assert world.query("select count(*) from raw.crm_leads") == [(100,)]
    world.deliver("leads.csv", leads(*range(80)), NEXT_DAY)
    assert [batch.rows_loaded for batch in world.load(NEXT_DAY)] == [80]


def test_a_corrected_snapshot_is_not_filled_up_by_the_one_it_replaces(
    world: World,
) -> None:
    for day in (DAY, NEXT_DAY):
        world.deliver("leads.csv", leads(*range(100)), day)
    world.load(NEXT_DAY)
    world.accept()
    world.deliver("leads.csv", leads(*range(70)), NEXT_DAY)
    assert "30 of the 100 values" in world.refusal(NEXT_DAY)


def test_the_files_of_a_snapshot_count_together(world: World) -> None:
    world.deliver("leads.csv", leads(*range(100)))
    world.load()
    world.accept()
    world.deliver("leads_eu.csv", leads(*range(50)), NEXT_DAY)
    world.refusal(NEXT_DAY)
    world.wait_until_files_are_later()
    world.deliver("leads_us.csv", leads(*range(50, 100)), NEXT_DAY)
    assert [batch.rows_loaded for batch in world.load(NEXT_DAY)] == [50, 50]


def test_a_snapshot_is_held_against_the_one_before_it_when_days_are_caught_up(
    world: World,
) -> None:
    world.write_map(LEADS_MAP + "    max_gone_pct: 10\n")
    world.deliver("leads.csv", leads(*range(100)), date(2026, 11, 18))
    world.deliver("leads.csv", leads(*range(91)), date(2026, 11, 19))
    world.deliver("leads.csv", leads(*range(83)), DAY)
    assert len(world.load()) == 3
    world.deliver("leads.csv", leads(*range(70)), NEXT_DAY)
    assert "13 of the 83 values" in world.refusal(NEXT_DAY)


def test_a_snapshot_that_a_crash_left_unguarded_is_found_whichever_day_is_loaded(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    for day in (DAY, NEXT_DAY):
        world.deliver("leads.csv", leads(*range(100) if day == DAY else ()), day)
    with monkeypatch.context() as patched:
        patched.setattr(ingest.snapshots, "find_shrunk", crash)
        with pytest.raises(KeyboardInterrupt):
            world.load(NEXT_DAY)
    assert "100 of the 100 values" in world.refusal(DAY)
    assert statuses(world) == [
        ("2026-11-20/leads.csv", "pending"),
        ("2026-11-21/leads.csv", "refused"),
    ]


def test_the_highest_limit_counts_where_several_patterns_feed_a_table(
    world: World,
) -> None:
    contacts = LEADS_MAP.replace("leads*", "contacts*").replace("\nfiles:\n", "")
    world.write_map(LEADS_MAP + "    max_gone_pct: 50\n" + contacts)
    world.deliver("leads.csv", leads(*range(100)))
    world.deliver("leads.csv", leads(*range(60)), NEXT_DAY)
    assert len(world.load(NEXT_DAY)) == 2


def test_changes_may_bring_as_few_keys_as_they_like(world: World) -> None:
    world.write_map(LEADS_MAP.replace("snapshot", "changes"))
    world.deliver("leads.csv", leads(*range(100)))
    world.deliver("leads.csv", leads(1), NEXT_DAY)
    assert len(world.load(NEXT_DAY)) == 2


# --- the generic maps -------------------------------------------------------------


def test_the_generic_maps_read_the_documented_layout(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.deliver(
        "leads.csv",
        "lead_id,email,first_name,last_name,job_title,company_name,country,lead_source,"
        "status,created_at,converted_at,bant_budget\n"
        "L1,a@x.example,Ann,Lee,CEO,Acme,DE,web,new,2026-11-20 14:03:00,,yes\n",
    )
    event = {
        "event_id": "e1",
        "email": "a@x.example",
        "event_type": "opened",
        "occurred_at": "2026-11-20 14:03:00",
    }
    world.deliver("e.jsonl", json.dumps(event) + "\n", source="email")
    world.load()
    world.load(source="email")
    assert world.query("select lead_id, attributes from raw.crm_leads") == [
        ("L1", '{"bant_budget":"yes"}')
    ]
    assert world.query("select event_id from raw.email_events") == [("e1",)]
    assert world.query(
        "select table_name, column_name from raw.source_columns where is_outcome "
        "order by all"
    ) == [
        ("crm_leads", "converted_at"),
        ("crm_leads", "lifecycle_stage"),
        ("crm_leads", "status"),
        ("crm_opportunities", "amount"),
        ("crm_opportunities", "closed_at"),
        ("crm_opportunities", "is_closed"),
        ("crm_opportunities", "is_won"),
        ("crm_opportunities", "stage"),
    ]
    world.deliver("f.jsonl", json.dumps({**event, "campaign": 1}), source="email")
    assert "unknown column 'campaign'" in world.refusal(source="email")


def test_the_generic_map_makes_the_id_of_an_opportunitys_lead_of_both_ids(
    tmp_path: Path,
) -> None:
    world = World(tmp_path)
    world.deliver(
        "leads.csv",
        "lead_id,email,first_name,last_name,job_title,company_name,country,lead_source,"
        "created_at\n",
    )
    content = "opportunity_id,lead_id\n" + "".join(f"1,{n}\n" for n in range(300))
    world.deliver("opportunity_leads.csv", f"{content}1,\n")
    world.load()
    assert world.query(
        "select link_id, opportunity_id, lead_id from raw.crm_opportunity_leads "
        "where lead_id in ('0', '1') order by 1"
    ) == [("1 0", "1", "0"), ("1 1", "1", "1")]
    assert world.query(
        "select rows_loaded, rows_rejected from raw.batches "
        "where table_name = 'crm_opportunity_leads'"
    ) == [(300, 1)]
