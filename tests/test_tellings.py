"""Whole paths, from files to scores: what must not depend on how it was delivered.

All tellings of one story lie in one world, so one run of the models scores them all.
"""

from datetime import date, timedelta
from itertools import pairwise
from random import Random

import pytest
from pipeline_world import DAY, score_again, warehouse, world_of
from tellings import Files, Row, story_of, tell

from leadscore import ingest, pipeline
from leadscore.settings import PROJECT

DAYS = [DAY - timedelta(days=back) for back in (9, 6, 3, 0)]
CUT = DAYS[1]
UNDONE = DAYS[2]
OUTCOMES = {
    "leads": ("status", "converted_at"),
    "opportunities": ("is_won", "stage", "amount", "closed_at"),
}
POINTS = "total_points, score, grade, engagement_level, columns('.*_points')"


def with_other_outcomes(files: Files) -> Files:
    """Every outcome is another one, nothing else is."""
    random = Random(1)
    values = {
        "status": ["new", "converted", "disqualified", "recycled", ""],
        "converted_at": ["", "2026-06-05"],
        "is_won": ["true", "false"],
        "stage": ["open", "lost"],
        "amount": ["5", ""],
        "closed_at": ["2026-06-01", "2026-06-05"],
    }
    return {
        (source, day, name): [
            row | {one: random.choice(values[one]) for one in OUTCOMES.get(name, ())}
            for row in rows
        ]
        for (source, day, name), rows in files.items()
    }


def shuffled_split_and_renamed(files: Files) -> Files:
    """Rows in another order, each file in two; no record's id sorts as it did."""
    random = Random(2)
    told: Files = {}
    for (source, day, name), rows in files.items():
        rows = [{k: _renamed(k, v) for k, v in row.items()} for row in rows]
        random.shuffle(rows)
        half = len(rows) // 2
        for part, some in (("1", rows[:half]), ("2", rows[half:])):
            if some:
                told[source, day, f"{name}{part}"] = some
    return told


def _renamed(column: str, value: str) -> str:
    # Of two accounts of one domain the id decides: they keep their order.
    if not value or column not in ("lead_id", "merged_id", "into_id", "visitor_id"):
        return value
    return f"{99 - int(value[-1])}-{value}"


def without_what_came_later(files: Files) -> Files:
    """Nothing is delivered after a day."""
    return {place: rows for place, rows in files.items() if place[1] <= CUT}


def with_merges_that_are_undone(files: Files) -> Files:
    """The CRM merges more records of a company, and takes it back."""
    merged = {
        record
        for place, rows in files.items()
        if place[2] == "merges"
        for row in rows
        for record in row.values()
    }
    told = dict(files)
    for day in DAYS[:2]:
        told["crm", day, "merges"] = files.get(("crm", day, "merges"), []) + [
            {"merged_id": one["lead_id"], "into_id": two["lead_id"]}
            for one, two in pairwise(files["crm", day, "leads"])
            # What the story merges itself, then or later, would not be taken back.
            if _company(one) == _company(two) and one["lead_id"] not in merged
        ]
    return told


def _company(record: Row) -> str:
    return record["lead_id"].partition("-")[0]


def with_every_event_twice(files: Files) -> Files:
    """Web events and mails are delivered again on the next day of delivery."""
    told = dict(files)
    for day, following in pairwise(DAYS):
        for source, name in (("web", "pages"), ("email", "mails")):
            again = files.get((source, day, name), [])
            if again:
                told[source, following, f"{name}_again"] = again
    return told


TELLINGS = {
    "plain": lambda files: files,
    "outcomes": with_other_outcomes,
    "renamed": shuffled_split_and_renamed,
    "cut": without_what_came_later,
    "undone": with_merges_that_are_undone,
    "twice": with_every_event_twice,
}


@pytest.fixture(scope="module")
def told(request, tmp_path_factory):
    """What each telling says: result by (lead, ruleset, day), the lead in its words."""
    options = request.config.option
    data = tmp_path_factory.mktemp("tellings")
    config = data / "config"
    generic = (PROJECT / "sources" / "crm" / "generic.yml").read_text()
    mine = config / "sources" / "crm" / "mine.yml"
    mine.parent.mkdir(parents=True)
    # Some tellings lack what all the others have.
    mine.write_text(generic.replace("snapshot", "snapshot\n    max_gone_pct: 100"))
    story = story_of(options.cases, DAYS, options.case_seed)
    for word, retell in TELLINGS.items():
        tell(story, data / "extracts", word, retell)
    for day in DAYS:
        for source in ("crm", "email", "web"):
            (data / "extracts" / source / day.isoformat() / "_DONE").touch()
    days = (DAYS[-1] - DAYS[0]).days + 1
    with world_of(data, history_days=days, config=config) as settings:
        for source in settings.sources_in_use:
            ingest.load(settings, source, DAY)
            ingest.accept(settings, source)
        pipeline.layer("rules", DAY.isoformat())
        score_again(settings, DAY, "lead_score_history")
        yield _results(settings)


def _results(settings) -> dict[str, dict]:
    rows = warehouse(
        settings,
        f"""
        with addresses as (
            select lead_id, min(identifier) as address
            from intermediate.int_lead_members
            where identifier_type = 'email'
            group by lead_id
        )

        select
            coalesce(
                if(starts_with(lead_id, 'e_'), address, lead_id), lead_id
            ) as name,
            ruleset, as_of_date, stage, {POINTS}
        from marts.lead_score_history left join addresses using (lead_id)
        """,
    )
    found: dict[str, dict] = {word: {} for word in TELLINGS}
    for name, ruleset, day, stage, *points in rows:
        [word] = [word for word in TELLINGS if word in name]
        plain = name.replace(word, "plain")
        if plain[0].isdigit():  # what `_renamed` put before it
            plain = plain.partition("-")[2]
        found[word][plain, ruleset, day] = (stage, *points)
    return found


def _points(rows: dict) -> dict:
    return {key: points for key, (_, *points) in rows.items()}


def _of_days(rows: dict, first: date = DAYS[0], last: date = DAYS[-1]) -> dict:
    return {key: row for key, row in rows.items() if first <= key[2] <= last}


def test_the_story_has_points_and_people(told):
    results = told["plain"].values()
    assert len({row[1] for row in results}) > 20
    assert len({row[0] for row in results}) > 3


def test_outcomes_move_no_points(told):
    assert _points(told["outcomes"]) == _points(told["plain"])
    assert told["outcomes"] != told["plain"]  # they do move stages


def test_names_order_and_files_move_nothing(told):
    assert told["renamed"] == told["plain"]


def test_later_deliveries_move_no_earlier_day(told):
    assert _of_days(told["cut"], last=CUT) == _of_days(told["plain"], last=CUT)


def test_a_merge_taken_back_leaves_nothing(told):
    assert _of_days(told["undone"], UNDONE) == _of_days(told["plain"], UNDONE)


def test_an_event_delivered_again_counts_once(told):
    assert told["twice"] == told["plain"]
