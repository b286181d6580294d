"""The exact header check: a file's columns against what its source map names."""

from __future__ import annotations

import difflib
import json
import re

import duckdb

from leadscore.errors import counted
from leadscore.expressions import columns_in
from leadscore.loading.file_reader import FileRefused, without_values
from leadscore.loading.row_sql import Fit, identifier, one_number
from leadscore.source_maps import Column, FileMap, fits_any

UNNAMED = "unnamed column "  # and its position stand for a name that is not there
OTHER_LAYOUT = (
    ". The map reads the layout that its first lines name: for a file of another one, "
    "`leadscore sources check FILE --draft NEW.yml` drafts a map"
)
DELIMITERS = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar"}


def check(
    names: list[str],
    file_map: FileMap,
    place: str = "line 1",
) -> Fit:
    """Hold a file's columns against its map; their order is free.

    Args:
        names: The file's columns.
        file_map: The map's entry for the file.
        place: Where the file names its columns.

    Raises:
        FileRefused: If a column is missing, unknown or doubled, or seems renamed.
    """
    _refuse_doubled(names, place)
    used = _uses(file_map, names)
    lacking = [
        (column, canonical)
        for canonical, columns in used.items()
        for column in columns
        if column not in names
    ]
    further = {
        f"{entry.table}.{canonical}": columns
        for entry in file_map.also
        for canonical, columns in _uses(entry, names).items()
    }
    lacking_further = [
        (column, canonical)
        for canonical, columns in further.items()
        for column in columns
        if column not in names
    ]
    read_as_null = [name for each in file_map.every for name in each.optional_of_file]
    absent = {
        canonical
        for canonical, columns in used.items()
        if columns and not set(columns) & {*names, *read_as_null}
    }
    expected = {
        column for columns in (*used.values(), *further.values()) for column in columns
    }
    ignored = fits_any(file_map.ignore, names)
    unknown = [name for name in names if name not in expected and name not in ignored]
    # An expression over several columns may do without some, if it is optional.
    needed = [
        (column, canonical)
        for column, canonical in lacking
        if column not in read_as_null
        and (canonical in absent or canonical not in file_map.optional)
    ]
    needed += [entry for entry in lacking_further if entry[0] not in read_as_null]
    problems = _problems(needed, unknown, file_map, {*file_map.optional, *further})
    if not problems and absent.issuperset(file_map.subjects):
        lacks = "' and '".join(
            column for column, name in lacking if name in file_map.subjects
        )
        problems = [f"it lacks '{lacks}', of which a row needs one"]
    known = {*names, *expected, *file_map.canonical.columns}
    problems += [
        f"it lacks '{name}', which stands under outcomes:"
        for name in file_map.outcomes
        if "*" not in name and name not in known
    ]
    if problems:
        reason = (
            f"{place}: {'; '.join(dict.fromkeys(problems))}. Mend the file, or its "
            f"source map: there columns: says which column is which, optional: what "
            f'may be missing, ignore: what is not needed ("*": all other columns)'
            f"{OTHER_LAYOUT if needed else ''}"
        )
        # Without a header, they are the values of a row.
        raise FileRefused(reason, without_values(reason, map(_visible, unknown)))
    return Fit(
        rest=unknown if file_map.rest else [],
        absent=absent,
        lacking=list(
            dict.fromkeys(column for column, _ in (*lacking, *lacking_further))
        ),
    )


def feeds(names: list[str], further: FileMap) -> bool:
    """Say whether a file has the columns that a further table is fed from.

    Of those that it may do without it must have at least one.
    """
    optional = further.optional_of_file
    uses = _uses(further, names)
    for name in (*further.subjects, *further.canonical.required, "where"):
        used = uses.get(name, [])
        missing = [column for column in used if column not in names]
        if any(column not in optional for column in missing) or (
            missing and not any(name in optional for name in used if name in names)
        ):
            return False
    return True


def _refuse_doubled(names: list[str], place: str) -> None:
    """Refuse a file in which two columns have one name (in SQL, case is no matter)."""
    seen: dict[str, int] = {}
    for position, name in enumerate(names, start=1):
        first = seen.setdefault(name.casefold(), position)
        if first != position:
            reason = (
                f"{place}: the name '{name}' stands over column {first} and over "
                f"column {position}: each column needs a name of its own"
            )
            raise FileRefused(reason, without_values(reason, [name]))


def _problems(
    needed: list[tuple[str, str]],
    unknown: list[str],
    file_map: FileMap,
    optional: set[str],
) -> list[str]:
    problems = []
    for column, canonical in needed:
        other = _lookalike(column, unknown)
        if other:
            problems.append(f"it has '{_visible(other)}' where '{column}' is expected")
        elif canonical not in optional:
            problems.append(f"it lacks the column '{column}'")
    if file_map.rest is None:
        problems += [
            f"it has the unknown column '{_visible(name)}'" for name in unknown
        ]
    return problems


def _visible(name: str) -> str:
    """Return a name with the signs that nobody sees written out."""
    return "".join(
        sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in name
    )


def named(names: list[str]) -> list[str]:
    """Return the names, with one for each column that has none."""
    return [
        name if name.strip() else f"{UNNAMED}{position}"
        for position, name in enumerate(names, start=1)
    ]


def is_unnamed(name: str) -> bool:
    """Say whether the name was given by `named`."""
    return re.fullmatch(UNNAMED + r"\d+", name) is not None


def refuse_unnamed_values(
    connection: duckdb.DuckDBPyConnection, names: list[str], table: str
) -> None:
    """Refuse a file with values in a column that has no name; empty ones do no harm."""
    for name in filter(is_unnamed, names):
        values = connection.execute(f"select count({identifier(name)}) from {table}")
        if filled := one_number(values):
            raise FileRefused(
                f"line 1: the {name} holds values in "
                f"{counted(filled, 'row')}: give it a name"
            )


def refuse_other_delimiter(names: list[str], delimiter: str) -> None:
    """Refuse a header of one column that another delimiter would cut into several."""
    if len(names) > 1:
        return
    for other, word in DELIMITERS.items():
        if other != delimiter and other in names[0]:
            raise FileRefused(
                f"line 1: the columns are divided by {word}, not by "
                f"{DELIMITERS.get(delimiter, repr(delimiter))}: say `delimiter: "
                f"{json.dumps(other)}` in the source map"
            )


def top_level(schema: list[tuple[str, int | None]]) -> list[str]:
    """Return the columns of a Parquet schema, given depth first with child counts."""
    names = []
    inside = 0  # entries still to come that belong to a nested column
    for name, children in schema[1:]:
        if not inside:
            names.append(name)
        else:
            inside -= 1
        inside += children or 0
    return names


def _uses(file_map: FileMap, names: list[str]) -> dict[str, list[str]]:
    """Return which of a file's columns each of ours, and `where`, is made of."""
    uses = {name: _used(column, names) for name, column in file_map.columns.items()}
    if file_map.where:
        uses["where"] = _named_in(file_map.where, names)
    return uses


def _used(column: Column, names: list[str]) -> list[str]:
    if not column.sql:
        return [column.column] if column.column else []
    return _named_in(column.sql, names)


def _named_in(sql: str, names: list[str]) -> list[str]:
    spelled = {name.casefold(): name for name in names}  # SQL does not mind the case
    return [spelled.get(name.casefold(), name) for name in columns_in(sql)]


def _lookalike(name: str, others: list[str]) -> str | None:
    plain = {re.sub(r"[\W_]", "", other).casefold(): other for other in others}
    close = difflib.get_close_matches(
        re.sub(r"[\W_]", "", name).casefold(), plain, n=1, cutoff=0.85
    )
    return plain[close[0]] if close else None
