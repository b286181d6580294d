"""Who is who: by mailbox, visitor and merge record, and what is refused."""

import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
from pipeline_world import warehouse

from leadscore import dbt_runner, runs
from leadscore.settings import DBT_PROJECT, Settings
from leadscore.warehouse import connect

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))

import identity as benchmark

FIRST, MIDDLE, LAST = date(2026, 3, 1), date(2026, 4, 15), date(2026, 6, 30)
CREATED, VISITED = date(2025, 1, 1), date(2026, 2, 1)
MARTS = (
    "+lead_identities",
    "+lead_duplicates",
    "+refused_links",
    "+refused_requests",
    "+int_nobody_ids",
)

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
    "form1": ("form@x.example", "Anna", "Berg"),
    "form2": ("form@x.example", "Berg", "Anna"),
    "form3": ("form@x.example", "Dr. Anna", "Berg"),
    "form4": ("form@x.example", "Anna M.", "Berg"),
    "script1": ("nat@x.example", "Наталья", "Иванова"),
    "script2": ("nat@x.example", "Natalia", "Ivanova"),
    "alone1": ("rob@x.example", "Robert", "Smith"),
    "alone2": ("rob@x.example", "Bob", "[not provided]"),
    "weak1": ("crew@x.example", "Ria", "Sand"),
    "weak2": ("crew@x.example", "Tom", None),
    "weak3": ("crew@x.example", "Uwe", None),
    "van1": ("van1@x.example", "Jan", "van der Berg"),
    "van2": ("van2@x.example", "Kim", "van der Veen"),
    "han1": ("han1@x.example", "伟", "王"),
    "han2": ("han2@x.example", "芳", "王"),
    "nina1": ("nina@x.example", "Nina", "North"),
    "nina2": ("nina2@x.example", "Nina", "North"),
    "oskar": ("nina@x.example", "Oskar", "Olm"),
    "lea1": ("lea@x.example", "Lea", "Long"),
    "lea2": ("lea@x.example", "Lea", "Long"),
    "max": ("lea@x.example", "Max", "Moor"),
    "zoe1": ("zoe.new@x.example", "Zoe", "Zeta"),
    "zoe2": ("zoe@x.example", "Zoe", "Zeta"),
    "sven": ("zoe@x.example", "Sven", "Sigma"),
    "hugo1": ("hugo@x.example", "Hugo", "Heim"),
    "hugo2": ("hugo@x.example", "Hugo", "Heim"),
    "igor": ("hugo@x.example", "Igor", "Ink"),
    "bea1": ("bea.new@x.example", "Bea", "Beta"),
    "bea2": ("bea@x.example", "Bea", "Beta"),
    "void1": ("void1@x.example", None, None),
    "void2": ("void2@x.example", None, None),
    "rita1": ("rita@x.example", "Rita", "Rau"),
    "rita2": ("rita2@x.example", "Otto", "Ost"),
    "uli1": ("uli@x.example", "Uli", "Urn"),
    "uli2": ("uli@x.example", "Uli", "Urn"),
    "abe": ("uli@x.example", "Abe", "Arn"),
    "eva1": ("eva@x.example", "Eva", "Ems"),
    "eva2": ("eva@x.example", "Eva", "Ems"),
    "ward1": ("ward1@x.example", "Wim", "Ward"),
    "ward2": (None, "Wim", "Ward"),
    "desk1": (None, "Dan", "Desk"),
    "desk2": (None, "Eli", "Eck"),
    "mix1": ("mix1@x.example", "Mia", "Mix"),
    "mix2": (None, "Nod", "Nix"),
    "crowd": (None, "Cleo", "Crowd"),
    **{f"ghost{number}": ("ghost@x.example", None, None) for number in range(1, 5)},
}
# What they said at the first delivery and the second, if it was something else; a
# record that the last one lacks is deleted.
AT_FIRST = {
    "zoe1": "zoe@x.example",
    "bea1": "bea@x.example",
    "eva2": "eva2@x.example",
}
BETWEEN = AT_FIRST | {"rita1": "rita1@x.example", "rita2": "rita@x.example"}
DELETED = {"hugo2", "igor", "eva1", "ghost2", "ghost3", "ghost4"}
MERGES = {
    "chain3": "chain2",
    "chain2": "chain1",
    "loop1": "loop2",
    "loop2": "loop1",
    "same4": "same3",
    "nina1": "nina2",
    "lea1": "lea2",
    "lea2": "lea1",
    "abe": "uli1",
    "eva1": "eva2",
    "void1": "undefined",
    "void2": "undefined",
    "gone": "elsewhere",  # neither was ever delivered
}
UNDONE = {"undone2": "undone1"}
GIVEN = {
    "both": ("two1@x.example", "two2@x.example"),
    "fair": ("fair1@x.example", "fair2@x.example"),
    "kiosk": tuple(f"kiosk{number}@x.example" for number in range(4)),
    "bea": ("bea@x.example",),
    "zoe": ("zoe@x.example",),
    "eva": ("eva@x.example",),
    "van": ("van1@x.example", "van2@x.example"),
    "han": ("han1@x.example", "han2@x.example"),
    "undefined": ("void1@x.example", "void2@x.example"),
    "mix": ("mix1@x.example",),
}
# The records that events of visitors name.
NAMED = {
    "ward": ("ward1", "ward2", "nobody_knows"),
    "desk": ("desk1", "desk2"),
    "mix": ("mix2",),
    "undefined": ("ward1", "desk1"),
    "merged": ("gone",),
    "tom": ("undefined", "plain1"),
    **{f"crowd{number}": ("crowd",) for number in range(51)},
}
ASKED = {"van": LAST, "desk": LAST}  # for a demo


def build(data: Path, command: list[str], undone: dict[str, str]) -> Settings:
    """Deliver the records three times, the first with merges that were undone."""
    settings = Settings(data=data, id_key="test")
    with connect(settings) as connection:
        for day in (FIRST, MIDDLE, LAST):
            said = {FIRST: AT_FIRST, MIDDLE: BETWEEN, LAST: {}}[day]
            merges = MERGES | (undone if day == FIRST else {})
            rows = {
                "crm_leads": [
                    (
                        lead_id,
                        said.get(lead_id, email),
                        *names,
                        CREATED + timedelta(days=number),
                    )
                    for number, (lead_id, (email, *names)) in enumerate(RECORDS.items())
                    if day < LAST or lead_id not in DELETED
                ],
                "crm_merges": [(one, two, None) for one, two in merges.items()],
            }
            columns_of = {
                "crm_leads": "lead_id, email, first_name, last_name, created_at",
                "crm_merges": "merged_id, into_id, merged_at",
            }
            for table, columns in columns_of.items():
                accept(connection, "crm", table, "snapshot", columns, rows[table], day)
        given = [
            (
                f"{column}_{visitor}{number}",
                visitor,
                value if column == "email" else None,
                value if column == "lead_id" else None,
                "form_submitted",
                "demo",
                ASKED.get(visitor, VISITED),
            )
            for column, told in (("email", GIVEN), ("lead_id", NAMED))
            for visitor, values in told.items()
            for number, value in enumerate(values)
        ]
        columns = (
            "event_id, visitor_id, email, lead_id, event_type, event_name, occurred_at"
        )
        accept(connection, "web", "web_events", "changes", columns, given, FIRST)
    seeds = DBT_PROJECT / "seeds"
    runs.begin(settings, LAST, seeds)
    wanted = ["path:seeds/mappings", "qualification"]
    dbt_runner.run_dbt(settings, seeds, ["seed", "--select", *wanted])
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
        ("form1", "form4", True),  # four records of one name
        ("script1", "script2", True),  # another script is weak evidence against
        ("alone1", "alone2", True),  # and so is a first name alone
        ("weak1", "weak2", False),  # but not together
        ("van1", "van2", False),  # a particle in common is no evidence for
        ("han1", "han2", False),  # nor is a family name of one sign
        ("nina1", "nina2", True),
        ("nina1", "oskar", False),  # though Nina was merged into a record elsewhere
        ("lea1", "lea2", True),
        ("lea1", "max", False),  # though all but Max were merged in a loop
        ("abe", "uli2", True),  # the name of the one it was merged into counts
        ("zoe2", "sven", False),  # though the first record that had it has left
        ("hugo1", "hugo2", True),  # a deleted duplicate keeps its history
        ("bea1", "bea2", False),
        ("ward1", "ward2", True),  # one visitor's events name both
        ("desk1", "desk2", False),  # so do this one's, but they are two people
        ("mix1", "mix2", False),  # one gave a mailbox, and events name another's record
        ("ward1", "desk1", False),  # named by nobody's id
        ("void1", "void2", False),  # merged into nobody, and given by nobody
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
        ("email_names", 5, 14),
        ("email_records", 1, 4),
        ("record_visitors", 51, 51),
        ("role_email_records", 1, 2),
        ("visitor_emails", 1, 4),
        ("visitor_names", 5, 10),
    ]
    assert refused[1][3] == "More than three CRM records share the mailbox"


def test_what_was_refused_until_records_were_merged_says_until_when(who):
    rows = warehouse(
        who,
        "select distinct cap, refused_to from marts.refused_links "
        "where refused_to is not null order by all",
    )
    assert rows == [
        ("email_names", FIRST - timedelta(days=1)),
        ("email_names", LAST - timedelta(days=1)),  # until the stranger was deleted
        ("email_records", FIRST - timedelta(days=1)),
        ("email_records", LAST - timedelta(days=1)),  # until three were deleted
    ]


def owner(settings: Settings, identifier: str, day: date) -> list[str]:
    """Return the leads whose an identifier is on a day."""
    query = (
        "select lead_id from intermediate.int_lead_members where "
        f"identifier = '{identifier}' and '{day}' between valid_from and valid_to"
    )
    return [lead_id for (lead_id,) in warehouse(settings, query)]


@pytest.mark.parametrize(
    ("identifier", "owners"),
    [
        ("bea", ["bea1", "bea1", "bea2"]),  # one of those who held it still does
        ("eva", ["eva1", "eva1", "eva2"]),  # deleted, and merged with who took it
        ("ghost@x.example", [None, None, "ghost1"]),  # three of four were deleted
        ("hugo@x.example", [None, None, "hugo1"]),  # Igor was deleted
        ("rita@x.example", ["rita1", "rita2", "rita1"]),  # taken, and taken back
        ("rita1@x.example", [None, "rita1", "rita1"]),
        ("zoe@x.example", [None, None, None]),
        ("ward", ["ward1", "ward1", "ward1"]),
        ("tom", ["plain1", "plain1", "plain1"]),  # also named by nobody's id
        ("merged", [None, None, None]),  # by a record that was never there
        ("mix", [None, None, None]),
        ("undefined", [None, None, None]),
    ],
)
def test_an_identifier_is_whose_it_was_on_the_day(who, identifier, owners):
    found = [owner(who, identifier, day) for day in (FIRST, MIDDLE, LAST)]
    assert found == [[name] if name else [] for name in owners]


def test_a_deleted_stranger_is_no_part_of_who_has_the_mailbox_now(who):
    assert leads(who)["hugo2"] == "hugo1"
    assert "igor" not in leads(who)


def test_a_request_that_falls_to_nobody_names_the_records(who):
    rows = warehouse(
        who, "select identifier, activity, record_ids from marts.refused_requests"
    )
    assert sorted(rows) == [
        ("desk", "demo_requested", "desk1, desk2"),
        ("van", "demo_requested", "van1, van2"),
    ]


def test_ids_that_are_nobodys_are_counted(who):
    rows = warehouse(
        who,
        "select table_name, column_name, value, row_count "
        "from intermediate.int_nobody_ids order by all",
    )
    assert rows == [
        ("crm_merges", "into_id", "undefined", 6),
        ("web_events", "lead_id", "undefined", 1),
        ("web_events", "visitor_id", "undefined", 4),
    ]


def test_nothing_that_is_refused_belongs_to_anybody(who):
    assert (
        warehouse(
            who,
            "select identifier from intermediate.int_lead_members "
            "where identifier in ('kiosk', 'fair', 'box@x.example', 'info@x.example', "
            "'desk', 'mix', 'crowd1') "
            f"and '{LAST}' between valid_from and valid_to",
        )
        == []
    )


def test_a_record_keeps_its_lead_whatever_crowd_is_said_to_be_it(who):
    assert leads(who)["crowd"] == "crowd"


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
            "A visitor gave its email or id, and another of the lead",
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
        ("crm", VISITED, "A visitor gave its email or id, and another of the lead"),
        ("visitor", VISITED, "This visitor gave an address of the lead"),
    ]


def test_a_visitor_whose_events_name_a_record_says_so(who):
    rows = warehouse(
        who,
        "select since, reason from marts.lead_identities where identifier = 'ward'",
    )
    assert rows == [(VISITED, "Events of this visitor name a record of the lead")]


def test_most_people_of_a_generated_world_are_found_and_hardly_any_confused(tmp_path):
    settings = Settings(data=tmp_path, id_key="test")
    benchmark.generate(settings, 1_000, seed=1)
    found = benchmark.measure(settings, benchmark.build(settings))
    assert found.identifiers > 3_000
    assert 0.05 < found.unknowable < 0.20
    assert found.precision > 0.999
    assert found.recall_of_knowable > 0.98
