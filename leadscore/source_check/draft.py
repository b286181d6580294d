"""The first draft of a source map, guessed from a file for a person to correct."""

from __future__ import annotations

import tempfile
from pathlib import Path

import duckdb

from leadscore.canonical import TABLES
from leadscore.errors import LeadscoreError
from leadscore.loading.file_reader import FileRefused
from leadscore.loading.row_sql import identifier
from leadscore.source_check import values
from leadscore.source_check.event_types import tell_events_apart
from leadscore.source_check.guess import guess_table, match_columns
from leadscore.source_check.sample import Sample
from leadscore.source_check.trial import try_file
from leadscore.source_check.words import (
    COLUMNS,
    FULL_NAME,
    parts,
    plain,
)
from leadscore.source_check.write import Draft, write
from leadscore.source_maps import read_map

EXAMPLES = 3
ID_PARTS = {"id", "guid", "uuid"}
FAR_TOO_MANY = 0.2  # the share of rows that a column must not cost


def draft_map(
    sample: Sample, table: str | None = None, source: str | None = None
) -> str:
    """Return the text of a map for a file, drafted by the names of its columns.

    Args:
        sample: A look at the file.
        table: The raw table that it feeds, if somebody knows.
        source: The source that it comes from, if somebody knows.

    Raises:
        LeadscoreError: If it cannot be told what the file's rows are.
    """
    if table is not None and table not in TABLES:
        raise LeadscoreError(
            f"there is no table '{table}': choose from {', '.join(TABLES)}"
        )
    table = table or guess_table(sample, source)
    draft = Draft(sample, table, dict(match_columns(sample.names, table)))
    draft.nulls = values.null_texts(
        text for name in sample.names for text in sample.values(name)
    )
    _need_key(draft)
    _split_name(draft)
    _read_types(draft)
    tell_events_apart(draft)
    _tell_won(draft)
    _need_rest(draft)
    order = list(draft.canonical.columns)
    draft.columns = dict(
        sorted(draft.columns.items(), key=lambda item: order.index(item[0]))
    )
    _try(draft)
    return write(draft)


def _need_key(draft: Draft) -> None:
    """See to a column that names each row: one with a value of its own in every row."""
    key, sample = draft.canonical.key, draft.sample
    if key in ("email", "visitor_id"):
        return  # it names whom a row is about, and may well repeat
    words = COLUMNS[draft.table][key].split()
    ids = [name for name in sample.names if plain(name) in words]
    ids.sort(key=lambda name: words.index(plain(name)))
    others = [draft.origin(key)] if key in draft.columns else []
    used = {draft.origin(column) for column in draft.columns}
    called_id = [
        name for name in sample.names if parts(name) & ID_PARTS and name not in used
    ]
    fallback = [draft.origin("email")] if "email" in draft.columns else []
    fallback = [] if draft.table == "crm_activities" else [*fallback, *sample.names]
    for name in (*ids, *others, *called_id, *fallback):
        if name and _is_key(sample, name, repeats=name in called_id):
            draft.columns[key] = name
            if name not in ids:
                draft.notes[key] = (
                    "DECIDE: no column sounds like an id; this one is unique"
                    f"{sample.seen}"
                )
            return
    if key in draft.columns:
        told = sample.values(draft.columns[key])
        draft.notes[key] = (
            f"DECIDE: {len(set(told)):,} different ones in {len(sample.rows):,} rows"
            f"{sample.seen}; is this the id?"
        )
    elif draft.table == "crm_activities":
        row = ", ".join(identifier(name) for name in sample.names)
        draft.columns[key] = {"sql": f"md5(concat_ws('|', {row}))"}
        draft.notes[key] = "no column is an id: rows that are alike count once"
    elif draft.table == "crm_leads":
        draft.columns[key] = {"row_number": True}
        draft.notes[key] = (
            "DECIDE: no column is unique, so rows are numbered; will the export be "
            "delivered once only, or is there one with an id?"
        )
    else:
        raise LeadscoreError(
            f"{sample.path}: no column has a value of its own in every row, so none "
            f"can be {key}: export the records with their id"
        )


def _is_key(sample: Sample, name: str, *, repeats: bool) -> bool:
    """Whether each row has a value of its own; some whole rows may be repeats."""
    rows = len(sample.rows)
    if repeats:
        rows = len(
            {tuple(row.get(column) for column in sample.names) for row in sample.rows}
        )
    return len(set(sample.values(name))) == rows


def _split_name(draft: Draft) -> None:
    if draft.table != "crm_leads" or {"first_name", "last_name"} & set(draft.columns):
        return
    names = {plain(name): name for name in draft.sample.names}
    for word in FULL_NAME.split():
        if word in names:
            whole = f"trim({identifier(names[word])})"
            draft.columns["first_name"] = {"sql": f"split_part({whole}, ' ', 1)"}
            draft.columns["last_name"] = {
                "sql": f"nullif(regexp_replace({whole}, '^\\S+\\s*', ''), '')"
            }
            draft.notes["first_name"] = "DECIDE: is the first word the first name?"
            return


def _read_types(draft: Draft) -> None:
    kinds = draft.canonical.columns
    numeric = [
        column
        for column in draft.columns
        if kinds[column].startswith(("bigint", "decimal", "double"))
        and draft.origin(column)
    ]
    draft.decimal = values.decimal_sign(
        text for column in numeric for text in draft.values(draft.origin(column))
    )
    for column in numeric:
        name = draft.origin(column)
        if sql := values.number(name, draft.values(name), draft.decimal):
            draft.columns[column] = {"sql": sql}
            draft.notes[column] = "without the signs around the number"
    website = draft.origin("domain")
    if any("/" in text or text.startswith("www.") for text in draft.values(website)):
        draft.columns["domain"] = {
            "sql": f"regexp_replace(lower(trim({identifier(website)})), "
            r"'^(https?://)?(www\.)?|/.*$', '', 'g')"
        }
    for column in [name for name in draft.columns if kinds[name] == "boolean"]:
        name = draft.origin(column)
        how = values.boolean(name, draft.values(name))
        if how is None:
            example = next(iter(draft.values(name)))
            draft.drop(column, f"'{example}' is neither yes nor no")
        elif how:
            draft.columns[column] = {"sql": how}
    with duckdb.connect() as connection:
        for column in [name for name in draft.columns if kinds[name] == "timestamp"]:
            _read_times(draft, connection, column)


def _read_times(
    draft: Draft, connection: duckdb.DuckDBPyConnection, column: str
) -> None:
    name = draft.origin(column)
    found = draft.values(name)
    formats, unread = values.time_formats(connection, found)
    if formats is None:
        if column in draft.canonical.required:
            draft.notes[column] = f"DECIDE: what times are '{unread[0]}'?"
        else:
            draft.drop(column, f"most are no times in a known format: '{unread[0]}'")
        return
    if unread:
        draft.notes[column] = (
            f"DECIDE: no times, so their rows are rejected{draft.sample.seen}: "
            f"{_some(unread)}"
        )
    if not formats:
        return
    other = [values.swapped(format_) for format_ in formats]
    read = [text for text in found if text not in unread]
    if other != formats and values.reads_all(connection, read, other):
        is_american = "/" in formats[0] and draft.sample.delimiter == ","
        if is_american == (formats[0].find("%d") < formats[0].find("%m")):
            formats, other = other, formats
        draft.notes[column] = f"DECIDE: the day or the month first? {other[0]} fits too"
    draft.columns[column] = {
        "column": name,
        "timestamp_format": formats[0] if len(formats) == 1 else formats,
    }


def _some(texts: list[str]) -> str:
    more = f" and {len(texts) - EXAMPLES:,} more" if len(texts) > EXAMPLES else ""
    return ", ".join(repr(text) for text in texts[:EXAMPLES]) + more


def _tell_won(draft: Draft) -> None:
    if draft.table != "crm_opportunities":
        return
    if not {"lead_id", "account_id"} & set(draft.columns):
        draft.notes["opportunity_id"] = (
            "DECIDE: no column sounds like the id of its lead or account, and without "
            "one of them such a file is refused; can the export join it?"
        )
    if "is_won" in draft.columns:
        return
    closed = draft.origin("closed_at")
    if draft.origin("stage"):
        draft.notes["stage"] = "statuses.csv says which stages are won, lost and open"
    elif "won" in parts(closed):
        draft.columns["is_won"] = {"sql": f"{identifier(closed)} is not null"}


def _need_rest(draft: Draft) -> None:
    table = draft.canonical
    for names in (table.subjects, *((name,) for name in table.required)):
        if not any(name in draft.columns for name in names):
            raise LeadscoreError(
                f"{draft.sample.path}: no column sounds like {' or '.join(names)}, and "
                f"no row of {draft.table} may lack it"
            )


def _try(draft: Draft) -> None:
    """Drop the columns whose values would cost many rows."""
    needed = {*draft.canonical.subjects, *draft.canonical.required}
    for _ in draft.canonical.columns:
        with tempfile.TemporaryDirectory(prefix="leadscore_") as folder:
            path = Path(folder) / "draft.yml"
            path.write_text(write(draft), encoding="utf-8")
            source_map = read_map(path, draft.canonical.source)
            try:
                with try_file(
                    draft.sample.path, source_map, source_map.files[0]
                ) as trial:
                    failures, rows = trial.failures(), trial.rows
            except FileRefused as error:
                raise LeadscoreError(f"{draft.sample.path}: {error}") from error
        costly = [
            column
            for column, count in failures.items()
            if count > FAR_TOO_MANY * rows and column not in needed
        ]
        if not costly:
            return
        for column in costly:
            kind = draft.canonical.columns[column]
            draft.drop(
                column, f"not a {kind} in {failures[column]:,} of all {rows:,} rows"
            )
