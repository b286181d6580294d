"""The source maps of vendors that ship, held against deliveries in their layouts.

`data/vendors/README.md` says where the layouts are from. The queries that a map's head
gives for tables that must be joined are run here as they stand there.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import duckdb
import pytest
from excerpts import OURS, WHOLE, Data, ours_and_whole
from ingest_world import World

from leadscore.canonical import TABLES
from leadscore.rules import load_vocabulary
from leadscore.settings import PROJECT, Settings
from leadscore.source_check.known_words import Models
from leadscore.source_check.trial import Trial
from leadscore.source_maps import load_maps

FIXTURES = OURS / "vendors"
SAMPLES = WHOLE / "vendor_exports"
MAPPINGS = PROJECT / "dbt_project" / "seeds" / "mappings"

MAPS = [
    ("crm", "hubspot"),
    ("crm", "hubspot_export"),
    ("crm", "klaviyo"),
    ("crm", "marketo"),
    ("crm", "pardot"),
    ("crm", "salesforce"),
    ("crm", "salesforce_export"),
    ("email", "hubspot"),
    ("email", "klaviyo"),
    ("email", "mailchimp"),
    ("email", "marketo"),
    ("email", "pardot"),
    ("email", "sendgrid"),
    ("web", "klaviyo"),
    ("web", "marketo"),
    ("web", "pardot"),
]

# What each fixture brings: the name it is delivered under, and rows.
DELIVERIES = {
    ("crm", "hubspot"): {
        "contact": 3,
        "company": 3,
        "owner": 2,
        "deal": 5,
        "deal_contact": 4,
        "merged_deal": 1,
        "contact_merge_audit": 1,
        "engagement_call": 4,
        "engagement_meeting": 5,
        "engagement_email": 2,
        "engagement_note": 1,
        "engagement_task": 1,
    },
    ("crm", "salesforce"): {
        "lead": 3,
        "contact": 1,
        "lead_merge": 1,
        "account": 3,
        "user": 2,
        "opportunity": 3,
        "task": 8,
        "event": 3,
        "campaign_member": 5,
    },
    ("email", "hubspot"): {"email_event": 16, "email_events": 4},
    ("email", "mailchimp"): {
        "campaign_recipient": 2,
        "campaign_recipient_activity": 4,
        "automation_recipient_activity": 1,
        "unsubscribe": 2,
        "email_activity": 3,
    },
    ("email", "sendgrid"): {"sendgrid": 16},
    # Of one file each source takes its own rows.
    ("crm", "klaviyo"): {"person": 2, "profiles": 1, "event": 1, "events": 1},
    ("email", "klaviyo"): {"event": 10, "events": 5},
    ("web", "klaviyo"): {"event": 3, "events": 2},
    ("crm", "marketo"): {"leads": 2},
    ("email", "marketo"): {"activities": 8},
    ("web", "marketo"): {"activities": 3},
    ("crm", "pardot"): {
        "prospect": 2,
        "prospects": 1,
        "prospect_account": 1,
        "opportunity": 3,
        "opportunity_prospect": 3,
        "visitor_activity": 5,
        "visitoractivities": 1,
    },
    ("email", "pardot"): {"visitor_activity": 7, "visitoractivities": 1},
    ("web", "pardot"): {"visitor_activity": 5, "visitoractivities": 1},
}

CONNECTED = "f240bbac-87c9-4f6e-bf70-924b57d47db7"  # HubSpot's ids of call outcomes
VOICEMAIL = "b2cf5968-551e-4856-9783-52b3da59a7d0"

# What the CRM tables say, and the activity that comes of it, if any does.
ACTIVITIES = {
    "hubspot": {
        ("call", CONNECTED): "call_connected",
        ("call", VOICEMAIL): "call_no_answer",
        ("call", ""): None,  # a call of which nobody said what came of it
        ("meeting", "scheduled"): "meeting_booked",
        ("meeting", "completed"): "meeting_attended",
        ("meeting", "attended"): "meeting_attended",
        ("meeting", "no_show"): "meeting_no_show",
        ("meeting", "canceled"): None,
        ("email", "sent"): "sales_email_sent",
        ("email", "replied"): "email_replied",
        ("note", ""): None,
        ("task", "not_started"): None,
    },
    "salesforce": {
        ("task call", "left voicemail"): "call_no_answer",
        # No row knows it, though a piece of it is known.
        ("task call", "connected - wants a demo"): None,
        ("task call", "asked for a call back"): "follow_up_requested",
        ("task call", "open"): None,
        ("task email", "completed"): "sales_email_sent",
        ("task", "completed"): None,
        ("task call", "completed"): None,
        ("task call", "not connected"): "call_no_answer",
        ("meeting", "booked"): "meeting_booked",
        ("meeting", "attended"): "meeting_attended",
        ("meeting", "canceled"): None,
        ("campaign webinar", "registered"): "webinar_registered",
        ("campaign webinar", "attended"): "webinar_attended",
        ("campaign webinar", "no show"): "webinar_no_show",
        ("campaign trade show", "visited booth"): "booth_visited",
        ("campaign email", "sent"): None,
    },
    "pardot": {
        ("webinar", "registered"): "webinar_registered",
        ("webinar", "attended"): "webinar_attended",
        ("event", "registered"): "event_registered",
        ("event", "attended"): "event_attended",
        ("chat", "started"): "chat_started",
    },
}
RELATIONSHIPS = {
    "hubspot": [("501", "partner"), ("502", "customer"), ("503", "other")],
    "salesforce": [("00101", "customer"), ("00102", "partner"), ("00103", "other")],
    "pardot": [("501", "other")],
}
UNKNOWN: dict[str, set[str]] = {
    "hubspot": {"48213377", "48213378", "48213379"},  # stages: the flags tell
    "salesforce": {"connected - wants a demo"},
    "pardot": set(),
}
# What `leadscore status` says of it.
TOLD: dict[str, list[tuple[str, str, int]]] = {
    "hubspot": [("currency of revenue", "JPY", 1)],
    "salesforce": [("call outcome", "connected - wants a demo", 1)],
    "pardot": [],
}


# --- deliveries -------------------------------------------------------------------


def queries(source: str, name: str) -> dict[str, str]:
    """The queries in the head of a map, by the file that they make."""
    path = PROJECT / "sources" / source / f"{name}.yml"
    found: dict[str, str] = {}
    table = ""
    for line in path.read_text().splitlines():
        if start := re.match(r"#   (\w+): (select .*)", line):
            table = start[1]
            found[table] = start[2]
        elif table and line.startswith("#    "):
            found[table] += " " + line[1:].strip()
        else:
            table = ""
    if call := found.get("engagement_call"):  # "the other engagements like the calls"
        for kind in ("meeting", "email", "note", "task"):
            found[f"engagement_{kind}"] = call.replace("_call", f"_{kind}")
    if activity := found.get("campaign_recipient_activity"):  # "like the first"
        for other in ("automation_recipient_activity", "unsubscribe"):
            found[other] = activity.replace("campaign_recipient_activity", other)
    return found


def joined(folder: Path, query: str, target: Path, suffix: str = "") -> bytes:
    """What a query makes of the tables of a folder, as CSV."""
    with duckdb.connect() as connection:
        for path in folder.glob(f"*{suffix}.csv"):
            connection.execute(
                f"create view {path.stem.removesuffix(suffix)} as "
                f"select * from read_csv('{path}', all_varchar = true, header = true)"
            )
        connection.execute(f"copy ({query}) to '{target}' (header)")
    return target.read_bytes()


def new_world(root: Path, name: str) -> World:
    world = World(root)
    world.settings = Settings(data=root / "data", maps=name)
    root.mkdir(parents=True, exist_ok=True)
    return world


def deliver_fixture(world: World, source: str, name: str) -> None:
    folder = FIXTURES / name
    made = queries(source, name)
    for table in DELIVERIES[source, name]:
        lines = folder / f"{'events' if table == 'sendgrid' else table}.jsonl"
        if lines.exists():
            world.deliver(f"{table}.jsonl", lines.read_bytes(), source=source)
        elif table in made:
            content = joined(folder, made[table], world.root / "joined.csv")
            world.deliver(f"{table}.csv", content, source=source)
        else:
            content = (folder / f"{table}.csv").read_bytes()
            world.deliver(f"{table}.csv", content, source=source)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], World]:
    """Gives the world in which a map's fixture was loaded; tests only read it."""
    worlds: dict[tuple[str, str], World] = {}

    def load(source: str, name: str) -> World:
        if (source, name) not in worlds:
            world = new_world(tmp_path_factory.mktemp(name), name)
            deliver_fixture(world, source, name)
            world.load(source=source)
            worlds[source, name] = world
        return worlds[source, name]

    return load


def rows(world: World, table: str, key: str) -> dict[str, dict[str, Any]]:
    """The rows of a raw table by their key: what is not null, without the lineage."""
    made: dict[str, dict[str, Any]] = {}
    for (columns,) in world.query(
        f"select found from (select * exclude (batch_id, source_row, extract_date) "
        f"from raw.{table}) as found"
    ):
        assert columns[key] not in made, f"{key} {columns[key]} stands twice"
        made[columns[key]] = {
            column: json.loads(value) if column == "attributes" else value
            for column, value in columns.items()
            if value is not None and column != key
        }
    return made


def activities(world: World) -> dict[str, tuple[object, ...]]:
    return {
        activity: columns
        for activity, *columns in world.query(
            "select activity_id, lead_id, activity_type, outcome, occurred_at::varchar "
            "from raw.crm_activities"
        )
    }


def outcomes(world: World, table: str) -> set[str]:
    return {
        column
        for (column,) in world.query(
            f"select column_name from raw.source_columns "
            f"where table_name = '{table}' and is_outcome"
        )
    }


def batches(world: World) -> dict[str, list[int]]:
    return {
        Path(file).stem: counts
        for file, *counts in world.query(
            "select file, rows_read, rows_loaded, rows_rejected from raw.batches "
            "order by table_name in ('crm_emails', 'crm_merges') desc"  # a file's own
        )
    }


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


# --- the maps ---------------------------------------------------------------------


@pytest.mark.parametrize(("source", "name"), MAPS)
def test_a_map_is_chosen_by_name_and_is_valid(
    tmp_path: Path, source: str, name: str
) -> None:
    [found] = load_maps(Settings(data=tmp_path, maps=name), source)
    assert (found.source, found.name) == (source, name)
    opportunities = [e for e in found.files if e.table == "crm_opportunities"]
    assert all(
        set(entry.outcomes) == {"is_won", "is_closed", "stage", "amount", "closed_at"}
        for entry in opportunities
    )


def test_the_list_of_maps_that_are_tested_is_whole() -> None:
    shipped = {
        (path.parent.name, path.stem)
        for source in ("crm", "email")
        for path in (PROJECT / "sources" / source).glob("*.yml")
    }
    tested = {place for place in MAPS if place[0] != "web"}  # see test_web_maps.py
    assert shipped - {("crm", "generic"), ("email", "generic")} == tested


def test_the_maps_of_one_vendor_are_chosen_together(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, maps="hubspot")
    assert [found.name for found in load_maps(settings, "crm")] == ["hubspot"]
    assert [found.name for found in load_maps(settings, "email")] == ["hubspot"]
    assert [found.name for found in load_maps(settings, "web")] == ["generic"]


@pytest.mark.parametrize(("source", "name"), list(DELIVERIES))
def test_every_row_of_a_delivery_is_loaded(
    loaded: Callable[[str, str], World], source: str, name: str
) -> None:
    assert batches(loaded(source, name)) == {
        table: [count, count, 0] for table, count in DELIVERIES[source, name].items()
    }


# --- words ------------------------------------------------------------------------


def seed(name: str) -> list[dict[str, str]]:
    with (MAPPINGS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


EMAIL_WORDS = {
    row["event_type"] for row in seed("activities") if row["source"] == "email"
}


@pytest.mark.parametrize("name", [name for source, name in MAPS if source == "email"])
def test_every_email_event_is_translated_to_a_word_of_ours(
    loaded: Callable[[str, str], World], name: str
) -> None:
    found = loaded("email", name).query("select event_type from raw.email_events")
    assert {word for (word,) in found} <= EMAIL_WORDS
    [source_map] = load_maps(Settings(maps=name), "email")
    for entry in source_map.files:
        sql = entry.columns["event_type"].sql or ""
        words = re.findall(r"then\s+'(\w+)'", sql)
        for pair in re.findall(r",\s+'(\w+)',\s+'(\w+)'\)", sql):  # if(..., 'a', 'b')
            words += pair
        assert set(words) <= EMAIL_WORDS
        assert words or entry.columns["event_type"].value in EMAIL_WORDS


@pytest.mark.parametrize("name", list(ACTIVITIES))
def test_every_word_of_a_crm_is_looked_up_in_the_mappings(
    loaded: Callable[[str, str], World], tmp_path: Path, name: str
) -> None:
    world = loaded("crm", name)
    with duckdb.connect() as connection:
        connection.execute(
            f"attach '{world.settings.warehouse}' as world (read_only); "
            "create schema raw"
        )
        for table in TABLES:
            connection.execute(f"create table raw.{table} as from world.raw.{table}")
        connection.execute(
            "create table raw.run_batches as select batch_id from world.raw.batches"
        )
        trial = cast(Trial, SimpleNamespace(connection=connection))
        models = Models(trial, Settings())
        kinds = models.rows(
            "select event_type, outcome, activity from {{ ref('int_event_kinds') }}"
        )
        unknown = models.rows(
            "select value from {{ ref('int_statuses') }} where meaning is null"
        )
        states = models.rows(
            "select account_id, relationship from {{ ref('int_account_traits') }} "
            "order by 1"
        )
        told = models.rows(
            "select field, word, record_count from {{ ref('int_unknown_words') }} "
            "order by record_count desc, field, word"
        )
    assert told == TOLD[name]
    found = {(kind, outcome): activity for kind, outcome, activity in kinds}
    assert found == ACTIVITIES[name]
    # The words of the email tool, and of chats, stand in activities.csv itself.
    assert {word for (word,) in unknown} - {"replied", "started"} == UNKNOWN[name]
    assert states == RELATIONSHIPS[name]


@pytest.mark.parametrize(
    ("name", "machines", "people"),
    [
        ("hubspot", {"e06", "a1"}, {"e04", "e05", "a2"}),
        ("sendgrid", {"g05"}, {"g04"}),
        ("marketo", {"9004"}, {"9003", "9005"}),
        ("klaviyo", {"K03", "E03"}, set()),
    ],
)
def test_opens_of_machines_are_marked_by_a_user_agent_that_we_know(
    loaded: Callable[[str, str], World], name: str, machines: set[str], people: set[str]
) -> None:
    patterns = [row["pattern"].replace("%", "") for row in seed("crawlers")]
    found = loaded("email", name).query(
        "select event_id, lower(user_agent) from raw.email_events "
        "where user_agent is not null"
    )
    marked = {
        event
        for event, user_agent in found
        if any(pattern in user_agent for pattern in patterns)
    }
    assert marked == machines
    assert people <= {event for event, _ in found}


# --- Marketo, Pardot and Klaviyo: who is named by an id ---------------------------

LEFT_OUT = {
    ("crm", "klaviyo"): {"event": 14, "events": 8},
    ("email", "klaviyo"): {"event": 5, "events": 4},
    ("web", "klaviyo"): {"event": 12, "events": 7},
    ("email", "marketo"): {"activities": 5},
    ("web", "marketo"): {"activities": 10},
    ("crm", "pardot"): {"visitor_activity": 15, "visitoractivities": 2},
    ("email", "pardot"): {"visitor_activity": 13, "visitoractivities": 2},
    ("web", "pardot"): {"visitor_activity": 15, "visitoractivities": 2},
}

# What becomes of mails: event, lead, campaign, type, path.
MAILS = {
    "marketo": """
        9001,1001,71,sent,
        9002,1001,71,delivered,
        9003,1001,71,opened,
        9004,1001,71,opened,
        9005,1001,71,clicked,https://our.example/pricing
        9006,1002,71,bounced_hard,
        9007,1002,71,bounced_soft,
        9008,1002,71,unsubscribed,
    """,
    "pardot": """
        701,301,82,sent,
        702,301,82,opened,
        703,301,82,clicked,
        704,301,82,clicked,/unsubscribe
        705,302,83,bounced_soft,
        706,302,81,complained,
        707,302,,resubscribed,
        802,303,81,opened,
    """,
    "klaviyo": """
        E01,01C,M1,bounced_hard,
        E02,01C,M1,clicked,https://our.example/demo
        E03,01C,M1,opened,
        E04,01C,,unsubscribed,
        E05,01C,,resubscribed,
        K01,01A,C1,delivered,
        K02,01A,C1,opened,
        K03,01A,C1,opened,
        K04,01A,C1,clicked,https://our.example/pricing
        K05,01B,C1,bounced_hard,
        K06,01B,C1,bounced_soft,
        K07,01B,C1,bounced_soft,
        K08,01B,C1,complained,
        K09,01B,F1,unsubscribed,
        K10,01A,,subscription_changed,
    """,
}
# What was done on the website: event, visitor, lead, session, type, name, URL, medium.
VISITS = {
    "marketo": """
        9009,,1001,,page_view,,/pricing.html?utm_source=google&utm_medium=cpc&utm_campaign=spring%20sale,cpc
        9010,,1001,,page_view,,/blog/one,
        9011,,1001,,form_submitted,Request a Demo,,
    """,
    "pardot": """
        709,41,301,51,page_view,,,
        710,41,301,51,page_view,Demo request,,
        711,41,301,51,form_submitted,Demo request,,
        712,42,,,file_downloaded,Guide,,
        713,42,,,site_search,,,
        801,43,303,52,form_submitted,Contact us,,
    """,
    "klaviyo": """
        E06,,01C,,page_view,,https://our.example/blog/one,
        E07,,01C,,form_submitted,Newsletter,,
        K11,,01A,,page_view,,https://our.example/pricing,
        K12,,01A,,page_view,,https://our.example/products/crane,
        K13,,01A,,form_submitted,Request a quote,,
    """,
}


def lines_of(world: World, columns: str, table: str) -> list[str]:
    texts = ", ".join(f"coalesce({name}, '')" for name in columns.split())
    return [
        ",".join(row)
        for row in world.query(f"select {texts} from raw.{table} order by event_id")
    ]


@pytest.mark.parametrize("name", list(MAILS))
def test_mails_to_people_known_by_an_id(
    loaded: Callable[[str, str], World], name: str
) -> None:
    columns = "event_id lead_id campaign_id event_type url"
    found = lines_of(loaded("email", name), columns, "email_events")
    assert found == [line.strip() for line in MAILS[name].strip().splitlines()]


@pytest.mark.parametrize("name", list(VISITS))
def test_what_people_known_by_an_id_did_on_the_website(
    loaded: Callable[[str, str], World], name: str
) -> None:
    columns = (
        "event_id visitor_id lead_id session_id event_type event_name url utm_medium"
    )
    found = lines_of(loaded("web", name), columns, "web_events")
    assert found == [line.strip() for line in VISITS[name].strip().splitlines()]


@pytest.mark.parametrize(("source", "name"), list(LEFT_OUT))
def test_what_a_map_does_not_want_of_a_file_is_counted(
    loaded: Callable[[str, str], World], source: str, name: str
) -> None:
    found = loaded(source, name).query(
        "select file, rows_left_out from raw.batches where rows_left_out > 0"
    )
    left_out = {Path(file).stem: count for file, count in found}
    assert left_out == LEFT_OUT[source, name]


def test_times_of_a_salesforce_user_are_brought_to_utc(
    loaded: Callable[[str, str], World],
) -> None:
    times = loaded("web", "pardot").query(
        "select event_id, occurred_at from raw.web_events "
        "where event_id in ('709', '801') order by 1"
    )
    assert times == [
        ("709", at("2026-11-19 10:00:09")),
        ("801", at("2026-11-19 10:00")),
    ]


def test_marketo_leads(loaded: Callable[[str, str], World]) -> None:
    assert rows(loaded("crm", "marketo"), "crm_leads", "lead_id") == {
        "1001": {
            "email": "ada@north.example",
            "first_name": "Ada",
            "last_name": "Nord",
            "job_title": "VP Marketing",
            "phone": "+44 20 7946 0101",
            "company_name": "North Ltd",
            "industry": "Software",
            "employee_count": 120,
            "annual_revenue": Decimal("5000000.00"),
            "country": "United Kingdom",
            "region": "Kent",
            "city": "Dover",
            "lead_source": "Webinar",
            "status": "Working",
            "do_not_contact": False,
            "created_at": at("2026-10-01 08:30:00"),
            "updated_at": at("2026-11-19 17:00:00"),
            "attributes": {"productInterest": "Cranes"},
        },
        "1002": {
            "email": "ben@south.example",
            "first_name": "Ben",
            "last_name": "Sud",
            "do_not_contact": True,
            "created_at": at("2026-10-02 08:30:00"),
            "updated_at": at("2026-11-19 17:00:00"),
        },
    }


def test_pardot_prospects_of_both_layouts(loaded: Callable[[str, str], World]) -> None:
    prospects = rows(loaded("crm", "pardot"), "crm_leads", "lead_id")
    told = ("first_name", "account_id", "do_not_contact", "is_deleted", "created_at")
    assert {
        lead_id: [cells.get(name) for name in told]
        for lead_id, cells in prospects.items()
    } == {
        "301": ["Ada", "501", False, False, at("2026-10-01 08:30:00")],
        "302": ["Ben", None, True, True, at("2026-10-02 08:30:00")],
        "303": ["Cy", None, True, False, at("2026-10-01 13:30:00")],
    }
    assert prospects["301"]["attributes"] == {"budget": "10k"}
    assert prospects["301"]["employee_count"] == 120
    assert prospects["301"]["annual_revenue"] == Decimal("5000000.00")
    # "about 50" and "plenty" are no numbers, and unknown.
    assert not {"employee_count", "annual_revenue"} & set(prospects["302"])
    accounts = rows(loaded("crm", "pardot"), "crm_accounts", "account_id")
    assert accounts["501"]["domain"] == "north.example"
    assert accounts["501"]["employee_count"] == 120


def linked(world: World) -> set[tuple[str, str, str]]:
    found = world.query(
        "select link_id, opportunity_id, lead_id from raw.crm_opportunity_leads"
    )
    return cast(set[tuple[str, str, str]], set(found))


def test_pardot_opportunities_are_those_of_all_their_prospects(
    loaded: Callable[[str, str], World],
) -> None:
    assert linked(loaded("crm", "pardot")) == {
        ("601 301", "601", "301"),
        ("601 302", "601", "302"),
        ("602 302", "602", "302"),
    }
    found = rows(loaded("crm", "pardot"), "crm_opportunities", "opportunity_id")
    told = ("stage", "is_won", "is_closed", "amount")
    assert {
        opportunity: [cells.get(name) for name in told]
        for opportunity, cells in found.items()
    } == {
        "601": ["Won", True, True, Decimal("50000.00")],
        "602": ["Open", False, False, None],
        "603": ["Lost", False, True, Decimal("100.00")],
    }


def test_klaviyo_profiles_and_orders_of_both_layouts(
    loaded: Callable[[str, str], World],
) -> None:
    profiles = rows(loaded("crm", "klaviyo"), "crm_leads", "lead_id")
    assert profiles["01C"] == {
        "email": "cy@west.example",
        "first_name": "Cy",
        "last_name": "West",
        "job_title": "CTO",
        "company_name": "West AG",
        "country": "Germany",
        "region": "NRW",
        "city": "Bonn",
        "lead_source": "Referral",
        "do_not_contact": True,
        "created_at": at("2026-10-01 08:30:00"),
        "updated_at": at("2026-11-19 17:00:00"),
        "attributes": {"$source": "Referral", "size": "large"},
    }
    assert profiles["01A"]["lead_source"] == "Website Form"
    assert profiles["01A"]["attributes"] == {"custom_size": "large"}
    assert profiles["01B"]["is_deleted"]
    known = load_vocabulary(loaded("crm", "klaviyo").settings, MAPPINGS)
    assert known.columns["attribute."] == {"custom_size", "$source", "size"}
    orders = rows(loaded("crm", "klaviyo"), "crm_opportunities", "opportunity_id")
    told = ("lead_id", "amount", "currency", "is_won", "closed_at")
    assert {key: [cells[name] for name in told] for key, cells in orders.items()} == {
        "K14": ["01A", Decimal("49.90"), "EUR", True, at("2026-11-19 10:00:14")],
        "E08": ["01C", Decimal("12.50"), "EUR", True, at("2026-11-19 10:00:08")],
    }


# --- HubSpot ----------------------------------------------------------------------


def test_hubspot_contacts(loaded: Callable[[str, str], World]) -> None:
    contacts = rows(loaded("crm", "hubspot"), "crm_leads", "lead_id")
    assert contacts == {
        "101": {
            "email": "ada@north.example",
            "first_name": "Ada",
            "last_name": "Nord",
            "job_title": "VP Marketing",
            "phone": "+44 20 7946 0101",  # the mobile one
            "company_name": "North Ltd",
            "account_id": "501",
            "country": "United Kingdom",
            "region": "Kent",
            "city": "Dover",
            "lead_source": "ORGANIC_SEARCH",
            "owner_id": "9001",
            "status": "IN_PROGRESS",
            "lifecycle_stage": "salesqualifiedlead",
            "do_not_contact": False,
            "is_deleted": False,
            "created_at": at("2026-10-01 08:30:00"),
            "updated_at": at("2026-11-19 17:00:00.5"),
            "attributes": {
                "property_num_associated_deals": "1",
                "property_budget_range": "10-50k",
            },
        },
        "102": {
            "email": "ben@south.example",
            "first_name": "Ben",
            "last_name": "Sud",
            "phone": "+44 20 7946 0102",
            "company_name": "South plc",
            "account_id": "502",
            "lead_source": "OFFLINE",
            "status": "UNQUALIFIED",
            "lifecycle_stage": "customer",
            "do_not_contact": True,
            "is_deleted": False,
            "created_at": at("2026-09-01 08:30:00"),
            "updated_at": at("2026-09-01 08:30:00"),
            "converted_at": at("2026-09-20 10:00:00"),
            "attributes": {
                "property_num_associated_deals": "2",
            },
        },
        "103": {
            "is_deleted": True,
            "created_at": at("2026-08-01"),
            "updated_at": at("2026-08-01"),
        },
    }


def test_hubspot_contacts_may_come_with_few_properties(tmp_path: Path) -> None:
    world = new_world(tmp_path, "hubspot")
    world.deliver(
        "contact.csv",
        "id,property_email,property_firstname,property_lastname,property_createdate,"
        "property_ip_city,property_ip_state,property_ip_country,property_company_size,"
        "property_hs_email_optout_6199521,property_hs_lifecyclestage_other_date\n"
        "1,ada@north.example,Ada,Nord,2026-11-01,Dover,Kent,UK,5,true,2026-11-01\n",
    )
    world.load()
    [contact] = rows(world, "crm_leads", "lead_id").values()
    assert {*contact} == {
        "email",
        "first_name",
        "last_name",
        "created_at",
        "updated_at",
        "attributes",
    }
    assert len(contact["attributes"]) == 6


def test_hubspot_outcomes(loaded: Callable[[str, str], World]) -> None:
    assert outcomes(loaded("crm", "hubspot"), "crm_leads") == {
        "status",
        "converted_at",
        "lifecycle_stage",
        "property_num_associated_deals",
    }


def test_owners_have_names(loaded: Callable[[str, str], World]) -> None:
    asked = (
        "select owner_id, name, is_active, is_deleted from raw.crm_owners order by 1"
    )
    assert loaded("crm", "hubspot").query(asked) == [
        ("7001", "Olga Own", None, False),
        ("7002", "Team", None, True),
    ]
    assert loaded("crm", "salesforce").query(asked) == [
        ("00501", "Olga Own", True, None),
        ("00502", "Bob Gone", False, None),
    ]


def test_hubspot_companies(loaded: Callable[[str, str], World]) -> None:
    assert rows(loaded("crm", "hubspot"), "crm_accounts", "account_id") == {
        "501": {
            "name": "North Ltd",
            "domain": "north.example",
            "industry": "COMPUTER_SOFTWARE",
            "employee_count": 250,
            "annual_revenue": Decimal("12500000.50"),
            "currency": "USD",
            "country": "United Kingdom",
            "account_type": "RESELLER",
            "lifecycle_stage": "lead",
            "is_deleted": False,
            "updated_at": at("2026-11-01 09:00:00"),
            "attributes": {"property_hs_all-odd-name": "23"},
        },
        "502": {
            "name": "South plc",
            "domain": "south.example",
            "account_type": "PROSPECT",
            "lifecycle_stage": "customer",
            "is_deleted": False,
            "updated_at": at("2026-02-01 09:00:00"),
        },
        "503": {
            "name": "Gone GmbH",
            "annual_revenue": Decimal("5.00"),
            "currency": "JPY",
            "account_type": "OTHER",
            "is_deleted": True,
        },
    }


def test_hubspot_deals_are_closed_only_if_hubspot_says_so(
    loaded: Callable[[str, str], World],
) -> None:
    found = loaded("crm", "hubspot").query(
        "select opportunity_id, account_id, amount, is_won, is_closed, "
        "is_deleted, closed_at::varchar from raw.crm_opportunities order by 1"
    )
    first, third = Decimal("12000.50"), Decimal("900.00")
    assert found == [
        # HubSpot's own stage will tell.
        ("701", "502", first, None, None, False, "2026-10-05 10:00:00"),
        # The close date is only hoped for.
        ("702", None, None, None, None, False, None),
        # A stage of their own: by the flags, or else by the probability.
        ("703", None, third, True, True, False, "2026-11-10 12:00:00"),
        ("704", "502", None, False, True, False, "2026-11-11 12:00:00"),
        ("705", None, None, False, False, True, None),
    ]
    assert loaded("crm", "hubspot").query(
        "select opportunity_id, into_opportunity_id from raw.crm_opportunity_merges"
    ) == [("700", "701")]
    assert linked(loaded("crm", "hubspot")) == {
        ("701 102", "701", "102"),
        ("702 102", "702", "102"),
        ("702 101", "702", "101"),
        ("703 101", "703", "101"),
    }


def test_hubspot_deals_of_which_nothing_says_whether_they_are_closed_are_unknown(
    tmp_path: Path,
) -> None:
    world = new_world(tmp_path, "hubspot")
    header = (
        "deal_id,deal_pipeline_stage_id,property_amount,property_closedate,"
        "property_createdate,is_deleted\n"
    )
    row = ",,2026-11-10,2026-11-01,false\n"
    world.deliver("deal.csv", f"{header}1,contractsent{row}2,closedlost{row}3,{row}")
    world.deliver("deal-2.csv", f"{header}4,48213377{row}")
    world.load()
    assert world.query(
        "select opportunity_id, is_won, is_closed, closed_at::varchar "
        "from raw.crm_opportunities order by 1"
    ) == [
        ("1", None, None, None),
        ("2", None, None, "2026-11-10 00:00:00"),
        ("3", None, None, None),
        ("4", None, None, None),
    ]


def test_hubspot_export(tmp_path: Path) -> None:
    world = new_world(tmp_path, "hubspot_export")
    world.deliver(
        "hubspot-crm-exports-all-contacts-2026-11-20.csv",
        """\
Record ID,First Name,Last Name,Email,Job Title,Phone Number,Mobile Phone Number,\
Company Name,Associated Company IDs,Country/Region,Original Source,Contact owner,\
Lead Status,Lifecycle Stage,Unsubscribed from all email,Create Date,\
Became a Customer Date,Budget Range
101,Ada,Nord,ada@north.example,VP Marketing,,+44 20 7946 0101,\
North Ltd,501; 502,United Kingdom,Organic search,Olga Own (olga@us.example),\
In Progress,Lead,No,2026-10-01 08:30,,10-50k
102,Ben,Sud,ben@south.example,,,,,,,Offline sources,,\
Unqualified,Customer,Yes,2026-09-01 08:30,2026-10-05 10:00,
""",
    )
    world.deliver(
        "all-companies.csv",
        """\
Record ID,Company name,Company Domain Name,Industry,Number of Employees,\
Annual Revenue,Country/Region,Type,Lifecycle Stage,Create Date,Last Modified Date
501,North Ltd,north.example,Computer Software,250,12500000.50,\
United Kingdom,Reseller,Lead,2026-01-01 09:00,2026-11-01 09:00
502,South plc,south.example,,,,,Prospect,Customer,2026-02-01 09:00,
""",
    )
    world.deliver(
        "all-deals.csv",
        """\
Record ID,Deal Name,Deal Stage,Amount,Close Date,Create Date,\
Associated Company IDs,Associated Contact IDs
701,First,Closed won (Sales Pipeline),12000.5,2026-10-05 10:00,2026-09-20 10:00,501,101
702,Second,Appointment scheduled,,2027-03-31 00:00,2026-11-01 10:00,501,
703,Third,Closed lost,900,2026-11-10 12:00,2026-10-20 10:00,,102;101
704,Fourth,Waiting for legal,900,2026-11-10 12:00,2026-10-20 10:00,,102
""",
    )
    world.load()
    contacts = rows(world, "crm_leads", "lead_id")
    assert contacts["101"] == {
        "email": "ada@north.example",
        "first_name": "Ada",
        "last_name": "Nord",
        "job_title": "VP Marketing",
        "phone": "+44 20 7946 0101",
        "company_name": "North Ltd",
        "account_id": "501",
        "country": "United Kingdom",
        "lead_source": "Organic search",
        "owner_id": "Olga Own (olga@us.example)",
        "status": "In Progress",
        "lifecycle_stage": "Lead",
        "do_not_contact": False,
        "created_at": at("2026-10-01 08:30"),
        "updated_at": at("2026-10-01 08:30"),
        "attributes": {"Budget Range": "10-50k"},
    }
    assert contacts["102"]["status"] == "Unqualified"
    assert contacts["102"]["do_not_contact"] is True
    assert contacts["102"]["converted_at"] == at("2026-10-05 10:00")
    assert "lifecycle_stage" in outcomes(world, "crm_leads")
    accounts = rows(world, "crm_accounts", "account_id")
    assert [
        (accounts[key]["account_type"], accounts[key]["lifecycle_stage"])
        for key in ("501", "502")
    ] == [("Reseller", "Lead"), ("Prospect", "Customer")]
    assert accounts["501"]["employee_count"] == 250
    assert world.query(
        "select opportunity_id, lead_id, account_id, is_won, closed_at::varchar "
        "from raw.crm_opportunities order by opportunity_id"
    ) == [
        ("701", None, "501", None, "2026-10-05 10:00:00"),
        ("702", None, "501", None, None),
        ("703", "102", None, None, "2026-11-10 12:00:00"),
        # Nothing says whether it is closed.
        ("704", "102", None, None, None),
    ]


def test_hubspot_engagements(loaded: Callable[[str, str], World]) -> None:
    assert activities(loaded("crm", "hubspot")) == {
        # A call with two people is an activity of each; 804 was with nobody.
        "801-101": ["101", "call", CONNECTED, "2026-11-10 10:00:00"],
        "801-102": ["102", "call", CONNECTED, "2026-11-10 10:00:00"],
        "802-101": ["101", "call", VOICEMAIL, "2026-11-11 10:00:00"],
        "803-101": ["101", "call", None, "2026-11-12 10:00:00"],
        # Booked when it was entered, attended or missed when it began.
        "811-101-scheduled": ["101", "meeting", "SCHEDULED", "2026-11-02 09:00:00"],
        "812-101-completed": ["101", "meeting", "COMPLETED", "2026-11-05 15:00:00"],
        "813-101-no_show": ["101", "meeting", "NO_SHOW", "2026-11-06 15:00:00"],
        "814-101-canceled": ["101", "meeting", "CANCELED", "2026-11-07 15:00:00"],
        "815-101": ["101", "meeting", "attended", "2026-11-08 15:00:00"],
        "821-101": ["101", "email", "sent", "2026-11-13 10:00:00"],
        "822-101": ["101", "email", "replied", "2026-11-14 10:00:00"],
        "831-101": ["101", "note", None, "2026-11-15 10:00:00"],
        # Not when it is due.
        "841-101": ["101", "task", "not_started", "2026-11-16 10:00:00"],
    }


@pytest.mark.parametrize(
    ("name", "merges"),
    [
        (
            "hubspot",
            [
                ("103", "102", None),
                ("104", "102", None),
                ("90", "101", "2026-10-02 08:15:00"),
            ],
        ),
        (
            "salesforce",
            [
                ("00Q02", "00301", "2026-10-05 00:00:00"),  # the conversion
                ("00Q03", "00Q01", "2026-08-02 00:00:00"),
            ],
        ),
    ],
)
def test_merged_records_are_told(
    loaded: Callable[[str, str], World], name: str, merges: list[tuple[str, ...]]
) -> None:
    found = loaded("crm", name).query(
        "select merged_id, into_id, merged_at::varchar from raw.crm_merges order by 1"
    )
    assert found == merges


def test_hubspot_email_events(loaded: Callable[[str, str], World]) -> None:
    found = loaded("email", "hubspot").query(
        "select event_id, lower(email), campaign_id, event_type, url, occurred_at "
        "from raw.email_events order by event_id"
    )
    ada, ben = "ada@north.example", "ben@south.example"
    offer = "https://us.example/offer"
    assert found[:5] == [
        ("a1", ada, "3001", "opened", None, at("2026-11-06 08:00:00.123")),
        ("a2", ada, "3001", "clicked", offer, at("2026-11-06 08:00:01")),
        ("a3", ben, "3001", "bounced_hard", None, at("2026-11-06 08:00:02")),
        ("a4", ben, None, "unsubscribed", None, at("2026-11-06 08:00:03")),
        ("e01", ada, "3001", "sent", None, at("2026-11-10 08:00:00.1")),
    ]
    assert [(event, word) for event, _, _, word, *_ in found[5:]] == [
        ("e02", "sent"),
        ("e03", "delivered"),
        ("e04", "opened"),
        ("e05", "clicked"),
        ("e06", "opened"),
        ("e07", "bounced_hard"),  # an unknown user
        ("e08", "bounced_soft"),  # a full mailbox
        ("e09", "bounced_hard"),  # dropped, as it had bounced before
        ("e10", "bounced_soft"),  # dropped, as they had unsubscribed before
        ("e11", "bounced_soft"),
        ("e12", "complained"),
        ("e13", "unsubscribed"),
        ("e14", "resubscribed"),
        ("e15", "opened"),  # printed
        ("e16", "opened"),  # forwarded
    ]
    assert found[8][4:] == (f"{offer}?a=1,2", at("2026-11-10 09:01:00"))
    assert found[10][5] == at("2026-11-10 08:00:04")  # written with UTC behind


# --- Salesforce -------------------------------------------------------------------


def test_salesforce_leads_and_contacts_are_records_of_one_kind(
    loaded: Callable[[str, str], World],
) -> None:
    assert rows(loaded("crm", "salesforce"), "crm_leads", "lead_id") == {
        "00Q01": {
            "email": "ada@north.example",
            "first_name": "Ada",
            "last_name": "Nord",
            "job_title": "VP Marketing",
            "phone": "+44 20 7946 0101",  # the mobile one
            "company_name": "North Ltd",
            "employee_count": 250,
            "annual_revenue": Decimal("12500000.00"),
            "country": "GB",  # the code, whatever the text beside it
            "region": "KEN",
            "city": "Dover",
            "lead_source": "Web",
            "owner_id": "00501",
            "status": "Working - Contacted",
            "do_not_contact": False,
            "is_deleted": False,
            "created_at": at("2026-10-01 08:30:00"),
            "updated_at": at("2026-11-19 17:00:00"),
            "attributes": {
                "is_converted": "FALSE",
                "last_activity_date": "2026-11-18",
                "budget_c": "10,000 to 50,000",
            },
        },
        "00Q02": {
            "email": "ben@south.example",
            "first_name": "Ben",
            "last_name": "Sud",
            "phone": "+44 20 7946 0102",
            "company_name": "South plc",
            "country": "US",
            "region": "Ohio",
            "lead_source": "Partner",
            "owner_id": "00501",
            "status": "Closed - Converted",
            "do_not_contact": True,
            "is_deleted": False,
            "created_at": at("2026-09-01 08:30:00"),
            "updated_at": at("2026-10-05 10:00:00"),
            "converted_at": at("2026-10-05"),
            "attributes": {
                "is_converted": "TRUE",
                "converted_account_id": "00101",
                "converted_opportunity_id": "00601",
            },
        },
        # Merged into 00Q01.
        "00Q03": {
            "last_name": "Nord",
            "company_name": "[not provided]",
            "owner_id": "00501",
            "status": "Closed - Not Converted",
            "do_not_contact": False,
            "is_deleted": True,
            "created_at": at("2026-08-01"),
            "updated_at": at("2026-08-02"),
            "attributes": {"master_record_id": "00Q01", "is_converted": "false"},
        },
        # The same person as 00Q02; may be mailed but not called.
        "00301": {
            "email": "ben@south.example",
            "first_name": "Ben",
            "last_name": "Sud",
            "job_title": "Head of Buying",
            "phone": "+44 20 7946 0102",
            "account_id": "00101",
            "country": "US",
            "region": "Ohio",
            "city": "Akron",
            "lead_source": "Partner",
            "owner_id": "00501",
            "do_not_contact": True,
            "is_deleted": False,
            "created_at": at("2026-10-05 10:00:00"),
            "updated_at": at("2026-11-01 10:00:00"),
            "attributes": {"persona_c": "Buyer"},
        },
    }


def test_salesforce_outcomes(loaded: Callable[[str, str], World]) -> None:
    world = loaded("crm", "salesforce")
    assert outcomes(world, "crm_leads") == {
        "status",
        "converted_at",
        "is_converted",
        "converted_account_id",
        "converted_opportunity_id",
        "last_activity_date",
    }
    assert outcomes(world, "crm_accounts") == {"account_type"}


def test_salesforce_accounts(loaded: Callable[[str, str], World]) -> None:
    found = loaded("crm", "salesforce").query(
        "select account_id, domain, employee_count, annual_revenue, country, "
        "account_type, is_deleted from raw.crm_accounts order by 1"
    )
    domain, revenue = "south.example", Decimal("98000000.25")
    assert found == [
        ("00101", domain, 1200, revenue, "US", "Customer - Direct", False),
        ("00102", domain, None, None, None, "Channel Partner / Reseller", True),
        ("00103", None, None, None, "GB", "Prospect", False),
    ]


def test_salesforce_opportunities_are_closed_only_if_salesforce_says_so(
    loaded: Callable[[str, str], World],
) -> None:
    found = loaded("crm", "salesforce").query(
        "select opportunity_id, account_id, amount, is_won, is_closed, is_deleted, "
        "closed_at::varchar from raw.crm_opportunities order by 1"
    )
    won, lost = Decimal("24120000.00"), Decimal("500.50")
    assert found == [
        ("00601", "00101", won, True, True, False, "2026-11-03 00:00:00"),
        ("00602", "00103", None, False, False, False, None),
        ("00603", "00103", lost, False, True, True, "2026-11-11 00:00:00"),
    ]


def test_salesforce_activities(loaded: Callable[[str, str], World]) -> None:
    assert activities(loaded("crm", "salesforce")) == {
        "00T01": ["00Q01", "task Call", "Left Voicemail", "2026-11-10 10:05:00"],
        "00T02": [
            "00301",
            "task Call",
            "Connected - wants a demo",
            "2026-11-11 00:00:00",
        ],
        "00T03": ["00301", "task Call", "Asked for a call back", "2026-11-12 10:05:00"],
        "00T04": ["00301", "task Call", "open", "2026-11-13 10:00:00"],  # due in 2027
        "00T05": ["00Q01", "task Email", "completed", "2026-11-14 10:00:00"],
        "00T06": ["00Q01", "task", "completed", "2026-11-15 10:00:00"],
        "00T07": ["00Q01", "task Call", "completed", "2026-11-16 10:00:00"],
        "00T08": ["00Q01", "task Call", "Not Connected", "2026-11-17 10:00:00"],
        # Entered ahead of its time, afterwards, and taken back.
        "00U01": ["00Q01", "meeting", "booked", "2026-11-02 09:00:00"],
        "00U02": ["00301", "meeting", "attended", "2026-11-08 12:00:00"],
        "00U03": ["00301", "meeting", "canceled", "2026-11-02 09:00:00"],
        "00v01-registered": [
            "00Q01",
            "campaign Webinar",
            "Registered",
            "2026-11-03 00:00:00",
        ],
        "00v02-attended": [
            "00301",
            "campaign Webinar",
            "Attended",
            "2026-11-09 10:00:00",
        ],
        "00v03-no show": [
            "00Q04",
            "campaign Webinar",
            "No Show",
            "2026-11-09 10:00:00",
        ],
        "00v04-visited booth": [
            "00Q01",
            "campaign Trade Show",
            "Visited Booth",
            "2026-11-04 10:00:00",
        ],
        "00v05-sent": ["00Q01", "campaign Email", "Sent", "2026-11-05 10:00:00"],
    }


def test_salesforce_export_reads_api_names_as_salesforce_reads_tables(
    loaded: Callable[[str, str], World], tmp_path: Path
) -> None:
    tables = loaded("crm", "salesforce")
    exports = new_world(tmp_path, "salesforce_export")
    for path in (tables.settings.extracts / "crm").glob("*/*.csv"):
        header, rest = path.read_text().split("\n", 1)
        names = [
            "".join(part.capitalize() for part in name.split("_"))
            for name in header.replace("_fivetran", "fivetran").split(",")
        ]
        # Data Export writes 1 and 0, Data Loader times with T and Z.
        rest = re.sub(r"\btrue\b", "1", rest, flags=re.I)
        rest = re.sub(r"\bfalse\b", "0", rest, flags=re.I)
        rest = re.sub(r"(\d\d)[ ](\d\d:\d\d:\d\d)( UTC)?", r"\1T\2.000Z", rest)
        name = "".join(part.capitalize() for part in path.stem.split("_"))
        exports.deliver(f"{name}.csv", ",".join(names) + "\n" + rest)
    exports.load()
    for table, key in [
        ("crm_leads", "lead_id"),
        ("crm_accounts", "account_id"),
        ("crm_opportunities", "opportunity_id"),
        ("crm_activities", "activity_id"),
        ("crm_merges", "merged_id"),
    ]:
        expected, found = rows(tables, table, key), rows(exports, table, key)
        for row in (*expected.values(), *found.values()):
            row.pop("attributes", None)
        assert found == expected
    assert len(outcomes(exports, "crm_leads")) == len(outcomes(tables, "crm_leads"))


# --- Mailchimp and SendGrid -------------------------------------------------------


def test_mailchimp_events(loaded: Callable[[str, str], World]) -> None:
    found = loaded("email", "mailchimp").query(
        "select lower(email), campaign_id, event_type, url, occurred_at::varchar "
        "from raw.email_events order by campaign_id, occurred_at, event_type, email"
    )
    ada, ben = "ada@north.example", "ben@south.example"
    offer = "https://us.example/offer?a=1,2"
    assert found == [
        (ada, "c1", "sent", None, "2026-11-10 08:00:00"),
        (ben, "c1", "sent", None, "2026-11-10 08:00:00"),
        (ben, "c1", "bounced_soft", None, "2026-11-10 08:00:04"),
        (ben, "c1", "bounced_hard", None, "2026-11-10 08:00:05"),
        (ada, "c1", "opened", None, "2026-11-10 09:00:00"),
        (ada, "c1", "clicked", offer, "2026-11-10 09:01:00"),
        (ben, "c1", "unsubscribed", None, "2026-11-12 09:00:00"),
        (ada, "c1", "complained", None, "2026-11-13 09:00:00"),
        # From the API: a bounce has a type, times have offsets.
        (ben, "c2", "bounced_hard", None, "2026-11-14 08:00:00"),
        (ada, "c2", "opened", None, "2026-11-14 09:00:00"),
        (ada, "c2", "clicked", "https://us.example/", "2026-11-14 09:01:00"),
        (ada, "w1", "opened", None, "2026-11-11 09:00:00"),
    ]


def test_sendgrid_events(loaded: Callable[[str, str], World]) -> None:
    found = loaded("email", "sendgrid").query(
        "select event_id, event_type, campaign_id from raw.email_events order by 1"
    )
    message = "14c5d75ce93"
    assert found == [
        ("g01", "sent", message),
        ("g02", "bounced_soft", message),  # deferred
        ("g03", "delivered", message),
        ("g04", "opened", message),
        ("g05", "opened", message),
        ("g06", "clicked", message),
        ("g07", "bounced_hard", message),
        ("g08", "bounced_soft", message),  # blocked
        ("g09", "bounced_hard", message),  # dropped, as it had bounced before
        ("g10", "bounced_soft", message),  # dropped, as they had unsubscribed before
        ("g11", "bounced_soft", message),  # dropped for what we sent
        ("g12", "complained", message),
        ("g13", "unsubscribed", message),
        ("g14", "subscription_changed", message),
        ("g15", "subscription_changed", message),
        ("g16", "opened", "s1"),
    ]
    assert loaded("email", "sendgrid").query(
        "select email, url, user_agent, occurred_at from raw.email_events "
        "where event_id = 'g06'"
    ) == [
        (
            "ada@north.example",
            "https://us.example/offer?a=1",
            "Mozilla/5.0 Firefox/143.0",
            at("2026-11-06 08:00:06"),
        )
    ]


def test_a_day_of_sendgrid_without_bounces_and_opens_is_read(tmp_path: Path) -> None:
    world = new_world(tmp_path, "sendgrid")
    lines = (FIXTURES / "sendgrid" / "events.jsonl").read_text().splitlines()
    world.deliver("sendgrid.jsonl", lines[0] + "\n", source="email")
    world.load(source="email")
    assert world.query(
        "select event_id, event_type, user_agent from raw.email_events"
    ) == [("g01", "sent", None)]


# --- typed files ------------------------------------------------------------------

TYPED = """
    case
        when bool_and(lower({0}) in ('true', 'false')) then 'boolean'
        when bool_and(regexp_full_match({0}, '[1-9][0-9]*')) then 'bigint'
        when bool_and(regexp_full_match({0}, '[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}.+'))
            then 'timestamptz'
        else 'varchar'
    end
"""


@pytest.mark.parametrize(
    ("source", "name"), [key for key in DELIVERIES if key[1] != "sendgrid"]
)
def test_parquet_with_types_is_read_as_csv_is(
    loaded: Callable[[str, str], World], tmp_path: Path, source: str, name: str
) -> None:
    texts, typed = loaded(source, name), new_world(tmp_path, name)
    counts = []
    for path in sorted((texts.settings.extracts / source).glob("*/*.csv")):
        target = tmp_path / "typed.parquet"
        with duckdb.connect() as connection:
            connection.execute("set timezone = 'UTC'")
            connection.execute(
                f"create view texts as from read_csv('{path}', all_varchar = true)"
            )
            columns = [
                f'"{column}"'
                for (column, *_) in connection.execute("describe texts").fetchall()
            ]
            kinds = connection.execute(
                f"select {', '.join(TYPED.format(column) for column in columns)} "
                f"from texts"
            ).fetchone()
            assert kinds
            pairs = zip(columns, kinds, strict=True)
            casts = ", ".join(
                f"cast({column} as {kind}) as {column}" for column, kind in pairs
            )
            connection.execute(f"copy (select {casts} from texts) to '{target}'")
        counts.append(path.stem)
        typed.deliver(f"{path.stem}.parquet", target.read_bytes(), source=source)
    typed.load(source=source)
    assert sorted(batches(typed)) == counts
    for (table,) in typed.query("select distinct table_name from raw.batches"):
        rest = ", attributes" if table in ("crm_leads", "crm_accounts") else ""
        columns_of = (
            f"select * exclude (batch_id, source_row{rest}) from raw.{table} "
            f"where batch_id in (select batch_id from raw.batches where "
            f"file not like '%.jsonl')"
        )
        assert typed.query(f"{columns_of} order by all") == texts.query(
            f"{columns_of} order by all"
        )


# --- what a map may say of columns ------------------------------------------------

TASKS_MAP = """
files:
  - pattern: tasks*
    table: crm_activities
    delivery: changes
    ignore: ["*"]
    columns:
      activity_id: Id
      activity_type: {sql: "coalesce(Kind, 'task')"}
      outcome: {sql: "coalesce(Result, Kind)"}
      occurred_at: At
    optional: [Kind, outcome]
"""


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    world.write_map(TASKS_MAP)
    return world


def test_a_column_of_the_file_may_be_optional(world: World) -> None:
    world.deliver("tasks_1.csv", "Id,Result,At\n1,done,2026-11-20\n")
    world.deliver("tasks_2.csv", "Id,Kind,At,More\n2,call,2026-11-20,x\n")
    world.load()
    assert world.query(
        "select activity_id, activity_type, outcome from raw.crm_activities order by 1"
    ) == [
        ("1", "task", "done"),
        ("2", "call", "call"),  # without Result, what else the expression names
    ]


def test_a_column_optional_by_its_own_name_may_be_missing_beside_one_like_it(
    world: World,
) -> None:
    world.write_map(
        TASKS_MAP.replace("At\n", "At\n      detail: The text\n")
        .replace("outcome]", "outcome, The text]")
        .replace('    ignore: ["*"]\n', "    ignore: [Kinds, The texts]\n")
    )
    world.deliver("tasks.csv", "Id,Kinds,The texts,Result,At\n1,call,a,b,2026-11-20\n")
    world.load()
    query = "select activity_type, outcome, detail from raw.crm_activities"
    assert world.query(query) == [("task", "b", None)]


def test_other_columns_of_the_file_may_not_lack(world: World) -> None:
    world.deliver("tasks.csv", "Id,Kind,Result\n1,call,done\n")
    assert "it lacks the column 'At'" in world.refusal()
    path = world.write_map(TASKS_MAP.replace("[Kind, outcome]", "[Knid]"))
    assert f"{path}: " in (error := world.refusal())
    assert "crm_activities has no column 'Knid'" in error


def test_a_star_fits_any_number_of_columns(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.write_map("""
files:
  - pattern: leads*
    table: crm_leads
    delivery: snapshot
    columns:
      lead_id: Id
      owner_id: {sql: "upper(sold_by)"}
    ignore: [sync_*, "odd [x]*"]
    outcomes: [sold_*, never_*, "Won?"]
""")
    header = "Id,sync_a,odd [x] y,odd x,sold_by,sold_on,resold_on,Won?\n"
    world.deliver("leads.csv", header + "1,a,b,c,d,e,f,g\n")
    world.load()
    [row] = rows(world, "crm_leads", "lead_id").values()
    assert row == {
        "owner_id": "D",
        "attributes": {"odd x": "c", "sold_on": "e", "resold_on": "f", "Won?": "g"},
    }
    assert outcomes(world, "crm_leads") == {"owner_id", "sold_on", "Won?"}
    world.load()  # the map's outcomes are held against what was loaded before
    assert outcomes(world, "crm_leads") == {"owner_id", "sold_on", "Won?"}


# --- samples ----------------------------------------------------------------------
# What is odd in the vendors' own (columns without a value, odd names, a probability of
# 1000 of 100, times with " UTC") stands in the deliveries above as well.


def load_samples(root: Path, source: str, name: str, files: dict[str, str]) -> World:
    """Load files of a vendor's sample under the names that the map reads."""
    world = new_world(root, name)
    for table, sample in files.items():
        content = (SAMPLES / sample).read_bytes()
        world.deliver(f"{table}.csv", content, source=source)
    world.load(source=source)
    return world


@pytest.mark.whole(SAMPLES)
def test_salesforce_sample(tmp_path: Path) -> None:
    tables = ["lead", "contact", "account", "opportunity", "task", "event"]
    world = load_samples(
        tmp_path,
        "crm",
        "salesforce",
        {table: f"salesforce/sf_{table}_data.csv" for table in tables},
    )
    assert batches(world) == {
        "lead": [1, 1, 0],
        "contact": [4, 4, 0],
        "account": [10, 10, 0],
        "opportunity": [10, 10, 0],
        "task": [10, 10, 0],
        "event": [10, 10, 0],
    }
    lead = rows(world, "crm_leads", "lead_id")["00Q1G00000nDnM5UAK"]
    attributes = lead.pop("attributes")
    assert lead == {
        "email": "h@gmail.com",
        "first_name": "H",
        "last_name": "Croc",
        "company_name": "Z",
        "industry": "Internet Software & Services",
        "annual_revenue": Decimal("280522000.00"),
        "owner_id": "00537000003tmTnAAI",
        "status": "Converted",
        "do_not_contact": False,
        "is_deleted": False,
        "created_at": at("2019-11-11 17:23:34"),
        "updated_at": at("2019-11-11 17:23:34"),
        "converted_at": at("2019-11-11 17:23:34"),
    }
    # Of 382 columns, those that hold something and that the map has no place for.
    assert len(attributes) < 76
    assert attributes["lead_number_c"] == "1305025"
    assert world.query("select into_id from raw.crm_merges") == [
        ("0031G00001QtDPlQAN",)
    ]
    assert not [name for name in attributes if name.startswith("_fivetran")]
    # One has a probability of 1000 of 100, all are deleted, one is still open.
    assert world.query(
        "select count(closed_at), sum(amount), count_if(is_won), count_if(is_deleted), "
        "min(closed_at) from raw.crm_opportunities"
    ) == [(9, Decimal("24530001.00"), 5, 10, at("2018-10-31"))]
    assert world.query(
        "select count(*), count_if(is_deleted), sum(employee_count) "
        "from raw.crm_accounts"
    ) == [(10, 9, 120210)]
    assert set(
        world.query(
            "select activity_type, outcome, occurred_at, lead_id[:3], "
            "activity_id[:3] from raw.crm_activities"
        )
    ) == {
        ("task", "completed", at("2019-11-11 17:23:34"), "003", "00T"),
        ("task X", "completed", at("2019-11-11 17:23:34"), "003", "00T"),
        ("task", "completed", at("2019-11-11 17:23:34"), "00Q", "00T"),
        ("meeting", "attended", at("2019-11-11 17:23:34"), "003", "00U"),
    }


@pytest.mark.whole(SAMPLES)
def test_hubspot_sample(tmp_path: Path) -> None:
    tables = ["contact", "company", "deal"]
    tables += [f"engagement_{kind}" for kind in ("call", "email")]
    tables += ["engagement_note", "engagement_task"]
    world = load_samples(
        tmp_path,
        "crm",
        "hubspot",
        {table: f"hubspot/{table}_data.csv" for table in tables},
    )
    assert batches(world) == {
        "contact": [22, 22, 0],
        "company": [24, 24, 0],
        "deal": [44, 44, 0],
        "engagement_call": [1, 1, 0],
        "engagement_email": [1, 1, 0],
        "engagement_note": [1, 1, 0],
        "engagement_task": [2, 2, 0],
    }
    contact = rows(world, "crm_leads", "lead_id")["78971951"]
    assert contact["company_name"] == "SampleCompany"
    assert contact["created_at"] == at("2021-04-01 17:32:47")
    assert world.query(
        "select merged_id from raw.crm_merges where into_id = '78971951' order by 1"
    ) == [("46897301",), ("76226001",), ("76340251",)]
    company = rows(world, "crm_accounts", "account_id")["2182162682"]
    assert company["annual_revenue"] == Decimal("10000000")
    assert company["country"] == "United States"
    assert company["attributes"]["property_hs_all-funky-a9384-syntax"] == "23"
    assert world.query(
        "select activity_type, outcome, count(*), min(occurred_at)::varchar "
        "from raw.crm_activities group by all order by 1"
    ) == [
        ("call", None, 1, "2014-08-27 20:50:44.778"),
        ("email", "sent", 1, "2014-08-27 20:50:44.778"),
        ("note", None, 1, "2014-08-27 20:50:44.778"),
        ("task", None, 2, "2023-03-03 10:40:09.556"),
    ]


@pytest.mark.parametrize(
    "data",
    ours_and_whole(
        "vendor_exports/hubspot/engagement_meeting_data.csv",
        r"7 of 12 rows .* line 4: occurred_at",
        r"7 of 100 rows .* line 32: occurred_at",
    ),
)
def test_hubspot_sample_of_meetings_has_milliseconds_read_as_seconds(
    tmp_path: Path, data: Data
) -> None:
    world = new_world(tmp_path, "hubspot")
    world.deliver("engagement_meeting.csv", data.path.read_bytes())
    assert re.search(data.known, world.refusal())


@pytest.mark.whole(SAMPLES)
def test_hubspot_sample_of_emails(tmp_path: Path) -> None:
    # Each table is a sample of its own: hardly any of their keys meet.
    world = new_world(tmp_path, "hubspot")
    query = queries("email", "hubspot")["email_event"]
    content = joined(SAMPLES / "hubspot", query, tmp_path / "joined.csv", "_data")
    world.deliver("email_event.csv", content, source="email")
    world.load(source="email")
    assert batches(world) == {"email_event": [100, 100, 0]}
    assert world.query(
        "select event_type, count(*), min(occurred_at)::varchar "
        "from raw.email_events group by all order by 1"
    ) == [
        ("delivered", 3, "2020-03-16 18:58:06.531"),
        ("opened", 90, "2020-03-16 18:58:25.77"),
        ("sent", 7, "2020-03-16 18:58:05.148"),
    ]


@pytest.mark.whole(SAMPLES)
def test_hubspot_sample_of_deals_through_the_query(tmp_path: Path) -> None:
    world = new_world(tmp_path, "hubspot")
    for table in ("deal", "engagement_call"):
        content = joined(
            SAMPLES / "hubspot",
            queries("crm", "hubspot")[table],
            tmp_path / "joined.csv",
            "_data",
        )
        world.deliver(f"{table}.csv", content)
    world.load()
    assert batches(world) == {"deal": [44, 44, 0], "engagement_call": [1, 1, 0]}
    assert activities(world) == {
        "19732910159-501": ["501", "call", None, "2014-08-27 20:50:44.778"]
    }


@pytest.mark.whole(SAMPLES)
def test_mailchimp_sample(tmp_path: Path) -> None:
    world = new_world(tmp_path, "mailchimp")
    made = queries("email", "mailchimp")
    for table in made:
        content = joined(SAMPLES / "mailchimp", made[table], tmp_path / "joined.csv")
        world.deliver(f"{table}.csv", content, source="email")
    world.load(source="email")
    assert batches(world) == {
        "automation_recipient_activity": [8, 8, 0],
        "campaign_recipient": [6, 6, 0],  # four of ten are not in the list's sample
        "campaign_recipient_activity": [16, 16, 0],  # nor is one of seventeen
        "unsubscribe": [1, 1, 0],
    }
    assert world.query(
        "select event_type, count(*), count(distinct email), min(occurred_at) "
        "from raw.email_events group by all order by 1"
    ) == [
        ("clicked", 11, 4, at("2019-12-02 14:37:52")),
        ("opened", 13, 8, at("2019-11-27 17:01:55")),
        ("sent", 6, 6, at("2019-11-27 16:59:27")),
        ("unsubscribed", 1, 1, at("2020-04-17 16:32:51")),
    ]
