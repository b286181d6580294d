"""`leadscore serve`: what it shows of a lead, to whom, and that it changes nothing."""

import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import duckdb
import pytest
from fastapi.testclient import TestClient
from pipeline_world import published
from pydantic import SecretStr
from rich.console import Console

from leadscore.errors import LeadscoreError
from leadscore.explain import explain
from leadscore.publish import current_build
from leadscore.report.write import PAGES
from leadscore.serve.app import ADDRESSES, create_app
from leadscore.serve.lead import OF_LEAD

LEAD = "L90001"
WIDTHS = (320, 768, 1920)


@pytest.fixture(scope="module")
def client(world):
    return TestClient(create_app(world), base_url="http://localhost")


@pytest.mark.parametrize("title", PAGES)
def test_the_report_is_there_and_leads_have_links(client, title):
    answer = client.get(ADDRESSES[title])
    assert answer.status_code == 200
    assert f"<title>{title}" in answer.text
    assert all(f'href="{address}"' in answer.text for address in ADDRESSES.values())
    assert ('href="/leads/L' in answer.text) == (title in ("Today", "Leads"))


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("gina go", "L90001"),
        ("GINA.GOLD.SAMPLE@", "L90001"),
        ("duskwater", "L90022"),
        ("L90001", "L90001"),
    ],
)
def test_a_lead_is_found_by_name_email_company_and_id(client, asked, found):
    answer = client.get("/search", params={"q": asked})
    assert f'href="/leads/{found}"' in answer.text


def test_a_search_takes_what_is_typed_as_text(client):
    answer = client.get("/search", params={"q": "%"})
    assert "0 leads known by" in answer.text
    answer = client.get("/search", params={"q": "<script>alert(1)</script>' --"})
    assert "0 leads known by" in answer.text
    assert "<script>alert" not in answer.text


def test_json_has_what_is_published_of_a_lead(world, client):
    told = client.get(f"/api/leads/{LEAD}").json()
    [row] = published(
        world,
        "select total_points::varchar, grade from lead_scores "
        f"where lead_id = '{LEAD}'",
    )
    assert (told["total_points"], told["grade"]) == row
    factors = published(
        world,
        "select sum(points)::varchar, count(*) from lead_score_factors "
        f"where lead_id = '{LEAD}' and ruleset = 'default'",
    )
    assert factors == [(told["total_points"], len(told["factors"]))]
    assert {*OF_LEAD, "contact", "account"} <= {*told}
    assert told["contact"]["first_name"] == "Gina"


def test_the_page_of_a_lead_has_every_factor(client):
    told = client.get(f"/api/leads/{LEAD}").json()
    page = client.get(f"/leads/{LEAD}").text
    assert "Gina Gold" in page
    assert all(factor["rule_id"] in page for factor in told["factors"])
    assert all(step["sentence"] in page for step in told["next_steps"])


def test_another_id_of_a_lead_leads_to_its_page(client):
    answer = client.get("/leads/gina.gold.sample@gmail.com", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (307, f"/leads/{LEAD}")


@pytest.mark.parametrize("address", ["/leads/nobody", "/api/leads/nobody", "/no"])
def test_what_is_not_there_is_said(client, address):
    answer = client.get(address)
    assert answer.status_code == 404
    assert "html" in answer.headers["content-type"] or address.startswith("/api")
    assert "No lead is known as" in answer.text or address == "/no"
    assert ("Find a lead" in answer.text) == (not address.startswith("/api"))


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
@pytest.mark.parametrize("address", ["/", f"/leads/{LEAD}", f"/api/leads/{LEAD}"])
def test_nothing_can_be_written(client, method, address):
    assert getattr(client, method)(address).status_code == 405


def test_no_page_is_kept_framed_or_guessed_at(client):
    headers = client.get("/").headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"


def test_a_page_of_another_name_cannot_read_it(world):
    client = TestClient(create_app(world), base_url="http://evil.example")
    assert client.get("/").status_code == 400


def test_elsewhere_it_asks_for_the_token(world):
    with pytest.raises(LeadscoreError, match="LEADSCORE_SERVE_TOKEN"):
        create_app(world, "0.0.0.0")
    guarded = world.model_copy(update={"serve_token": SecretStr("s3cret")})
    client = TestClient(create_app(guarded, "0.0.0.0"), base_url="http://leads.example")
    for address in ("/", "/search?q=gina", f"/leads/{LEAD}", f"/api/leads/{LEAD}"):
        refused = client.get(address)
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"].startswith("Basic")
        assert "Gina" not in refused.text
        assert client.get(address, auth=("any", "wrong")).status_code == 401
        assert client.get(address, auth=("any", "s3cret")).status_code == 200
    assert client.get("/health").status_code == 200
    nowhere = client.get("/no/such/page")
    assert nowhere.status_code == 404
    assert "Scores of" not in nowhere.text


def test_before_the_first_publication_it_says_so(world, tmp_path):
    empty = world.model_copy(update={"data": tmp_path})
    answer = TestClient(create_app(empty), base_url="http://localhost").get("/")
    assert answer.status_code == 503
    assert "Nothing is published" in answer.text


def test_the_next_publication_is_shown_at_once_and_the_warehouse_not_needed(
    world, tmp_path
):
    published_alone = tmp_path / "published"
    shutil.copytree(world.published, published_alone, symlinks=True)
    settings = world.model_copy(update={"data": tmp_path})
    client = TestClient(create_app(settings), base_url="http://localhost")
    before = client.get("/health").json()["build_id"]
    build = current_build(settings)
    shutil.copytree(build, build.with_name("another"))
    link = tmp_path / "new"
    link.symlink_to(Path("builds") / "another")
    link.replace(published_alone / "current")
    assert client.get("/health").json()["build_id"] == "another" != before
    assert client.get("/").status_code == 200


def test_a_build_of_another_version_asks_for_a_new_score(world, tmp_path):
    shutil.copytree(world.published, tmp_path / "published", symlinks=True)
    settings = world.model_copy(update={"data": tmp_path})
    database = current_build(settings) / "lead_scores.duckdb"
    database.chmod(0o644)
    with duckdb.connect(database) as connection:
        for table in ("lead_scores", "lead_scores_all"):
            connection.execute(f"alter table {table} drop column is_overdue")
    answer = TestClient(create_app(settings), base_url="http://localhost").get("/")
    assert answer.status_code == 503
    assert "by another version of leadscore: score once more" in answer.text
    with pytest.raises(LeadscoreError, match="score once more"):
        explain(settings, LEAD, Console())


@pytest.fixture(scope="module")
def served(world):
    """The command itself, on a free port; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = Path(sys.executable).with_name("leadscore")
    process = subprocess.Popen(
        [command, "serve", "--port", str(port)], stdout=subprocess.PIPE, text=True
    )
    for _ in range(600):
        try:
            urllib.request.urlopen(f"{address}/health", timeout=60)
            break
        except OSError:
            time.sleep(0.2)
    yield address
    process.terminate()
    assert process.wait(timeout=30) in (0, -15)
    assert f"Serving on {address}" in process.stdout.read()


def test_the_command_serves_until_it_is_stopped(served):
    with urllib.request.urlopen(f"{served}/leads/{LEAD}", timeout=60) as answer:
        assert "Gina Gold" in answer.read().decode()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_browser_finds_a_lead_and_shows_it_without_a_fault(served, browser, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    tab = browser.new_page(color_scheme=scheme)
    said, asked = [], []
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(served)
    tab.fill("input[name=q]", "gina")
    with tab.expect_navigation():
        tab.keyboard.press("Enter")
    for page in ("search", "lead"):
        for width in WIDTHS:
            tab.set_viewport_size({"width": width, "height": 900})
            assert tab.evaluate("document.documentElement.scrollWidth") == width
            found = axe.run(tab).response["violations"]
            serious = [one for one in found if one["impact"] in ("serious", "critical")]
            assert not serious, serious
        if page == "search":
            tab.click(f"a[href='/leads/{LEAD}']")
    assert tab.inner_text("h1") == "Gina Gold"
    tab.close()
    assert said == []
    assert all(url.startswith(f"{served}/") for url in asked), asked
