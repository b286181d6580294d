"""Remembers in raw.pushes what was sent to a target last, in connections kept short."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from leadscore import warehouse
from leadscore.action.lock import patience
from leadscore.action.push.target import Failure, Record, Sleep
from leadscore.loading.row_sql import literal
from leadscore.settings import Settings


class Memory:
    """What was sent of each record of a target last, and whether it was accepted."""

    def __init__(self, settings: Settings, target: str, sleep: Sleep) -> None:
        """Take the world, the target, and what waits for some seconds."""
        self._settings = settings
        self._target = target
        self._patient = patience(sleep)

    def copy_to(self, path: Path) -> None:
        """Copy what was sent last to a Parquet file.

        Raises:
            NotYetError: If another process holds the warehouse, and does not end.
        """
        self._patient(self._copy_to, path)

    def note_sending(self, records: Sequence[Record], build_id: str, day: date) -> None:
        """Note before a call what it will send; raises as copy_to does."""
        self._patient(self._replace, records, build_id, day)

    def note_answer(
        self, records: Sequence[Record], failures: Mapping[str, Failure]
    ) -> None:
        """Note which records were accepted, and why others were not; raises alike."""
        self._patient(self._answered, records, failures)

    def note_file(self, connection: duckdb.DuckDBPyConnection, path: Path) -> None:
        """Note that all of `going` is in a file; raises alike.

        Args:
            connection: Where `going` is.
            path: A Parquet file to hand it over in.
        """
        connection.execute(f"copy going to {literal(str(path))} (format parquet)")
        self._patient(self._note_file, path)

    def _copy_to(self, path: Path) -> None:
        with warehouse.connect(self._settings) as connection:
            connection.execute(
                f"copy (select record_id, status, fields, attempts from raw.pushes "
                f"where target = {literal(self._target)}) "
                f"to {literal(str(path))} (format parquet)"
            )

    def _replace(self, records: Sequence[Record], build_id: str, day: date) -> None:
        ids = [record.record_id for record in records]
        with warehouse.connect(self._settings) as connection:
            connection.begin()
            self._delete(connection, "select unnest($ids)", ids=ids)
            connection.execute(
                """
                insert into raw.pushes by name
                select
                    $target as target, unnest($ids) as record_id,
                    unnest($leads) as lead_id, $build as build_id, $day as as_of_date,
                    unnest($fields) as fields, 'sending' as status,
                    unnest($attempts) as attempts, $now as pushed_at
                """,
                {
                    "target": self._target,
                    "ids": ids,
                    "leads": [record.lead_id for record in records],
                    "build": build_id,
                    "day": day,
                    "fields": [record.fields for record in records],
                    "attempts": [record.attempts + 1 for record in records],
                    "now": _now(),
                },
            )
            connection.commit()

    def _answered(
        self, records: Sequence[Record], failures: Mapping[str, Failure]
    ) -> None:
        accepted = [r.record_id for r in records if r.record_id not in failures]
        with warehouse.connect(self._settings) as connection:
            connection.begin()
            connection.execute(
                "update raw.pushes set status = 'accepted', attempts = 0 "
                "where target = ? and record_id in (select unnest(?))",
                [self._target, accepted],
            )
            connection.execute(
                """
                update raw.pushes
                set status = 'failed', cause = failed.cause, error = failed.error
                from (
                    select
                        unnest($ids) as record_id, unnest($causes) as cause,
                        unnest($errors) as error
                ) as failed
                where target = $target and pushes.record_id = failed.record_id
                """,
                {
                    "target": self._target,
                    "ids": list(failures),
                    "causes": [failure.cause for failure in failures.values()],
                    "errors": [failure.message for failure in failures.values()],
                },
            )
            connection.commit()

    def _note_file(self, path: Path) -> None:
        rows = f"read_parquet({literal(str(path))})"
        with warehouse.connect(self._settings) as connection:
            connection.begin()
            self._delete(connection, f"select record_id from {rows}")
            connection.execute(
                f"""
                insert into raw.pushes by name
                select
                    $target as target, record_id, lead_id, build_id, as_of_date,
                    fields, 'accepted' as status, 0 as attempts, $now as pushed_at
                from {rows}
                """,
                {"target": self._target, "now": _now()},
            )
            connection.commit()

    def _delete(
        self, connection: duckdb.DuckDBPyConnection, ids_query: str, **given: object
    ) -> None:
        connection.execute(
            f"delete from raw.pushes "
            f"where target = $target and record_id in ({ids_query})",
            {"target": self._target, **given},
        )


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
