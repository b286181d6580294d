"""Write a build's pages: the report with names, and the one for wider circles."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from leadscore.publish import JUDGED_PAGE, earlier_builds, open_build, read_build
from leadscore.report.data import data
from leadscore.report.leads import leads
from leadscore.report.page import Shown, with_navigation, write_sections
from leadscore.report.parts import Section
from leadscore.report.rules import rules
from leadscore.report.today import today
from leadscore.settings import REPORT, Settings


def judged(shown: Shown) -> str:
    """Return the page of `leadscore judge`, if it has run before the build."""
    file = shown.build / JUDGED_PAGE
    if file.exists():
        return file.read_text(encoding="utf-8")
    told = (
        "Nothing was judged yet: run the command leadscore judge; the next "
        "publication shows here what became of the leads."
    )
    return write_sections("Judged by outcomes", [Section("Not yet", [told])])


# By title, in the order of the navigation.
PAGES: dict[str, Callable[[Shown], str]] = {
    "Today": today,
    "Leads": leads,
    "Rules": rules,
    "Judged": judged,
    "Data": data,
}
FILES = {
    title: "index.html" if title == "Today" else f"{title.lower()}.html"
    for title in PAGES
}


def page(title: str, shown: Shown, addresses: dict[str, str]) -> str:
    """Return a page as HTML, with the way to the others.

    Args:
        title: Which page.
        shown: What it is made of.
        addresses: The addresses of all pages, by title.
    """
    return with_navigation(PAGES[title](shown), shown, title, addresses)


def write_reports(settings: Settings, build: Path, folders: Sequence[str]) -> None:
    """Write reports into a build, in place of those that are there.

    Args:
        settings: The world.
        build: The build, which may be changed.
        folders: Which of REPORTS.
    """
    for folder in folders:
        shutil.rmtree(build / folder, ignore_errors=True)
        with shown(settings, build, with_names=folder == REPORT) as of_build:
            _write_report(of_build, build / folder)


@contextmanager
def shown(
    settings: Settings, build: Path, *, with_names: bool, lead_page: str | None = None
) -> Iterator[Shown]:
    """Open a build to show it; arguments as in Shown."""
    with open_build(build) as connection:
        yield Shown(
            build=build,
            connection=connection,
            publication=read_build(build),
            earlier=earlier_builds(build),
            time_zone=settings.time_zone,
            with_names=with_names,
            lead_page=lead_page,
        )


def _write_report(shown: Shown, folder: Path) -> None:
    folder.mkdir()
    for title, name in FILES.items():
        path = folder / name
        path.write_text(page(title, shown, FILES), encoding="utf-8")
