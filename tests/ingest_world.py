"""A small world to load files into."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from leadscore import ingest
from leadscore.errors import LeadscoreError
from leadscore.loading.batches import Batch
from leadscore.settings import Settings

DAY = date(2026, 11, 20)

LEADS_MAP = """
files:
  - pattern: leads*
    table: crm_leads
    delivery: snapshot
    columns:
      lead_id: id
      email: email
      country: country
      created_at: created
    optional: [country]
"""
EVENTS_MAP = """
files:
  - pattern: "*"
    table: email_events
    delivery: changes
    columns:
      email: email
      event_type: type
      url: url
      occurred_at: at
    optional: [url]
"""


class World:
    """A data folder, a config folder, and what tests do with them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.settings = Settings(data=root / "data", config=root / "config")

    def write_map(self, text: str, source: str = "crm", name: str = "mine") -> Path:
        path = self.root / "config" / "sources" / source / f"{name}.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def wait_until_files_are_later(self) -> None:
        """Wait until a file written now is later than all that was loaded.

        The clock of files ticks more coarsely than that of loads.
        """
        probe, now = self.root / "probe", time.time()
        probe.touch()
        while probe.stat().st_ctime <= now:
            probe.touch()

    def deliver(
        self, name: str, content: bytes | str, day: date = DAY, source: str = "crm"
    ) -> Path:
        path = self.settings.extracts / source / day.isoformat() / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def load(self, day: date = DAY, source: str = "crm") -> list[Batch]:
        return ingest.load(self.settings, source, day)

    def refusal(self, day: date = DAY, source: str = "crm") -> str:
        """Load, and return the error it must raise."""
        try:
            self.load(day, source)
        except LeadscoreError as error:
            return str(error)
        raise AssertionError("nothing was refused")

    def accept(self, source: str = "crm") -> None:
        ingest.accept(self.settings, source)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        counts = "select rows_read, rows_loaded, rows_rejected from raw.batches"
        with duckdb.connect(str(self.settings.warehouse), read_only=True) as connection:
            rows = connection.execute(sql).fetchall()
            batches = connection.execute(counts).fetchall()
        # What must always hold, whatever a test is about.
        assert all(read == loaded + rejected for read, loaded, rejected in batches)
        return rows

    def quarantined(self, name: str, day: date = DAY, source: str = "crm") -> str:
        return (self.settings.quarantine / source / day.isoformat() / name).read_text()
