"""Who gets which lead: the same in whatever order days are scored."""

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache
from itertools import groupby, pairwise

import duckdb
import pytest

from leadscore.action import assignments
from leadscore.action.files import FILES
from leadscore.action.loads import warnings
from leadscore.models import sql_of, table_of
from leadscore.report.capacity import capacity
from leadscore.report.page import Shown
from leadscore.warehouse import ASSIGNMENT_COLUMNS

FRIDAY = date(2026, 6, 19)
DAYS = [FRIDAY + timedelta(days=n) for n in range(8)]
WEEK = DAYS[1:]
TOPIC_DAYS = 90

# In the order in which they read each other.
MODELS = (
    *("active_members", "shown_rulesets"),
    *("unowned_calls", "team_days", "former_ids", "past_assignments", "call_topics"),
    *("routed_calls", "first_calls", "company_mates", "company_owners"),
    *("joined_units", "new_calls", "team_slots", "dealt_units", "new_assignments"),
    *("given_leads", "lead_assignments", "team_loads"),
)

# Inactive in the CRM, whatever the file says.
GONE = "U9"

# Two teams, of which the second does not work on weekends, and none for the rest.
ROUTING = [
    {"position": 1, "min_grade": "B-", "region": "europe|africa", "team": "emea"},
    {"position": 2, "topic": "pricing", "team": "emea"},
    {"position": 3, "country": "!US|(missing)", "team": "emea", "min_points": 90},
    {"position": 4, "region": "north america", "team": "americas"},
]
TEAMS = [
    ("emea", "U1", 2, "mon|tue|wed|thu|fri|sat|sun", None, None, None, None, None),
    ("emea", "U2", 1, "mon|tue|wed|thu|fri", "de", None, None, DAYS[3], DAYS[3]),
    ("emea", "U3", 2, "mon|tue|wed|thu|fri", "de", None, DAYS[4], None, None),
    ("emea", "U6", 2, "mon|tue|wed|thu|fri", "de", DAYS[5], None, None, None),
    ("emea", GONE, 9, "mon|tue|wed|thu|fri", None, None, None, None, None),
    ("americas", "U4", 1, "mon|tue|wed|thu|fri", None, None, None, None, None),
    ("americas", "U5", 2, "mon|wed|fri", None, None, None, None, None),
]
HOLIDAYS = [("de", DAYS[6], "A day off")]

QUALIFIED = {
    "account_id": None,
    "owner_id": None,
    "is_mql": True,
    "grade": "B",
    "region": "Europe",
    "country": "DE",
    "total_points": 80,
    "topic": None,
}

TABLES = {
    "int_scored_days": "as_of_date date",
    "rulesets": "ruleset varchar, scorecard varchar, status varchar, "
    "effective_from date",
    "ruleset_decisions": "decision varchar, experiment varchar, ruleset varchar, "
    "ruleset_before varchar, share double, from_date date, until_date date",
    "lead_results": "span_id integer, lead_id varchar, valid_from date, valid_to date, "
    "ruleset varchar, total_points decimal(18, 4), grade varchar, segment varchar, "
    "stage varchar, is_mql boolean, priority integer, queue varchar",
    "int_lead_traits": "span_id integer, lead_id varchar, valid_from date, "
    "valid_to date, account_id varchar, owner_id varchar, country varchar, "
    "region varchar, lead_source varchar, partner_id varchar, size_band varchar, "
    "industry varchar",
    "int_lead_activity_days": "lead_id varchar, valid_from date, valid_to date, "
    "topic varchar, is_engagement boolean, activity_date date, event_count bigint",
    "thresholds": "name varchar, value integer",
    "lead_identities": "lead_id varchar, identifier_type varchar, identifier varchar, "
    "since date, until date",
    "int_crm_owner_versions": "owner_id varchar, is_active boolean, valid_from date, "
    "valid_to date",
    "lead_scores": "lead_id varchar, as_of_date date, owner_id varchar, "
    "queue varchar, is_mql boolean, priority integer",
}


@dataclass(frozen=True)
class World:
    """What is true of leads on each day, which became part of another, and who left."""

    states: dict[tuple[str, date], dict]
    merged: dict[str, tuple[str, date]] = field(default_factory=dict)
    left: dict[str, date] = field(default_factory=dict)

    def identities(self, as_of: date) -> Iterator[tuple]:
        """Yield which records are of which leads, as it is known on a day."""
        for lead in sorted({lead for lead, _ in self.states}):
            into, since = self.merged.get(lead, (None, date.max))
            ends = since - timedelta(days=1) if since <= as_of else None
            yield lead, "crm", lead, FRIDAY, ends
            if since <= as_of:
                yield into, "crm", lead, since, None


def random_world(seed: int) -> World:
    draw = random.Random(seed)
    world = World({}, {"L20": ("L05", DAYS[4]), "L21": ("L22", DAYS[2])})
    for number in range(1, 41):
        lead = f"L{number:02}"
        state = QUALIFIED | {
            "account_id": draw.choice([None, "A1", "A2", "A3", "A4"]),
            "is_mql": False,
            "region": draw.choice(["Europe", "North America", None, "Asia"]),
            "country": draw.choice(["US", "DE", None]),
            "total_points": draw.choice([50, 80, 120]),
            "topic": draw.choice([None, "pricing", "crm"]),
        }
        for day in DAYS:
            if draw.random() < 0.15:
                state = state | {"is_mql": not state["is_mql"]}
            if draw.random() < 0.05:
                state = state | {"owner_id": draw.choice([None, None, "U1", "U9"])}
            if draw.random() < 0.06:
                state = state | {"account_id": draw.choice(["A1", "A2", "A5", None])}
            if draw.random() < 0.1:
                state = state | {"topic": draw.choice([None, "pricing", "crm"])}
            if draw.random() < 0.05:
                state = state | {"grade": draw.choice(["A", "C", "-"])}
            if lead not in world.merged or day < world.merged[lead][1]:
                world.states[lead, day] = state
    return world


def scored(world: World, first: date, last: date) -> duckdb.DuckDBPyConnection:
    """Return a warehouse as scoring the days leaves it for the marts."""
    connection = duckdb.connect(config={"threads": 1})
    for schema in ("raw", "staging", "intermediate", "scoring", "marts"):
        connection.execute(f"create schema {schema}")
    for schema in ("rules", "mappings", "action"):
        connection.execute(f"create schema {schema}")
    for name, columns in TABLES.items():
        connection.execute(f"create table {table_of(name)} ({columns})")
    columns = ", ".join(" ".join(item) for item in ASSIGNMENT_COLUMNS.items())
    connection.execute(f"create table raw.assignments ({columns})")
    _insert(
        connection,
        table_of("int_scored_days"),
        [(d,) for d in DAYS if first <= d <= last],
    )
    _insert(
        connection, table_of("rulesets"), [("r", "s", "champion", date(2026, 1, 1))]
    )
    _insert(connection, table_of("thresholds"), [("topic_days", TOPIC_DAYS)])
    owners = [(GONE, False, date.min, date.max), ("U1", True, date.min, date.max)]
    for owner, day in world.left.items():
        owners.append((owner, True, date.min, day - timedelta(days=1)))
        owners.append((owner, False, day, date.max))
    _insert(connection, table_of("int_crm_owner_versions"), owners)
    _insert(connection, table_of("lead_identities"), world.identities(last))
    spans = _spans(world, first, last)
    results, traits, scores, topics = [], [], [], []
    for number, (lead, begins, ends, state) in enumerate(spans):
        queue = "sales" if state["is_mql"] else None
        score = (state["owner_id"], queue, state["is_mql"], 2)
        fit = ("r", state["total_points"], state["grade"], "B2", "mql")
        results.append((number, lead, begins, ends, *fit, state["is_mql"], 2, queue))
        place = (state["account_id"], *score[:1], state["country"], state["region"])
        traits.append((number, lead, begins, ends, *place, None, None, None, None))
        if ends == last:
            scores.append((lead, last, *score))
        if state["topic"]:
            topics.append((lead, begins, ends, state["topic"], True, FRIDAY, 1))
    _insert(connection, table_of("lead_results"), results)
    _insert(connection, table_of("int_lead_traits"), traits)
    _insert(connection, table_of("lead_scores"), scores)
    _insert(connection, table_of("int_lead_activity_days"), topics)
    _seeds(connection)
    return connection


def _spans(world: World, first: date, last: date) -> Iterator[tuple]:
    """Yield the stretches of days on which nothing about a lead changes."""
    days = sorted(key for key in world.states if first <= key[1] <= last)
    for (lead, state), same in groupby(
        days, lambda key: (key[0], sorted(map(str, world.states[key].items())))
    ):
        assert state
        found = [day for _, day in same]
        yield lead, found[0], found[-1], world.states[lead, found[0]]


def _seeds(connection: duckdb.DuckDBPyConnection) -> None:
    for name in ("routing", "team_members", "holidays"):
        kinds = _columns_of_seed(name)
        columns = ", ".join(" ".join(item) for item in kinds.items())
        connection.execute(f"create table {table_of(name)} ({columns})")
    asked = list(_columns_of_seed("routing"))
    rows = [tuple(row.get(column) for column in asked) for row in ROUTING]
    _insert(connection, table_of("routing"), rows)
    _insert(connection, table_of("team_members"), TEAMS)
    _insert(connection, table_of("holidays"), HOLIDAYS)


def _columns_of_seed(name: str) -> dict[str, str]:
    return FILES[f"{name}.csv"].columns()


def _insert(connection, name: str, rows: Iterable[tuple]) -> None:
    """Insert rows into the table of a model or seed, all at once."""
    if rows := list(rows):
        places = ", ".join([f"({', '.join('?' * len(rows[0]))})"] * len(rows))
        values = [value for row in rows for value in row]
        connection.execute(f"insert into {name} values {places}", values)


class Pipeline:
    """Runs and publications of a world, one after another."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.kept: list[tuple] = []
        self.newest = date.min
        self.published: dict[date, list[dict]] = {}
        self.loads: list[dict] = []

    def run(self, first: date, last: date, *, is_published: bool = True) -> "Pipeline":
        """Score days and publish the last; an older one is not published."""
        with scored(self.world, first, last) as connection:
            _insert(connection, "raw.assignments", self.kept)
            connection.execute(
                "create view staging.stg_pipeline__assignments as from raw.assignments"
            )
            for name in MODELS:
                sql = _sql(name).replace("FIRST", str(first)).replace("LAST", str(last))
                connection.execute(f"create table {table_of(name)} as {sql}")
            if last >= self.newest and is_published:
                self.newest = last
                assignments.keep(connection)
                query = "from marts.lead_assignments order by lead_id"
                self.published[last] = _rows(connection, query)
                query = "from marts.team_loads order by team, owner_id"
                self.loads = _rows(connection, query)
            query = "from raw.assignments order by lead_id"
            self.kept = connection.execute(query).fetchall()
        return self


@cache
def _sql(name: str) -> str:
    run = {"from_date": "FIRST", "as_of_date": "LAST"}
    return sql_of(name, table_of, run | {"scorecard": "s", "experiment": ""})


def _rows(connection, query: str) -> list[dict]:
    found = connection.execute(query)
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def begun(world: World) -> Pipeline:
    return Pipeline(world).run(FRIDAY, FRIDAY)


def in_order(world: World, times: int = 1) -> Pipeline:
    pipeline = begun(world)
    for day in WEEK:
        for _ in range(times):
            pipeline.run(day, day)
    return pipeline


def days_of(day: date, **changes: object) -> dict[date, dict]:
    """Return the states of a lead that qualifies from a day on."""
    return {d: QUALIFIED | {"is_mql": d >= day} | changes for d in DAYS}


def world_of(**leads: dict[date, dict]) -> World:
    return World(
        {(lead, d): row for lead, of in leads.items() for d, row in of.items()}
    )


@pytest.fixture(scope="module")
def world() -> World:
    return random_world(seed=23)


@pytest.fixture(scope="module")
def ordered(world) -> Pipeline:
    return in_order(world)


def told(pipeline: Pipeline) -> tuple:
    return pipeline.published[WEEK[-1]], pipeline.loads, pipeline.kept


def test_days_in_order_twice_in_one_pass_or_newest_first_give_the_same(world, ordered):
    assert in_order(world, times=2).published == ordered.published
    at_once = begun(world).run(WEEK[0], WEEK[-1])
    assert told(at_once) == told(ordered)
    for day in (WEEK[3], WEEK[0]):
        at_once.run(day, day)
    assert told(at_once) == told(ordered)
    in_two = begun(world).run(WEEK[0], WEEK[4], is_published=False)
    in_two.run(WEEK[0], WEEK[3]).run(WEEK[4], WEEK[-1])
    assert told(in_two) == told(ordered)


def test_a_lead_stays_with_whom_it_was_given_to_until_they_leave(ordered):
    moved = set()
    for before, after in pairwise(ordered.published.values()):
        owners = {row["lead_id"]: row for row in before if row["since"]}
        for row in after:
            old = owners.get(row["lead_id"])
            if old and row["since"] and row["owner_id"] != old["owner_id"]:
                moved.add((old["owner_id"], row["as_of_date"]))
                assert row["owner_id"] in {"U1", "U2"}  # U6 was not there yet
                assert row["why"].endswith("; then from U3, who left")
    assert moved == {("U3", DAYS[5])}


def test_each_is_dealt_what_they_take_on_days_on_which_they_work(ordered):
    dealt = defaultdict(list)
    for row in ordered.kept:
        _, _, team, owner, _, how, _, day, slot, slots = row
        if how == "dealt":
            dealt[team, day].append((slot, owner, slots))
    assert dealt
    for (team, day), rows in dealt.items():
        capacity = {
            row[1]: row[2] for row in TEAMS if row[0] == team and works(row, day)
        }
        assert sorted(slot for slot, _, _ in rows) == list(range(1, len(rows) + 1))
        assert {slots for _, _, slots in rows} == {sum(capacity.values())}
        counts = Counter(owner for slot, owner, slots in rows if slot <= slots)
        assert all(count <= capacity[owner] for owner, count in counts.items())


def works(member: tuple, day: date) -> bool:
    _, owner, _, weekdays, calendar, begins, ends, away, back = member
    return (
        owner != GONE
        and f"{day:%a}".lower() in weekdays.split("|")
        and (calendar, day) not in {row[:2] for row in HOLIDAYS}
        and (begins or day) <= day <= (ends or day)
        and not (away and away <= day <= back)
    )


def test_leads_go_by_turns_the_best_first_and_what_is_too_much_is_said():
    monday = DAYS[3]
    american = {"region": "North America"}
    world = world_of(
        L1=days_of(DAYS[2], **american),  # a Sunday
        L2=days_of(monday, **american, total_points=50),
        L3=days_of(monday, **american, total_points=85),
        L4=days_of(monday, **american, total_points=60),
        L5=days_of(DAYS[4], **american),
        L6=days_of(DAYS[5], **american),
    )

    [rows] = Pipeline(world).run(FRIDAY, DAYS[5]).published.values()

    assert [(r["lead_id"], r["owner_id"], r["is_over_capacity"]) for r in rows] == [
        ("L1", "U4", False),
        ("L2", "U4", True),
        ("L3", "U5", False),
        ("L4", "U5", False),
        ("L5", "U4", False),  # on a Tuesday U5 does not work
        ("L6", "U5", False),  # the turn after U4's
    ]
    assert rows[0]["why"] == (
        "Dealt on 2026-06-21 for 2026-06-22: row 4 of routing.csv, team americas, "
        "1 of 3 that day"
    )
    assert rows[1]["why"].endswith("4, where it takes 3 that day")


def test_the_crm_comes_first_then_the_company_and_then_a_turn():
    world = world_of(
        L1=days_of(DAYS[1], account_id="A1", owner_id="U7"),
        L2=days_of(DAYS[1], account_id="A1"),
        L3=days_of(DAYS[1], account_id="A2"),
        L4=days_of(DAYS[2], account_id="A2", region="North America"),
        L5=days_of(DAYS[1], account_id="A3", owner_id="U9"),
        L6=days_of(DAYS[1], account_id="A3"),
        L7=days_of(DAYS[1], region="Asia"),
        L8=days_of(DAYS[1]),
        L9=days_of(DAYS[2], account_id="A4"),
    )
    for day in DAYS[2:]:  # it turns out to be of the company
        world.states["L8", day] = QUALIFIED | {"account_id": "A4"}

    [published] = Pipeline(world).run(FRIDAY, DAYS[2]).published.values()
    rows = {row["lead_id"]: row for row in published}

    assert {lead: row["why"].split(" on ")[0] for lead, row in rows.items()} == {
        "L1": "Owner in the CRM",
        "L2": "Owner of leads of the same company in the CRM",
        "L3": "Dealt",
        "L4": "Has leads of the same company",
        "L5": "Owner in the CRM, inactive there",
        "L6": "Dealt",
        "L7": "No row of routing.csv is for it",
        "L8": "Dealt",
        "L9": "Has leads of the same company",
    }
    for lead, mate in (("L2", "L1"), ("L4", "L3"), ("L9", "L8")):
        assert rows[lead]["owner_id"] == rows[mate]["owner_id"]
    assert rows["L7"]["owner_id"] is None


def test_who_leaves_the_crm_is_dealt_nothing_from_then_on_and_hands_over():
    sunday, monday = DAYS[2:4]
    leaving = replace(random_world(seed=24), left={"U5": sunday})
    ordered = in_order(leaving)
    at_once = begun(leaving).run(WEEK[0], WEEK[-1])
    assert told(at_once) == told(ordered)
    dealt = [row for row in ordered.kept if row[3] == "U5" and row[5] == "dealt"]
    assert {row[7] for row in dealt} & {monday}
    assert all(row[4] < sunday for row in dealt)
    last = ordered.published[WEEK[-1]]
    assert any(row["why"].endswith("; then from U5, who left") for row in last)
    assert not any(row["owner_id"] == "U5" and row["since"] for row in last)


def test_a_lead_that_becomes_part_of_another_brings_its_owner_along():
    world = world_of(L1=days_of(DAYS[5]), L2=days_of(DAYS[1]))
    world.merged["L2"] = ("L1", DAYS[3])
    for day in DAYS[3:]:
        del world.states["L2", day]

    pipeline = Pipeline(world).run(FRIDAY, DAYS[2]).run(DAYS[3], DAYS[6])
    [before], [after] = pipeline.published.values()

    assert (before["lead_id"], after["lead_id"]) == ("L2", "L1")
    assert before["since"] == after["since"] == DAYS[1]
    assert before["owner_id"] == after["owner_id"]
    # The other is no lead of its own when it qualifies, and takes nobody's turn.
    for kept in (pipeline.kept, Pipeline(world).run(FRIDAY, DAYS[6]).kept):
        assert [row[0] for row in kept] == ["L2"]


def test_a_company_stays_with_its_first_owner_whatever_the_crm_said_between():
    owned_for_a_while = days_of(DAYS[6], account_id="A1")
    owned_for_a_while[DAYS[3]] |= {"owner_id": "U7"}
    world = world_of(
        L1=days_of(DAYS[1], account_id="A1"),
        L2=owned_for_a_while,
        L3=days_of(DAYS[3], account_id="A1"),
        L4=days_of(DAYS[5], account_id="A1"),
    )

    pipeline = Pipeline(world).run(FRIDAY, DAYS[2]).run(DAYS[3], DAYS[6])
    owners = {row["lead_id"]: row["owner_id"] for row in pipeline.published[DAYS[6]]}

    assert owners["L3"] == "U7"
    assert owners["L1"] == owners["L2"] == owners["L4"] == "U1"


def test_on_a_day_off_nobody_is_dealt_anything():
    holiday = HOLIDAYS[0][1]
    world = world_of(**{f"L{n}": days_of(holiday) for n in range(4)})

    [rows] = Pipeline(world).run(FRIDAY, holiday).published.values()

    # Only U1 is at work.
    assert [(row["owner_id"], row["is_over_capacity"]) for row in rows] == [
        *[("U1", False)] * 2,
        *[("U1", True)] * 2,
    ]


def test_calls_of_nobody_and_owners_with_too_many_are_told():
    with duckdb.connect() as published:
        published.execute("""
            create table lead_assignments as from (values
                ('L1', null, 'No row of routing.csv is for it'),
                ('L2', null, 'No row of routing.csv is for it'),
                ('L3', null, 'Nobody of team emea works any day soon'),
                ('L4', 'U1', 'Owner in the CRM')
            ) as rows (lead_id, owner_id, why);
            create table team_loads as from (values
                ('emea', 'U1', 4, 5, 1), ('emea', 'U2', 4, 4, 0), ('us', 'U3', 0, 2, 2)
            ) as rows (team, owner_id, capacity, dealt, over_capacity);
            create table owners as select 'U1' as owner_id, 'Olga' as name;
        """)
        assert list(warnings(published)) == [
            "2 calls are nobody's. No row of routing.csv is for it.",
            "1 call is nobody's. Nobody of team emea works any day soon.",
            "Dealt more than they take on a day: Olga 5 where 4 is the most (emea), "
            "U3 2 where 0 is the most (us).",
        ]


def test_the_threshold_that_the_teams_can_take_is_told_once_it_was_judged(tmp_path):
    with duckdb.connect() as connection:
        connection.execute("""
            create table lead_scores as select 'default' as ruleset;
            create table team_loads as
            from (values (30), (20)) as rows (capacity_per_week);
            create table ruleset_performance as
            select 'won' as target, 'default' as ruleset;
            create table qualification_performance as
            select
                'won' as target, 'default' as ruleset, 'all' as grade_letter,
                (10 * i)::integer as min_points, 137.0 - 10 * i as mqls_per_week,
                i / 20 as precision_rate
            from range(13) as numbers (i);
        """)
        judged = {"probabilities": {"won": {}}}
        shown = Shown(tmp_path, connection, judged, [], "UTC", with_names=False)

        [section] = capacity(shown)

        assert section.sentences == [
            "The teams can take 50 leads a week. If all from 90 points on were called, "
            "whatever their grade, 47.0 would come in a week."
        ]
        [table] = section.tables
        assert [row[0] for row in table.rows] == ["70", "80", "90", "100", "110"]
        connection.execute("update team_loads set capacity_per_week = 1")
        [section] = capacity(shown)
        assert section.sentences[0].endswith("even from the highest threshold on.")
        connection.execute("delete from ruleset_performance")
        assert capacity(shown) == []
