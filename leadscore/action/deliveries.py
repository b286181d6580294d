"""What was sent to whom: remembered, so that nothing is sent twice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import duckdb

from leadscore.action.lock import patience
from leadscore.action.messages import FINAL, SENDING, SENT, Message
from leadscore.settings import Settings
from leadscore.warehouse import connect, fetch_rows


class Deliveries:
    """The memory of a world: table raw.deliveries, opened for moments alone.

    A server may be slow, and meanwhile others need the warehouse.
    """

    def __init__(self, settings: Settings) -> None:
        """Read what was sent before."""
        self._settings = settings
        with connect(settings) as connection:
            self.rows = fetch_rows(
                connection,
                "from raw.deliveries order by first_tried_at, delivery_id",
            )

    @property
    def done(self) -> set[str]:
        """The ids of what is not tried again."""
        return {row["delivery_id"] for row in self.rows if row["status"] in FINAL}

    def note(self, message: Message, status: str, reason: str | None = None) -> None:
        """Note what became of a message; `sending` before it leaves us.

        A call that was killed in between leaves `sending`: then it is not known whether
        the message arrived, and it is sent again with the same id, by which a receiver
        knows it.

        Raises:
            NotYetError: If another process holds the warehouse, and does not end.
        """
        self.note_all([message], status, reason)

    def note_all(
        self, messages: Sequence[Message], status: str, reason: str | None = None
    ) -> None:
        """Note the same of several messages, in one step; raises as note does."""
        if messages:
            patience()(self._note_all, messages, status, reason)

    def _note_all(
        self, messages: Sequence[Message], status: str, reason: str | None
    ) -> None:
        with connect(self._settings) as connection:
            connection.begin()
            for message in messages:
                _note(connection, message, status, reason)
            connection.commit()


def _note(
    connection: duckdb.DuckDBPyConnection,
    message: Message,
    status: str,
    reason: str | None,
) -> None:
    now = datetime.now(UTC).replace(tzinfo=None)
    known = connection.execute(
        "delete from raw.deliveries where delivery_id = ? "
        "returning attempts, first_tried_at",
        [message.delivery_id],
    ).fetchone()
    attempts, first_tried_at = known or (0, now)
    connection.execute(
        "insert into raw.deliveries by name select "
        "? as delivery_id, ? as kind, ? as recipient, ? as channel, "
        "? as as_of_date, ? as lead_id, ? as alert, ? as direction, "
        "? as event_id, ? as event_date, "
        "? as status, ? as attempts, ? as reason, ? as first_tried_at, "
        "? as sent_at, ? as build_id",
        [
            *(message.delivery_id, message.kind, message.recipient.recipient),
            *(message.recipient.channel, message.as_of_date, message.lead_id),
            *(message.alert, message.direction, message.event_id),
            *(message.event_date, status, attempts + (status == SENDING)),
            *(reason, first_tried_at, now if status == SENT else None),
            message.build_id,
        ],
    )
