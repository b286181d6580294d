"""Who is who: by mailbox, visitor and merge record, and what is refused."""

import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
from pipeline_world import DBT_PROJECT, warehouse

from leadscore import dbt_runner, runs
from leadscore.settings import Settings
from leadscore.warehouse import connect

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))

import identity as benchmark

FIRST, LAST = date(2026, 3, 1), date(2026, 6, 30)
CREATED, VISITED = date(2025, 1, 1), date(2026, 2, 1)
MARTS = ("+lead_identities", "+lead_duplicates", "+refused_links")

# lead_id: email, first name, last name; the older a record, the further up it stands.
RECORDS = {
    "dots1": ("a.nn@gmail.com", "Ann", "Lee"),
    "dots2": ("Ann+news@googlemail.com", "Ann", "Lee"),
    "plus1": ("bo@firm.example", "Bo", None),
    "plus2": ("bo+fair@firm.example", None, None),
    "plain1": ("cy@yahoo.com", "Cy", None),
    "plain2": ("cy+fair@yahoo.com", "Cy", None),
    "dotted1": ("d.ee@firm.example", "Dee", None),
    "dotted2": ("dee@firm.example", "Dee", None),
    "chain1": ("chain1@x.example", "Ed", "Fox"),
    "chain2": ("chain2@x.example", None, None),
    "chain3": ("chain3@x.example", None, None),
    "loop1": ("loop1@x.example", None, None),
    "loop2": ("loop2@x.example", None, None),
    "undone1": ("undone1@x.example", None, None),
    "undone2": ("undone2@x.example", None, None),
    "box1": ("box@x.example", None, None),
    "box2": ("box@x.example", None, None),
    "box3": ("box@x.example", None, None),
    "box4": ("box+4@x.example", None, None),
    "same1": ("same@x.example", None, None),
    "same2": ("same@x.example", None, None),
    "same3": ("same@x.example", None, None),
    "same4": ("same@x.example", None, None),
    "boss": ("office.north@x.example", "Gil", "Hart"),
    "help": ("office.north@x.example", "Ina", "Jung"),
    "nick1": ("kim@x.example", "Kim", "Long"),
    "nick2": ("kim@x.example", "K.", "Long"),
    "role1": ("info@x.example", None, None),
    "role2": ("info@x.example", None, None),
    "fair1": ("fair1@x.example", "Mo", "Noll"),
    "fair2": ("fair2@x.example", "Oz", "Park"),
    "two1": ("two1@x.example", "Pat", "Quin"),
    "two2": ("two2@x.example", "Pat", "Quin"),
}
MERGES = {
    "chain3": "chain2",
    "chain2": "chain1",
    "loop1": "loop2",
    "loop2": "loop1",
    "same4": "same3",
    "gone": "elsewhere",  # neither was ever delivered
}
UNDONE = {"undone2": "undone1"}
GIVEN = {
    "both": ("two1@x.example", "two2@x.example"),
    "fair": ("fair1@x.example", "fair2@x.example"),
    "kiosk": tuple(f"kiosk{number}@x.example" for number in range(4)),
}


def build(data: Path, command: list[str], undone: dict[str, str]) -> Settings:
    """Deliver the records twice, the first time with merges that were undone."""
    settings = Settings(data=data, id_key="test")
    with connect(settings) as connection:
        for day in (FIRST, LAST):
            merges = MERGES | (undone if day == FIRST else {})
            rows = {
                "crm_leads": [
                    (lead_id, *fields, CREATED + timedelta(days=number))
                    for number, (lead_id, fields) in enumerate(RECORDS.items())
                ],
                "crm_merges": [(one, two, None) for one, two in merges.items()],
            }
            names = {
                "crm_leads": "lead_id, email, first_name, last_name, created_at",
                "crm_merges": "merged_id, into_id, merged_at",
            }
            for table, columns in names.items():
                accept(connection, "crm", table, "snapshot", columns, rows[table], day)
        given = [
            (f"{visitor}{number}", visitor, email, "form_submitted", VISITED)
            for visitor, emails in GIVEN.items()
            for number, email in enumerate(emails)
        ]
        columns = "event_id, visitor_id, email, event_type, occurred_at"
        accept(connection, "web", "web_events", "changes", columns, given, FIRST)
    seeds = DBT_PROJECT / "seeds"
    runs.begin(settings, LAST, seeds)
    dbt_runner.run_dbt(settings, seeds, ["seed", "--select", "path:seeds/mappings"])
    dbt_runner.run_dbt(settings, seeds, command)
    return settings


def accept(connection, source, table, delivery, columns, rows, day):
    batch = f"{table}{day}"
    connection.execute(
        "insert into raw.batches (batch_id, source, table_name, map_name, delivery, "
        "file, extract_date, status) values (?, ?, ?, 'mine', ?, ?, ?, 'accepted')",
        [batch, source, table, delivery, batch, day],
    )
    places = ", ".join("?" * (len(rows[0]) + 3))
    connection.executemany(
        f"insert into raw.{table} (batch_id, source_row, extract_date, {columns}) "
        f"values ({places})",
        [(batch, number, day, *row) for number, row in enumerate(rows, start=1)],
    )


def leads(settings: Settings, day: date = LAST) -> dict[str, str]:
    """Return each CRM record's lead on a day."""
    return dict(
        warehouse(
            settings,
            "select identifier, lead_id from intermediate.int_lead_members "
            "where identifier_type = 'crm' "
            f"and '{day}' between valid_from and valid_to",
        )
    )


@pytest.fixture(scope="module")
def who(tmp_path_factory):
    command = ["run", "--select", *MARTS]
    return build(tmp_path_factory.mktemp("who"), command, UNDONE)


@pytest.mark.parametrize(
    ("one", "other", "joined"),
    [
        ("dots1", "dots2", True),  # the provider ignores dots, tags and its old domain
        ("plus1", "plus2", True),
        ("plain1", "plain2", False),  # a provider without plus-tags
        ("dotted1", "dotted2", False),  # elsewhere a dot tells mailboxes apart
        ("chain1", "chain3", True),
        ("loop1", "loop2", True),
        ("undone1", "undone2", False),
        ("box1", "box2", False),  # four records share the mailbox
        ("same1", "same4", True),  # four as well, but two of them were merged
        ("boss", "help", False),  # no word of their names in common
        ("nick1", "nick2", True),
        ("role1", "role2", False),
        ("two1", "two2", True),  # one visitor gave both
        ("fair1", "fair2", False),  # so did this one, but they are two people
    ],
)
def test_records_of_one_person_are_joined_and_others_are_not(who, one, other, joined):
    of = leads(who)
    assert (of[one] == of[other]) is joined


def test_a_lead_keeps_every_address_as_it_was_given(who):
    found = warehouse(
        who,
        "select distinct identifier from intermediate.int_lead_members "
        "where lead_id = 'dots1' and identifier_type = 'email' order by 1",
    )
    assert found == [("a.nn@gmail.com",), ("ann+news@googlemail.com",)]


def test_a_record_that_was_only_named_by_a_merge_is_no_lead(who):
    assert not {"gone", "elsewhere"} & set(leads(who))


def test_a_merge_counts_while_it_is_delivered(who):
    before, after = leads(who, FIRST), leads(who)
    assert before["undone2"] == before["undone1"] == "undone1"
    assert after["undone2"] == "undone2"


def test_an_unmerge_leaves_what_a_world_without_the_merge_has(who, tmp_path):
    query = (
        "select lead_id, identifier_type, identifier "
        "from intermediate.int_lead_members "
        f"where '{LAST}' between valid_from and valid_to order by all"
    )
    command = ["run", "--select", "+int_lead_members"]
    never_merged = build(tmp_path, command, undone={})
    assert warehouse(who, query) == warehouse(never_merged, query)


def test_refused_links_are_listed_with_the_reason(who):
    refused = warehouse(
        who,
        "select cap, count(distinct identifier), count(*), any_value(reason) "
        "from marts.refused_links where refused_to is null group by cap order by cap",
    )
    assert [row[:3] for row in refused] == [
        ("email_names", 1, 2),
        ("email_records", 1, 4),
        ("role_email_records", 1, 2),
        ("visitor_emails", 1, 4),
        ("visitor_names", 1, 2),
    ]
    assert refused[1][3] == "More than three CRM records share the mailbox"


def test_what_was_refused_until_records_were_merged_says_until_when(who):
    [(until,)] = warehouse(
        who,
        "select distinct refused_to from marts.refused_links "
        "where refused_to is not null",
    )
    assert until == FIRST - timedelta(days=1)


def test_nothing_that_is_refused_belongs_to_anybody(who):
    assert (
        warehouse(
            who,
            "select identifier from intermediate.int_lead_members "
            "where identifier in ('kiosk', 'fair', 'box@x.example', 'info@x.example') "
            f"and '{LAST}' between valid_from and valid_to",
        )
        == []
    )


def test_duplicates_name_the_record_to_keep_and_why(who):
    rows = warehouse(
        who,
        "select lead_id, record_id, is_kept, reason, is_most_complete "
        "from marts.lead_duplicates where lead_id in ('chain1', 'dots1', 'two1') "
        "order by lead_id, record_id",
    )
    assert rows == [
        ("chain1", "chain1", True, "CRM record of the lead", True),
        ("chain1", "chain2", False, "The CRM merged it with chain1", False),
        ("chain1", "chain3", False, "The CRM merged it with chain2", False),
        ("dots1", "dots1", True, "CRM record of the lead", False),
        ("dots1", "dots2", False, "Same mailbox as dots1", True),
        ("two1", "two1", True, "CRM record of the lead", False),
        (
            "two1",
            "two2",
            False,
            "A visitor gave its email and another of the lead",
            True,
        ),
    ]


def test_every_identifier_says_whose_it_is_since_when_and_why(who):
    rows = warehouse(
        who,
        "select identifier_type, since, reason from marts.lead_identities "
        "where lead_id = 'two1' and identifier in ('two1', 'two2', 'both') order by 1",
    )
    assert rows == [
        ("crm", CREATED + timedelta(days=31), "CRM record of the lead"),
        ("crm", VISITED, "A visitor gave its email and another of the lead"),
        ("visitor", VISITED, "This visitor gave an address of the lead"),
    ]


def test_most_people_of_a_generated_world_are_found_and_hardly_any_confused(tmp_path):
    settings = Settings(data=tmp_path, id_key="test")
    benchmark.generate(settings, 1_000, seed=1)
    found = benchmark.measure(settings, benchmark.build(settings))
    assert found.identifiers > 3_000
    assert 0.05 < found.unknowable < 0.20
    assert found.precision > 0.999
    assert found.recall_of_knowable > 0.98
