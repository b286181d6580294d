"""A CRM's own fields, of leads and of accounts: priced, published, and in a view.

Two maps read the records of two days. One map names a column of ours that the other
leaves as it is, and the account of L3 is in another territory on the second day.
"""

import csv
import io
import re
import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest
from pipeline_world import (
    ingest,
    publish,
    published,
    score_again,
    warehouse,
    world_of,
)
from rich.console import Console

from leadscore import forget
from leadscore.outlook import look_ahead
from leadscore.pipeline import layer
from leadscore.rewind import score_past
from leadscore.rules import check_settings
from leadscore.rules.compare import show_diff, try_rules
from leadscore.rules.known import show_vocabulary
from leadscore.runs import current_run
from leadscore.settings import MAPPINGS, PROJECT, Settings

DAY = date(2026, 11, 20)
BEFORE = DAY - timedelta(days=1)

ROWS = Path(__file__).parent / "data" / "custom_fields"
# Rows of signals.csv: what is published, and what is a number.
SIGNALS = """\
attribute.Plan,What they pay us for today,false,text,true
account.Territory,The region of our sales that the account is in,false,text,true
account.Seats,How many may use it,false,number,true
"""
POINTS = {"L1": 44, "L2": 28, "L3": 36, "L4": 0, "P1": 1}


@pytest.fixture(scope="module")
def custom(tmp_path_factory):
    """The world after one run, of the second day."""
    root = tmp_path_factory.mktemp("custom")
    config = root / "config"
    for folder in ("sources/crm", "mappings"):
        (config / folder).mkdir(parents=True)
    shutil.copytree(ROWS / "rules", config / "rules")
    shutil.copy(ROWS / "partners.yml", config / "sources" / "crm")
    shutil.copy(PROJECT / "sources" / "crm" / "generic.yml", config / "sources" / "crm")
    ours = (MAPPINGS / "signals.csv").read_text(encoding="utf-8")
    own = re.sub(r"^(city,.*),$", r"\1,true", ours, flags=re.MULTILINE)
    (config / "mappings" / "signals.csv").write_text(own + SIGNALS)
    for day in (BEFORE, DAY):
        folder = root / "extracts" / "crm" / day.isoformat()
        folder.mkdir(parents=True)
        for path in ROWS.glob("*.csv"):
            shutil.copy(path, folder)
    accounts = root / "extracts" / "crm" / BEFORE.isoformat() / "accounts.csv"
    accounts.write_text(
        accounts.read_text().replace("Prospect,North", "Prospect,South")
    )
    with world_of(root, config=config, sources="crm") as settings:
        ingest(settings, BEFORE)
        ingest(settings, DAY)
        layer("rules", DAY.isoformat())
        score_again(settings, DAY)
        warehouse(settings, "update raw.run set events_built = true")
        look_ahead(settings, current_run(settings))
        publish(settings, DAY)
        yield settings


def said(function, *arguments) -> str:
    console = Console(width=200, file=io.StringIO(), highlight=False)
    function(*arguments, console)
    return console.file.getvalue()


def copied_config(settings: Settings, folder: Path) -> Settings:
    """The world with a copy of its config, for a test to write in."""
    shutil.copytree(settings.config, folder / "own")
    return settings.model_copy(update={"config": folder / "own"})


def draft(settings: Settings, folder: Path, asked: str) -> Settings:
    """The world with one more rule, of seven points."""
    own = copied_config(settings, folder / asked)
    with (own.config / "rules" / "signal_rules.csv").open("a") as file:
        file.write(f"fields,tried,firmographic,tried,{asked},,,,,7,,Tried,Own\n")
    return own


def test_columns_of_leads_and_accounts_are_priced(custom):
    rows = published(custom, "select lead_id, total_points from lead_scores")
    assert dict(rows) == POINTS


def test_what_signals_csv_publishes_is_published_for_those_who_have_it(custom):
    assert published(custom, "from lead_attributes order by all") == [
        ("L1", "account.Seats", "120"),
        ("L1", "account.Territory", "north"),
        ("L1", "attribute.Plan", "gold"),
        ("L1", "city", "berlin"),
        ("L2", "account.Seats", "120"),
        ("L2", "account.Territory", "north"),
        ("L2", "attribute.Plan", "gold"),
        ("L3", "account.Seats", "on request"),
        ("L3", "account.Territory", "north"),
        ("L3", "attribute.Plan", "silver"),
        ("L3", "city", "paris"),
        ("P1", "account.Territory", "south"),
        ("P1", "attribute.Plan", "silver"),
    ]


def test_a_view_counts_the_leads_and_their_mean_score_by_a_custom_field(custom):
    text = (PROJECT / "docs" / "scoring.md").read_text(encoding="utf-8")
    view, _ = re.findall(r"```sql\n(.*?)```", text, re.DOTALL)
    assert published(custom, view) == [
        ("gold", 2, 23.4),  # 44 and 28 points, each 0.65 on the curve
        ("silver", 2, 12.0),
        ("not known", 1, 0.0),
    ]
    assert published(custom, view.replace("attribute.Plan", "account.Territory")) == [
        ("north", 3, 23.4),
        ("south", 1, 0.7),
        ("not known", 1, 0.0),
    ]


def test_the_list_counts_leads_and_values_of_account_columns(custom):
    text = said(show_vocabulary, custom)
    assert re.search(r"account\.Territory +4 +north\|south +The region of our", text)
    assert re.search(r"account\.country +3 +de\|fr +The account's column cou", text)
    assert re.search(r'attribute\.Budget "k" +2 ', text)
    assert re.search(r"account\.Renewal +1 .*outcome", text)
    assert re.search(r"account\.currency +0 ", text)


@pytest.mark.parametrize(
    ("signal", "part"),
    [
        ("account.Teritory", "did you mean account.Territory?"),
        ("account.Renewal", "account.Renewal is an outcome"),
        ("account.name", "account.name is an outcome"),  # the map says so
        ("account.account_type", "account.account_type is an outcome"),
        ("attribute.Territory", "there is no signal 'attribute.Territory'"),
    ],
)
def test_no_rule_prices_an_outcome_or_what_no_account_has(
    custom, tmp_path, signal, part
):
    (finding,) = check_settings(draft(custom, tmp_path, f"{signal},*"))
    assert part in finding.message


@pytest.mark.parametrize(
    ("row", "part"),
    [
        ("attribute.Plann,What,false,text,true", "did you mean attribute.Plan?"),
        ("account.plan,What,false,text,", "there is no signal 'account.plan'"),
        ("account.industry,What,false,text,", "did you mean industry?"),
        ("owner_id,Who,false,text,true", "there is no signal 'owner_id'"),
        ("segment.vip_north,Who,false,text,true", "there is no signal 'segment."),
        ("attribute.city,Where,false,text,yes", "'yes' is neither true nor false"),
    ],
)
def test_a_row_of_signals_csv_that_is_wrong_is_refused(custom, tmp_path, row, part):
    own = copied_config(custom, tmp_path)
    with (own.config / "mappings" / "signals.csv").open("a") as file:
        file.write(row + "\n")
    (finding,) = check_settings(own)
    assert part in finding.message
    assert str(finding).startswith("mappings/signals.csv line ")


def test_a_past_day_has_the_account_of_that_day(custom):
    with score_past(custom, "L3", DAY, BEFORE) as past:
        changes = past.execute(
            "select rule_id, points_change from lead_score_changes order by all"
        ).fetchall()
    assert changes == [("north", 20), ("vip_north", 10)]
    with score_past(custom, "L3", BEFORE) as past:
        points = past.execute("select total_points from lead_scores_all").fetchall()
    assert points == [(6,)]


def test_a_draft_may_ask_what_no_rule_has_asked_before(custom, tmp_path):
    like_us = draft(custom, tmp_path, "account.domain,one.example")
    tried = said(try_rules, like_us, "L1", "fields")
    assert re.search(r"^tried .* 51.00 points", tried, re.MULTILINE)
    others = draft(custom, tmp_path, "account.domain,!one.example")
    moved = said(show_diff, others, "fields", "fields")
    assert re.search(r"P1 +1.00 +8.00 +.7.00 .*tried", moved)


def test_what_an_account_says_today_holds_in_the_days_to_come(custom):
    assert published(custom, "select lead_id from lead_scores where is_mql") == [
        ("L1",)
    ]
    assert warehouse(custom, "from raw.outlook") == []


def test_who_is_forgotten_has_no_published_facts(custom, tmp_path):
    shutil.copytree(custom.data, tmp_path / "data", symlinks=True)
    with world_of(tmp_path / "data", config=custom.config, sources="crm") as copied:
        forget.forget(copied, forget.look_up(copied, ["L1"]))
        left = "select distinct lead_id from {} order by all"
        them = [("L2",), ("L3",), ("P1",)]
        assert published(copied, left.format("lead_attributes")) == them
        parquet = copied.published / "parquet" / "lead_attributes.parquet"
        assert published(copied, left.format(f"'{parquet}'")) == them
        assert warehouse(copied, left.format("marts.lead_attributes")) == them


def test_a_copy_of_signals_csv_from_before_still_scores(custom, tmp_path):
    """It lacks the column `published`, as the warehouse does, and later rows."""
    shutil.copytree(custom.data, tmp_path / "data", symlinks=True)
    own = copied_config(custom, tmp_path)
    path = own.config / "mappings" / "signals.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row[:-1] for row in csv.reader(file)]
    later = ("state", "city", "attribute.Plan", "account.Territory", "account.Seats")
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(row for row in rows if row[0] not in later)
    with world_of(tmp_path / "data", config=own.config, sources="crm") as copied:
        warehouse(copied, "alter table mappings.signals drop column published")
        assert check_settings(copied) == []
        layer("rules", DAY.isoformat())
        score_again(copied, DAY, "lead_scores", "lead_attributes")
        assert warehouse(copied, "from marts.lead_attributes") == []
        points = "select total_points from marts.lead_scores where lead_id = 'L1'"
        assert warehouse(copied, points) == [(POINTS["L1"],)]
