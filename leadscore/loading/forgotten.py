"""Who asked to be forgotten: raw.forgotten keeps keyed hashes of their identifiers."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

import duckdb

from leadscore.loading.addresses import read_address

REASON = "this person asked to be forgotten"

# Which columns of tables name a person, and by what kind of identifier.
KINDS = {
    "lead_id": "crm",
    "best_lead_id": "crm",
    "merged_id": "crm",
    "into_id": "crm",
    "record_id": "crm",
    "email": "email",
    "mailbox": "email",
    "visitor_id": "visitor",
}

# What may stand around an identifier in a text; the widest first, as ids are of any
# shape: one may hold a blank, another a colon.
SEPARATORS = (r'[,;|\t"\n]+', r"[\s,;|\"']+", r"[\s,;|\"'(){}\[\]<>=:/?&\\]+")


def normalized(kind: str, identifier: str) -> str:
    """Return the one spelling of an identifier; ids may differ by case, emails not."""
    if kind == "email":
        return read_address(identifier).strip().lower()
    return identifier.strip()


def hashed(kind: str, value: str) -> str:
    """Return SQL for the hash of an identifier, the one that lead ids are made of.

    Args:
        kind: SQL for its kind.
        value: SQL for the identifier.
    """
    one_spelling = (
        f"case {kind} when 'email' then lower(trim({value})) else trim({value}) end"
    )
    key = "(select id_key from raw.world)"
    return f"substr(sha256({key} || ' ' || {one_spelling}), 1, 16)"


def is_forgotten(column: str, rows: str) -> str:
    """Return SQL for whether a column of some rows names somebody forgotten.

    Args:
        column: The column, named after a kind of identifier: `typed_email`.
        rows: The rows' table; each of its values is hashed once, for that is slow.
    """
    kind = f"'{KINDS[column.removeprefix('typed_')]}'"
    return (
        f"{column} in (select value "
        f"from (select distinct {column} as value from {rows}) "
        f"where {hashed(kind, 'value')} in "
        f"(select hash from raw.forgotten where kind = {kind}))"
    )


@dataclass(frozen=True)
class Forgotten:
    """The hashes as Python looks them up, for texts that SQL cannot take apart."""

    key: str
    hashes: frozenset[tuple[str, str]]

    def knows(self, kind: str, identifier: str) -> bool:
        """Say whether an identifier of this kind is one of somebody forgotten."""
        text = f"{self.key} {normalized(kind, identifier)}"
        return (kind, hashlib.sha256(text.encode()).hexdigest()[:16]) in self.hashes

    def named_in(self, text: str) -> bool:
        """Say whether a text, such as a row as it was delivered, names one of them."""
        if not self.hashes:
            return False
        words = {word.strip(" .") for word in _words(text)}
        kinds = {kind for kind, _ in self.hashes}
        return any(self.knows(kind, word) for word in words for kind in kinds)


def read(connection: duckdb.DuckDBPyConnection) -> Forgotten:
    """Return what the warehouse remembers."""
    key = connection.execute("select id_key from raw.world").fetchone()
    rows = connection.execute("select kind, hash from raw.forgotten").fetchall()
    return Forgotten(str(key[0]) if key else "", frozenset(rows))


def _words(text: str) -> Iterator[str]:
    for separator in SEPARATORS:
        yield from re.split(separator, text)
    try:
        row = json.loads(text)
    except ValueError:
        return
    if isinstance(row, dict):
        yield from (value for value in row.values() if isinstance(value, str))
