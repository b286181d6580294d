"""The report's pages, as files and in a real browser: what they show, and to whom."""

import re
import shutil
from pathlib import Path
from urllib.parse import urlparse

import duckdb
import pytest
import yaml
from pipeline_world import published

from leadscore.calls import CALL_LIST
from leadscore.judging.report import write_page
from leadscore.models import name_of, table_of
from leadscore.publish import (
    CONTACTS,
    DATABASE,
    JUDGED_PAGE,
    open_build,
    read_build,
    remove_leftovers,
    unseal,
    write_publication,
)
from leadscore.report.page import NAVIGATION
from leadscore.report.write import FILES, write_reports
from leadscore.settings import PROJECT, REPORT, REPORTS, SHARED_REPORT

WIDTHS = (320, 768, 1920)
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    'O\'Neil & "Söhne" {{ 7 * 7 }} </style>',
    "\u202eمرحبا\u202c שלום",  # noqa: RUF001
    "ü" * 300,
    "<!-- navigation -->",
]


@pytest.fixture(scope="module")
def build(world) -> Path:
    return (world.published / "current").resolve()


@pytest.fixture(scope="module")
def hostile(world, build, tmp_path_factory) -> Path:
    """The build with names that try to be more than text, on its call list first."""
    folder = tmp_path_factory.mktemp("hostile") / "builds" / build.name
    shutil.copytree(build, folder)
    unseal(folder)
    for path in folder.rglob("*"):
        path.chmod(0o700)
    with open_build(folder) as connection:
        leads = connection.execute(
            f"select lead_id, account_id from ({CALL_LIST})", ["UTC"]
        ).fetchall()
    assert len(leads) >= len(HOSTILE)
    with duckdb.connect(folder / CONTACTS) as contacts:
        for name, (lead, _) in zip(HOSTILE, leads, strict=False):
            contacts.execute(
                "update lead_contacts set first_name = $1, last_name = null, "
                "job_title = $1, email = $1, phone = $1, company_name = $1 "
                "where lead_id = $2",
                [name, lead],
            )
    with duckdb.connect(folder / DATABASE) as scores:
        scores.execute(
            "update lead_scores set top_reasons = $1, action = $1, queue = $1 "
            "where lead_id = $2",
            [HOSTILE[0], leads[0][0]],
        )
    write_page([], folder / JUDGED_PAGE)
    write_reports(world, folder, REPORTS)
    return folder


def test_dbt_knows_every_table_that_the_pages_read():
    folders = [PROJECT / "leadscore" / name for name in ("report", "serve")]
    files = [PROJECT / "leadscore" / "calls.py"]
    files += [path for folder in folders for path in folder.glob("*.py")]
    asked = "".join(path.read_text("utf-8") for path in files)
    exposures = PROJECT / "dbt_project" / "models" / "exposures.yml"
    [report, *_] = yaml.safe_load(exposures.read_text())["exposures"]
    named = {re.sub(r"ref\('(.*)'\)", r"\1", ref) for ref in report["depends_on"]}
    marts = (PROJECT / "dbt_project" / "models" / "marts").rglob("*.sql")
    names = {path.stem: name_of(table_of(path.stem)) for path in marts}
    read = {m for m, t in names.items() if re.search(rf"\b(from|join)\s+{t}\b", asked)}
    assert read == named


@pytest.mark.parametrize("folder", REPORTS)
def test_every_page_is_there_and_only_its_owner_reads_names(build, folder):
    pages = sorted(path.name for path in (build / folder).iterdir())
    assert pages == sorted(FILES.values())
    modes = {oct(path.stat().st_mode & 0o777) for path in (build / folder).iterdir()}
    assert modes == ({"0o400"} if folder == REPORT else {"0o444"})


def test_a_build_of_an_earlier_version_and_one_half_removed_are_no_hindrance(
    world, build, tmp_path
):
    builds = tmp_path / "builds"
    shutil.copytree(build, builds / "new")
    shutil.copytree(build, builds / "old")
    (builds / "half").mkdir()
    for folder in (builds / "new", builds / "old"):
        unseal(folder)
    (builds / "old" / DATABASE).chmod(0o600)
    with duckdb.connect(builds / "old" / DATABASE) as scores:
        for table in ("rules", "rulesets", "owners", "accounts"):
            scores.execute(f"drop table {table}")
    old = read_build(builds / "old")
    write_publication(builds / "old", old | {"published_at": "2026-01-01"})
    write_reports(world, builds / "new", REPORTS)
    today = (builds / "new" / REPORT / FILES["Today"]).read_text("utf-8")
    assert f"New since the scores of {old['as_of_date']}" in today
    remove_leftovers(tmp_path)
    assert sorted(path.name for path in builds.iterdir()) == ["new", "old"]


def test_the_shared_report_names_nobody(world, build):
    contacts = published(
        world, "select email, phone, first_name || ' ' || last_name from lead_contacts"
    )
    personal = {value for row in contacts for value in row if value}
    pages = {
        folder: "".join(path.read_text("utf-8") for path in (build / folder).iterdir())
        for folder in REPORTS
    }
    assert [value for value in personal if value in pages[REPORT]]
    assert not [value for value in personal if value in pages[SHARED_REPORT]]


def test_a_report_that_is_switched_off_is_not_written(world, hostile):
    assert world.model_copy(update={"reports": "none"}).reports_in_use == []
    write_reports(world, hostile, [])  # and what is there stays
    assert (hostile / REPORT / "index.html").exists()


# Cells whose text runs into their neighbours.
OVERFLOWING = """
    [...document.querySelectorAll("th, td")]
        .filter(cell => cell.scrollWidth > cell.clientWidth + 1)
        .map(cell => cell.textContent)
"""


@pytest.mark.parametrize("title", FILES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_browser_shows_each_page_without_a_fault(hostile, browser, title, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = hostile / REPORT / FILES[title]
    tab = browser.new_page(color_scheme=scheme)
    said, asked = [], []
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("dialog", lambda dialog: said.append(dialog.message))
    tab.goto(page.as_uri())
    for width in WIDTHS:
        tab.set_viewport_size({"width": width, "height": 900})
        tab.evaluate("document.querySelectorAll('details').forEach(d => d.open = 1)")
        assert tab.evaluate("document.documentElement.scrollWidth") == width
        assert tab.evaluate(OVERFLOWING) == []
        found = axe.run(tab).response["violations"]
        serious = [one for one in found if one["impact"] in ("serious", "critical")]
        assert not serious, serious
    assert (said, asked) == ([], [page.as_uri()])
    links = tab.evaluate("[...document.querySelectorAll('a')].map(a => a.href)")
    tab.close()
    for link in links:
        target = Path(urlparse(link).path)
        assert target.exists(), link
        if anchor := urlparse(link).fragment:
            assert f'id="{anchor}"' in target.read_text("utf-8"), link


def test_the_page_of_judge_is_the_one_of_the_report_with_the_way_to_the_others(hostile):
    judged = (hostile / JUDGED_PAGE).read_text("utf-8")
    page = (hostile / REPORT / FILES["Judged"]).read_text("utf-8")
    before, after = judged.split(NAVIGATION)
    assert page.startswith(before)
    assert page.endswith(after)
    assert '<a href="judged.html" aria-current="page">Judged</a>' in page


def test_hostile_names_are_shown_as_the_text_they_are(hostile, browser):
    tab = browser.new_page()
    tab.goto((hostile / REPORT / FILES["Today"]).as_uri())
    shown = tab.evaluate("document.querySelector('main').innerText")
    tab.close()
    for name in HOSTILE:
        assert name in shown


def rows_of(tab) -> list[str]:
    """The ids of the calls that are shown, from top to bottom."""
    texts = tab.evaluate(
        "[...document.querySelectorAll('.calls tbody tr')]"
        ".filter(row => row.checkVisibility()).map(row => row.cells[1].innerText)"
    )
    return [re.search(r"\(?(L\d+|h_\w+|e_\w+)\)?", text).group(1) for text in texts]


@pytest.fixture
def today(build, browser):
    tab = browser.new_page(viewport={"width": 1280, "height": 900})
    tab.goto((build / REPORT / FILES["Today"]).as_uri())
    yield tab
    tab.close()


def calls(world, condition: str = "true", order: str = "line") -> list[str]:
    """The ids of the call list, by SQL on the publication."""
    query = f"select lead_id from ({CALL_LIST}) where {condition} order by {order}"
    query = query.replace("$1", "'UTC'")
    return [lead for (lead,) in published(world, query)]


def test_the_call_list_is_that_of_the_table_in_its_order(world, today):
    assert rows_of(today) == calls(world)


def test_each_filter_shows_the_calls_that_it_names_and_no_others(world, today):
    for column, condition in (
        ("queue", "queue = '{}'"),
        ("owner", "owner_id = (select owner_id from owners where name = '{}')"),
        ("when", "is_overdue = ('{}' = 'overdue')"),
    ):
        options = today.locator(f"#{column} option").all_inner_texts()[1:]
        assert options, column
        for option in options:
            today.select_option(f"#{column}", label=option)
            assert rows_of(today) == calls(world, condition.format(option)), option
        today.select_option(f"#{column}", label="all")
    assert calls(world, "owner_id is null") == []  # routing has somebody for each


def test_the_teams_are_told_with_what_they_take(world, today):
    table = today.locator("table", has_text="calls in all")
    shown = [row.split("\t")[:2] for row in table.locator("tbody tr").all_inner_texts()]
    assert shown == [
        list(row)
        for row in published(
            world,
            "select team, owners.name from team_loads inner join owners "
            "using (owner_id) order by team, over_capacity desc, name",
        )
    ]


def test_a_heading_sorts_by_mouse_and_by_keyboard(world, today):
    # Pages forbid what waits for an expression of ours: so the element says it.
    today.evaluate(
        "sorts = 0; document.addEventListener("
        "'sort-end', () => document.body.dataset.sorts = ++sorts)"
    )
    heading = today.locator(".calls thead th", has_text="Score")
    heading.click()
    today.locator("body[data-sorts='1']").wait_for()
    assert rows_of(today) == calls(world, order="total_points, line")
    heading.focus()
    today.keyboard.press("Enter")
    today.locator("body[data-sorts='2']").wait_for()
    assert rows_of(today) == calls(world, order="total_points desc, line")


def test_the_grid_counts_the_leads_of_the_table(world, build, browser):
    tab = browser.new_page()
    tab.goto((build / REPORT / FILES["Leads"]).as_uri())
    table = tab.locator("table", has_text="Leads by grade and level").first
    shown = [row.split() for row in table.locator("tbody tr").all_inner_texts()]
    tab.close()
    counts = published(
        world,
        "select grade, count(*) from lead_scores group by grade, grade_rank "
        "order by grade_rank",
    )
    assert [(row[0], int(row[-1].replace(",", ""))) for row in shown] == counts
