"""The web app: a publication opened per request, and no write of any kind."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request, Response
from fastapi.exception_handlers import http_exception_handler
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.security import HTTPBasic, HTTPBasicCredentials
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware

from leadscore.errors import LeadscoreError, counted
from leadscore.explain import find_lead
from leadscore.judging.wording import NONE
from leadscore.publish import PUBLICATION, current_build, open_build
from leadscore.report.page import (
    Shown,
    with_navigation,
    write,
    write_sections,
)
from leadscore.report.parts import Section, Table
from leadscore.report.write import PAGES, shown
from leadscore.report.write import page as page_of_report
from leadscore.serve import lead
from leadscore.settings import Settings

LOOPBACK = ("127.0.0.1", "localhost", "::1")
NAMES = ["127.0.0.1", "localhost", "[::1]"]
ADDRESSES = {title: "/" if title == "Today" else f"/{title.lower()}" for title in PAGES}
LEAD_PAGE = "/leads/"
FOUND_SHOWN = 50

HEADERS = {
    "Cache-Control": "no-store",  # pages with names stay on no disk
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

SEARCH = """
    with known as (
        select lead_id from lead_contacts
        where
            contains(lower(concat_ws(' ', first_name, last_name)), lower($1))
            or contains(lower(email), lower($1))
            or contains(lower(company_name), lower($1))
        union
        select lead_id from lead_identities where identifier = $1 and until is null
        union
        select lead_scores.lead_id from lead_scores
        inner join accounts on lead_scores.account_id = accounts.account_id
        where contains(lower(accounts.name), lower($1))
    )
    select
        lead_scores.lead_id, segment, score, stage, job_title, company_name,
        concat_ws(' ', first_name, last_name) as name, count(*) over () as found
    from lead_scores
    inner join known on lead_scores.lead_id = known.lead_id
    left join lead_contacts on lead_scores.lead_id = lead_contacts.lead_id
    order by total_points desc, lead_scores.lead_id limit $2
"""


def create_app(settings: Settings, host: str = LOOPBACK[0]) -> FastAPI:
    """Return the app.

    Args:
        settings: The world, and the token that is asked for if there is one.
        host: The address that it is bound to.

    Raises:
        LeadscoreError: If it could be reached from elsewhere without a token.
    """
    if host not in LOOPBACK and not settings.serve_token.get_secret_value():
        raise LeadscoreError(
            f"{host} can be reached from other machines, and these pages show names: "
            f"set LEADSCORE_SERVE_TOKEN, which browsers then ask for as the password, "
            f"or stay on {LOOPBACK[0]} behind a proxy with a login (docs/report.md)."
        )
    app = FastAPI(title="Leadscore", openapi_url=None)  # nor pages that load scripts
    app.state.settings = settings
    app.state.pages = {}
    app.middleware("http")(_add_headers)
    app.add_exception_handler(LeadscoreError, _not_yet)
    app.add_exception_handler(StarletteHTTPException, _refused)
    if host in LOOPBACK and not settings.serve_token.get_secret_value():
        # A page from elsewhere may not read it through the browser, by another name.
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=NAMES)

    @app.get("/health")
    def health() -> dict[str, str]:
        build = current_build(settings)
        with open_build(build):
            return {"status": "healthy", "build_id": build.name}

    app.include_router(router, dependencies=[Depends(_ask)])
    return app


def _ask(
    request: Request,
    given: Annotated[
        HTTPBasicCredentials | None, Depends(HTTPBasic(auto_error=False))
    ] = None,
) -> None:
    """Refuse who does not give the token as the password, if there is a token."""
    token = request.app.state.settings.serve_token.get_secret_value()
    password = given.password if given else ""
    if token and not secrets.compare_digest(password.encode(), token.encode()):
        raise HTTPException(401, headers={"WWW-Authenticate": 'Basic realm="leads"'})


def _opened(request: Request) -> Iterator[Shown]:
    settings = request.app.state.settings
    build = current_build(settings)
    with shown(settings, build, with_names=True, lead_page=LEAD_PAGE) as opened:
        yield opened


Opened = Annotated[Shown, Depends(_opened)]
router = APIRouter()


async def _add_headers(
    request: Request, call_next: Callable[[Request], Awaitable[Response]]
) -> Response:
    response = await call_next(request)
    response.headers.update(HEADERS)
    return response


def _not_yet(request: Request, error: Exception) -> Response:
    return Response(str(error), 503, media_type="text/plain")


async def _refused(request: Request, error: Exception) -> Response:
    """Answer people with a page, and programs with JSON."""
    assert isinstance(error, StarletteHTTPException)
    if request.url.path.startswith("/api/"):
        return await http_exception_handler(request, error)
    html = write_sections("Not here", [Section("Why", [str(error.detail)])])
    if error.status_code == HTTPStatus.NOT_FOUND and "route" in request.scope:
        # Who got as far as to a page gave the token: they see the way back.
        with contextmanager(_opened)(request) as opened:
            html = with_navigation(html, opened, "", ADDRESSES)
    return HTMLResponse(html, error.status_code, error.headers)


@router.get("/search", response_class=HTMLResponse)
def search(opened: Opened, q: str = "") -> str:
    """Find leads by a part of a name, an email or a company, or by an id."""
    asked = q.strip()
    rows = opened.rows(SEARCH, [asked, FOUND_SHOWN]) if asked else []
    found = rows[0]["found"] if rows else 0
    section = Section(
        "Find a lead",
        [
            f"{counted(found, 'lead')} known by {asked!r}."
            if asked
            else "Ask for a part of a name, an email or a company, or for an id."
        ],
    )
    if rows:
        cells = [
            [
                opened.lead(row),
                *(row["job_title"] or NONE, row["company_name"] or NONE),
                *(row["segment"], str(row["score"]), row["stage"] or NONE),
            ]
            for row in rows
        ]
        columns = ["lead", "title", "company", "segment", "score", "stage"]
        note = f"The first {len(rows)}." if found > len(rows) else ""
        section.tables.append(Table("Best first", columns, cells, note))
    return with_navigation(write("search", section=section), opened, "", ADDRESSES)


@router.get("/api/leads/{known_by:path}")
def lead_as_json(opened: Opened, known_by: str) -> dict[str, Any]:
    """Return what is published of a lead."""
    return _about(opened, known_by)


@router.get(LEAD_PAGE + "{known_by:path}", response_class=HTMLResponse)
def lead_page(opened: Opened, known_by: str) -> Response:
    """Show a lead; by another id of its, lead to the page of its lead id."""
    found = _about(opened, known_by)
    if found["lead_id"] != known_by:
        return RedirectResponse(opened.lead_address(found["lead_id"]))
    return HTMLResponse(
        with_navigation(lead.page(opened, found), opened, "", ADDRESSES)
    )


@router.get("/{name}", response_class=HTMLResponse)
@router.get("/", response_class=HTMLResponse)
def report_page(request: Request, opened: Opened, name: str = "") -> str:
    """Show a page of the report."""
    titles = {address: title for title, address in ADDRESSES.items()}
    title = titles.get(f"/{name}")
    if title is None:
        raise HTTPException(404, "There is no such page.")
    # Written anew when somebody was erased from the build.
    key = (title, opened.build, (opened.build / PUBLICATION).stat().st_mtime_ns)
    pages = request.app.state.pages
    if key not in pages:
        page = page_of_report(title, opened, ADDRESSES)
        for old in [old for old in pages if old[1:] != key[1:]]:
            pages.pop(old, None)
        pages[key] = page
    return str(pages[key])


def _about(opened: Shown, known_by: str) -> dict[str, Any]:
    try:
        lead_id = find_lead(opened.connection, known_by)
    except LeadscoreError as error:
        raise HTTPException(404, str(error)) from error
    found = lead.about(opened, lead_id)
    if found is None:
        raise HTTPException(404, f"{lead_id} was no lead on {opened.as_of}.")
    return found
