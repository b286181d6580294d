"""What the events of a file are: by a column, or else by the file's name."""

from __future__ import annotations

from collections import Counter
from functools import cache
from itertools import pairwise

from leadscore.loading.row_sql import identifier, literal
from leadscore.source_check.sample import Sample
from leadscore.source_check.words import (
    BESIDES,
    COLUMNS,
    DEFAULT_TYPES,
    EVENT_TYPES,
    NUMBERED_TYPES,
    in_order,
    plain,
)
from leadscore.source_check.write import Draft

SHOWN = 12  # values of a column


def type_column(table: str) -> str:
    """Return our column that says what an event is."""
    return "activity_type" if table == "crm_activities" else "event_type"


def find_types(sample: Sample, table: str) -> tuple[str | None, float]:
    """Return the column that says best what events are, and how much is understood.

    Returns:
        Of several columns that sound like it the one whose values are understood most
        often, and in what share of the rows that is; no column if none sounds like it.
    """
    words = COLUMNS[table][type_column(table)].split()
    names = [name for name in sample.names if plain(name) in words]
    names.sort(key=lambda name: words.index(plain(name)))
    shares = {name: _understood(sample, table, name) for name in names}
    best = max(names, key=lambda name: shares[name], default=None)
    return best, shares.get(best or "", 0)


def type_of_name(sample: Sample, table: str) -> str | None:
    """Return what words of a file's name say its events are, if it is one kind."""
    ours = _known(table)
    told = in_order(sample.path.name.split(".")[0])
    for words in ([a + b for a, b in pairwise(told)], told):
        kinds = {ours[word] for word in words if word in ours}
        if kinds:
            return kinds.pop() if len(kinds) == 1 else None
    return None


def tell_events_apart(draft: Draft) -> None:
    """Translate the vendor's types of events, as far as they are known."""
    if draft.table not in EVENT_TYPES:
        return
    column = type_column(draft.table)
    name, _ = find_types(draft.sample, draft.table)
    if name is None:
        _tell_all_alike(draft, column)
        return
    counts = Counter(value.lower() for value in draft.values(name))
    most_often = [value for value, _ in counts.most_common()]
    meant = {
        value: kind
        for value in most_often
        if (kind := _meaning(draft.table, name, value))
    }
    read = list(meant)
    elsewhere = [
        value for value in most_often if _is_elsewhere(draft.table, name, value)
    ]
    if len(elsewhere) == len(most_often):
        elsewhere = []  # somebody said that they are for this table
    left = [value for value in most_often if value not in (*read, *elsewhere)]
    is_typed = draft.sample.kind == "parquet"
    text = identifier(name) + ("::varchar" if is_typed else "")
    lower = f"lower(trim({text}))"
    cases = "".join(
        f" when {literal(value)} then {literal(meant[value])}"
        for value in sorted(meant)
        if meant[value] != value
    )
    draft.columns[column] = (
        {"sql": f"case {lower}{cases} else {lower} end"} if cases else name
    )
    if cases or left:
        rest = f"; left as it is: {_counted(left, counts)}" if left else ""
        draft.notes[column] = (
            f"DECIDE: does each word mean this{draft.sample.seen}? "
            f"Read: {_counted(read, counts)}{rest}"
        )
    if elsewhere:
        listed = ", ".join(literal(value) for value in sorted([*read, *left]))
        draft.where = f"{lower} in ({listed})"
        draft.notes["where"] = (
            f"DECIDE: leaves out what are no {draft.table}: "
            f"{_counted(elsewhere, counts)}{draft.sample.seen}; shall a map of another "
            f"source read the file too?"
        )


def _is_elsewhere(table: str, name: str, value: str) -> bool:
    """Say whether events of a type are not for this table.

    Of emails only types of ours may be delivered; elsewhere a mapping may name others.
    """
    if _meaning(table, name, value):
        return False
    others = [other for other in EVENT_TYPES if other != table]
    return table == "email_events" or any(
        _meaning(other, name, value) for other in others
    )


def _tell_all_alike(draft: Draft, column: str) -> None:
    kind = type_of_name(draft.sample, draft.table)
    draft.columns[column] = {"value": kind or DEFAULT_TYPES[draft.table]}
    says = "only the file's name says" if kind else "no column says"
    known = ", ".join(EVENT_TYPES[draft.table])
    draft.notes[column] = (
        f"DECIDE: {says} what the events are; are all this? Ours: {known}"
    )


def _counted(values: list[str], counts: Counter[str]) -> str:
    told = [f"{value} ({counts[value]:,})" for value in values[:SHOWN]]
    more = [f"{len(values) - SHOWN:,} more"] if len(values) > SHOWN else []
    return ", ".join([*told, *more]) or "none"


def _understood(sample: Sample, table: str, name: str) -> float:
    values = sample.values(name)
    understood = sum(_meaning(table, name, value) is not None for value in values)
    return understood / len(values) if values else 0


def _meaning(table: str, name: str, value: str) -> str | None:
    """Return our type for a vendor's word, if it is known."""
    ours = _known(table)
    if kind := NUMBERED_TYPES.get(plain(name), {}).get(value):
        return kind if kind in EVENT_TYPES[table] else None
    rest = "".join(word for word in in_order(value) if word not in BESIDES)
    return ours.get(plain(value)) or ours.get(rest)


@cache
def _known(table: str) -> dict[str, str]:
    """Return our types by the words for them, which ours are too."""
    return {
        word: kind
        for kind, words in EVENT_TYPES[table].items()
        for word in (plain(kind), *words.split())
    }
