"""A page: what it is made of, and how it becomes HTML that needs nothing beside it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from leadscore.errors import counted
from leadscore.publish import shown_ruleset
from leadscore.report.parts import Row, Section
from leadscore.warehouse import fetch_column, fetch_rows

# Where a page that may stand in the report has its navigation.
NAVIGATION = "<!-- navigation -->"

# A library that sorts a table at a click on its heading, also by keyboard.
SORTABLE = ("sortable.min.js", "sortable.a11y.min.js")


@dataclass(frozen=True)
class Shown:
    """A build that is shown.

    Attributes:
        build: Its folder.
        connection: Its tables, unqualified.
        publication: What its publication.json says.
        earlier: The builds that were published before it and are still there, the
            last one first.
        time_zone: The company's.
        with_names: Whether personal columns are shown.
        lead_page: What comes before a lead's id in the address of its page; None where
            leads have no pages.
    """

    build: Path
    connection: duckdb.DuckDBPyConnection
    publication: dict[str, Any]
    earlier: list[Path]
    time_zone: str
    with_names: bool
    lead_page: str | None = None

    def rows(self, query: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Return a query's rows by column name."""
        return fetch_rows(self.connection, query, list(parameters))

    def column(self, query: str, parameters: Sequence[Any] = ()) -> list[Any]:
        """Return a query's first column."""
        return fetch_column(self.connection, query, list(parameters))

    def lead(self, row: Row) -> str:
        """Return how the lead of a row with lead_id and name is called, as a cell."""
        known = self.with_names and row["name"]
        told = f"{row['name']} ({row['lead_id']})" if known else row["lead_id"]
        if self.lead_page is None:
            return str(told)
        address = self.lead_address(row["lead_id"])
        return Markup('<a href="{}">{}</a>').format(address, told)

    def lead_address(self, lead_id: str) -> str:
        """Return the address of a lead's page."""
        return f"{self.lead_page}{quote(lead_id, safe='')}"

    @property
    def before(self) -> Path | None:
        """The build that was published before it, if it is still there."""
        return self.earlier[0] if self.earlier else None

    @property
    def ruleset(self) -> str:
        """The ruleset that lead_scores shows; in an experiment the champion."""
        return shown_ruleset(self.connection)

    @property
    def target(self) -> str | None:
        """The first target by which the ruleset was judged, if it was."""
        judged = self.column(
            "select target from ruleset_performance where ruleset = ?", [self.ruleset]
        )
        told = (name for name in self.publication["probabilities"] if name in judged)
        return next(told, None)

    @property
    def as_of(self) -> str:
        """The day of the scores."""
        return str(self.publication["as_of_date"])

    @property
    def freshness(self) -> str:
        """How new each source is; those of one day together."""
        sources: dict[str, list[str]] = {}
        for source, fresh in self.publication["data_as_of"].items():
            day = fresh["extract_date"]
            told = f"delivered up to {day}" if day else "never delivered"
            sources.setdefault(told, []).append(source)
        return "; ".join(f"{', '.join(of)} {told}" for told, of in sources.items())

    @property
    def stale(self) -> list[str]:
        """The sources of which news is missing."""
        data = self.publication["data_as_of"]
        return [source for source, fresh in data.items() if fresh["is_stale"]]


def first_of(rows: Sequence[Any], shown: int) -> str:
    """Say that a table has the first rows alone, if it has."""
    return f"The first {shown} of {len(rows):,}." if len(rows) > shown else ""


def write(template: str, **context: Any) -> str:
    """Return a page as HTML.

    Args:
        template: Its template, in `templates/`.
        context: What the template asks for.
    """
    return _environment().get_template(f"{template}.html.j2").render(context)


def save(path: Path, html: str) -> None:
    """Write a page in one step, so that nobody sees a part of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_text(html, encoding="utf-8")
    part.replace(path)


def write_sections(title: str, sections: Sequence[Section], said: str = "") -> str:
    """Return a page of sections as HTML."""
    return write("sections", title=title, sections=sections, said=said)


def with_navigation(
    html: str, shown: Shown, here: str, addresses: dict[str, str]
) -> str:
    """Return a page with the way to the others, and of which day it is, above it.

    Args:
        html: The page.
        shown: What it is made of.
        here: The title of the page.
        addresses: The addresses of all pages, by title.
    """
    navigation = write("navigation", shown=shown, here=here, addresses=addresses)
    return html.replace(NAVIGATION, navigation, 1)


@cache
def sortable() -> list[Markup]:
    """Return the scripts of a page whose tables can be sorted."""
    return [Markup(_read(f"vendor/{name}").strip()) for name in SORTABLE]


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("leadscore.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "NAVIGATION": Markup(NAVIGATION),
        "style": Markup(_read("style.css")),
        "scripts": [],
        "counted": counted,
    }
    environment.filters["digest"] = _digest
    return environment


def _read(name: str) -> str:
    return files("leadscore.report").joinpath(name).read_text(encoding="utf-8")


def _digest(script: str) -> str:
    """Return by which name a page's policy allows a script."""
    digest = hashlib.sha256(str(script).encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
