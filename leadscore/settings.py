"""The only reader of the environment: which world, which sources, which limits."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from leadscore.errors import LeadscoreError

PROJECT = Path(__file__).resolve().parent.parent
DBT_PROJECT = PROJECT / "dbt_project"
SOURCES = ("crm", "email", "web", "feedback")
OCCASIONAL = ("feedback",)  # they deliver when somebody has something to say
REPORT = "report"
SHARED_REPORT = "report_shared"
REPORTS = (REPORT, SHARED_REPORT)
# Where scores are written back to.
HUBSPOT, SALESFORCE, CSV = "hubspot", "salesforce", "csv"
TARGETS = (HUBSPOT, SALESFORCE, CSV)

# The scorecard whose rulesets score accounts; all others score leads.
ACCOUNT_SCORECARD = "account"

OWN_FOLDERS = ("sources", "rules", "mappings", "action")
MAPPINGS = DBT_PROJECT / "seeds" / "mappings"
ACTION = DBT_PROJECT / "seeds" / "action"
_SOURCE_FOLDERS = ", ".join(f"sources/{name}/" for name in SOURCES)
LOCAL_ADDRESSES = ("http://127.0.0.1:", "http://localhost:")  # servers of tests
MAP_ENDINGS = (".yml", ".yaml")
NOTES = (".md", ".txt", ".yml")  # beside seeds: read by people only
SAMPLE_WORLD = PROJECT / "data" / "sample"


class Settings(BaseSettings):
    """One world and how to run it; every field is an environment variable.

    The variable is the field's name in capitals behind `LEADSCORE_`, for example
    `LEADSCORE_DATA`.
    """

    model_config = SettingsConfigDict(
        env_prefix="LEADSCORE_",
        env_ignore_empty=True,
        frozen=True,
        hide_input_in_errors=True,  # which may be a password
    )

    data: Path = Field(SAMPLE_WORLD, description="The world's folder.")
    config: Path | None = Field(
        None,
        description="A folder with your own sources/, rules/, mappings/ and action/.",
    )
    sources: str = Field("crm,email,web,feedback", description="The sources in use.")
    maps: str = Field(
        "generic",
        description="The source maps in use, e.g. hubspot,ga4; a source that none of "
        "them is for uses generic.",
    )
    stale_sources: str = Field(
        "", description="Sources that may stay away without blocking a day's score."
    )
    scorecard: str = Field(
        "",
        description="The scorecard that lead_scores shows; empty: the first champion's "
        "(fit_only's, if crm is the only source and brought no activities).",
    )
    time_zone: str = Field("UTC", description="The company's days are cut in it.")
    history_days: int = Field(
        35, ge=1, description="Days of history that a run fills in if they are missing."
    )
    score_from: date | None = Field(
        None, description="Score every day from this one again, in one pass."
    )
    outlook_days: int = Field(
        120, ge=0, description="How far qualifies_until looks ahead; 0: not at all."
    )
    reports: str = Field(
        ",".join(REPORTS),
        description="The reports written with each publication: report has names, "
        "report_shared has none; or none.",
    )
    serve_token: SecretStr = Field(
        SecretStr(""),
        description="What `leadscore serve` asks for as the password, if anything.",
    )
    serve_url: str = Field(
        "",
        description="Where `leadscore serve` is reached, https://...: links in "
        "messages lead there.",
    )
    send: bool = Field(
        False,
        description="Whether the DAG act_on_scores sends; else it only says what it "
        "would send.",
    )
    push_to: str = Field(
        "",
        description="Where act_on_scores writes scores back to: hubspot, salesforce "
        "or csv, several with commas.",
    )
    id_key: str = Field(
        "", description="Key of the hash that names leads without a CRM record."
    )
    kept_builds: int = Field(
        3, ge=1, description="Publications that stay, for readers that have begun."
    )
    publish_to: SecretStr = Field(
        SecretStr(""),
        description="A PostgreSQL database to publish to as well: "
        "postgresql://user:password@host/database.",
    )
    publish_owner_security: bool = Field(
        False, description="In PostgreSQL, show logins the leads of their owners alone."
    )
    hubspot_token: SecretStr = Field(
        SecretStr(""), description="The access token of a private app of HubSpot."
    )
    hubspot_url: str = Field(
        "https://api.hubapi.com", description="Where HubSpot's API answers."
    )
    hubspot_calls_per_second: int = Field(
        10, ge=1, description="HubSpot takes 100 in 10 seconds, of paid editions 190."
    )
    salesforce_url: str = Field(
        "", description="Your address there: https://<company>.my.salesforce.com."
    )
    salesforce_key: SecretStr = Field(
        SecretStr(""),
        description="The consumer key of a connected app with the client credentials "
        "flow.",
    )
    salesforce_secret: SecretStr = Field(
        SecretStr(""), description="The consumer secret of that app."
    )
    memory_limit: str = Field("4GB", description="DuckDB's memory limit.")
    threads: int = Field(
        default_factory=lambda: os.cpu_count() or 1, description="DuckDB's threads."
    )

    @field_validator("data", "config", mode="after")
    @classmethod
    def _absolute(cls, path: Path | None) -> Path | None:
        return path.expanduser().resolve() if path else path

    @field_validator("publish_to")
    @classmethod
    def _an_address(cls, value: SecretStr) -> SecretStr:
        address = value.get_secret_value()
        if address and not address.startswith(("postgresql://", "postgres://")):
            raise ValueError(
                "this is no address of a PostgreSQL database: give "
                "postgresql://<user>:<password>@<host>/<database>"
            )
        return value

    @field_validator("hubspot_url", "salesforce_url")
    @classmethod
    def _encrypted(cls, value: str) -> str:
        if value and not value.startswith(("https://", *LOCAL_ADDRESSES)):
            raise ValueError("it takes a secret there, so it begins with https://")
        return value

    @field_validator("sources", "stale_sources")
    @classmethod
    def _known_sources(cls, value: str) -> str:
        names = [name.strip() for name in value.split(",") if name.strip()]
        unknown = sorted(set(names) - set(SOURCES))
        if unknown:
            raise ValueError(
                f"unknown source {', '.join(unknown)}: choose from {', '.join(SOURCES)}"
            )
        return ",".join(name for name in SOURCES if name in names)

    @field_validator("reports")
    @classmethod
    def _known_reports(cls, value: str) -> str:
        names = [name.strip() for name in value.split(",")]
        unknown = sorted(set(names) - {*REPORTS, "none"})
        if unknown:
            raise ValueError(
                f"unknown report {', '.join(unknown)}: choose from "
                f"{', '.join(REPORTS)}, or say none"
            )
        return ",".join(name for name in REPORTS if name in names) or "none"

    @field_validator("push_to")
    @classmethod
    def _known_targets(cls, value: str) -> str:
        names = [name.strip() for name in value.split(",") if name.strip()]
        unknown = sorted(set(names).difference(TARGETS))
        if unknown:
            raise ValueError(
                f"unknown target {', '.join(unknown)}: choose from {', '.join(TARGETS)}"
            )
        return ",".join(name for name in TARGETS if name in names)

    @field_validator("serve_token")
    @classmethod
    def _as_browsers_send_it(cls, value: SecretStr) -> SecretStr:
        if not value.get_secret_value().isascii():
            raise ValueError("browsers send letters beyond ASCII in different ways")
        return value

    @field_validator("sources")
    @classmethod
    def _at_least_one(cls, value: str) -> str:
        if not value:
            raise ValueError(f"no source in use: name some of {', '.join(SOURCES)}")
        return value

    def as_environment(self) -> dict[str, str]:
        """Return the variables that give these settings, a password as it is."""
        values = {
            name: value.get_secret_value() if isinstance(value, SecretStr) else value
            for name, value in self.model_dump().items()
        }
        return {
            f"LEADSCORE_{name.upper()}": "" if value is None else str(value)
            for name, value in values.items()
        }

    @property
    def sources_in_use(self) -> list[str]:
        """The sources in use, in the order crm, email, web, feedback."""
        return self.sources.split(",")

    @property
    def maps_in_use(self) -> list[str]:
        """The names of the source maps in use."""
        return [name.strip() for name in self.maps.split(",") if name.strip()]

    @property
    def sources_that_may_be_stale(self) -> list[str]:
        """The sources that may stay away without blocking a day's score."""
        return self.stale_sources.split(",") if self.stale_sources else []

    @property
    def sources_waited_for(self) -> list[str]:
        """The sources without which no day is scored."""
        may_be_stale = self.sources_that_may_be_stale
        names = [name for name in self.sources_in_use if name not in may_be_stale]
        return names if {*names} - {*OCCASIONAL} else []

    @property
    def sources_of_every_day(self) -> list[str]:
        """The sources in use of which a day without a delivery lacks something."""
        return [name for name in self.sources_in_use if name not in OCCASIONAL]

    @property
    def push_targets(self) -> list[str]:
        """The targets that scores are written back to after each publication."""
        return self.push_to.split(",") if self.push_to else []

    @property
    def reports_in_use(self) -> list[str]:
        """The reports that are written with each publication."""
        return [name for name in REPORTS if name in self.reports.split(",")]

    @property
    def extracts(self) -> Path:
        """Where source systems deliver: `<source>/<YYYY-MM-DD>/<file>` below it."""
        return self.data / "extracts"

    @property
    def warehouse(self) -> Path:
        """The pipeline's private DuckDB file; readers use `published` instead."""
        return self.data / "warehouse.duckdb"

    @property
    def published(self) -> Path:
        """What others may read."""
        return self.data / "published"

    @property
    def quarantine(self) -> Path:
        """Rows and files that could not be read, with the reason."""
        return self.data / "quarantine"

    @property
    def pushed(self) -> Path:
        """Files of what changed, for CRMs that take files."""
        return self.data / "push"

    @property
    def docs(self) -> Path:
        """The page of what was checked."""
        return self.data / "docs"


def checked_settings() -> Settings:
    """Return the settings of the environment, with a `config` that is what it says.

    What reads the folder asks for this; where DAGs are parsed it need not be there.

    Raises:
        LeadscoreError: If `config` is no folder, holds nothing that is read, or what
            nobody reads, which may be misspelled: ours would stand in for it.
    """
    settings = Settings()
    if settings.config:
        _require_own_folders(settings.config)
    return settings


def _require_own_folders(config: Path) -> None:
    wrong = ""
    if not config.is_dir():
        wrong = "is no folder"
    else:
        found = sorted(path for path in _visible(config) if path.is_dir())
        unknown = [path.name for path in found if path.name not in OWN_FOLDERS]
        if unknown:
            wrong = f"holds {unknown[0]}/{_meant(unknown[0], OWN_FOLDERS, '/')}"
        elif not found:
            wrong = "holds nothing that is read"
    if wrong:
        raise LeadscoreError(
            f"{config} {wrong}: a folder of your own (CONFIG= or --config) holds "
            f"sources/, rules/, mappings/ or action/, or several of them, and no other "
            f"folders."
        )
    _require_known(config)


def _require_known(config: Path) -> None:
    """Refuse what would never be read, for ours would stand in for it.

    Raises:
        LeadscoreError: If a source's folder, or a file of seeds, is none of ours.
    """
    for path in _visible(config / "sources"):
        if path.name in SOURCES:
            continue
        if path.is_dir():
            raise LeadscoreError(
                f"{path} is read by nobody{_meant(path.name, SOURCES, '/')}: maps lie "
                f"in {_SOURCE_FOLDERS}."
            )
        if path.suffix in MAP_ENDINGS:
            raise LeadscoreError(
                f"{path} is read by nobody: a map lies in the folder of its source, "
                f"one of {_SOURCE_FOLDERS}."
            )
    for ours in (MAPPINGS, ACTION):
        known = sorted(path.name for path in ours.glob("*.csv"))
        for path in _visible(config / ours.name):
            if path.suffix not in NOTES and path.name not in known:
                meant = _meant(path.name, known) or f" (ours are {', '.join(known)})"
                raise LeadscoreError(
                    f"{path} is read by nobody{meant}: a file of your own replaces "
                    f"ours of that name."
                )


def _visible(folder: Path) -> list[Path]:
    """Return what lies in a folder, if there is one; names with a dot are hidden."""
    paths = folder.iterdir() if folder.is_dir() else ()
    return sorted(path for path in paths if not path.name.startswith("."))


def _meant(name: str, known: Iterable[str], behind: str = "") -> str:
    close = difflib.get_close_matches(name.lower(), list(known), n=1)
    return f" (did you mean {close[0]}{behind}?)" if close else ""
