"""The SQL of source maps: each text is one expression over a row, and nothing else."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import duckdb

# What an expression may call: functions whose result depends on their arguments alone.
# None opens a file, reads a setting or the environment, asks for the time, or waits.
_FUNCTIONS = (
    # of ours (loading/row_sql.py)
    """
    addresses as_time listed param
    """
    # operators
    """
    !~~ !~~* % & * ** + - -> ->> / // << <@ >> @> ^ ^@ | || ~ ~~ ~~* ~~~
    ilike_escape like_escape not_ilike_escape not_like_escape xor
    """
    # texts
    """
    ascii base64 char_length character_length chr concat concat_ws contains
    damerau_levenshtein decode encode ends_with format from_base64 from_hex hex
    instr jaccard jaro_similarity jaro_winkler_similarity lcase left left_grapheme len
    length length_grapheme levenshtein lower lpad ltrim md5 nfc_normalize ord position
    prefix printf regexp_escape regexp_extract regexp_extract_all regexp_full_match
    regexp_matches regexp_replace regexp_split_to_array repeat replace reverse right
    right_grapheme rpad rtrim sha1 sha256 split split_part starts_with str_split
    str_split_regex string_split string_split_regex string_to_array strip_accents strlen
    strpos substr substring substring_grapheme suffix to_base64 to_hex translate trim
    ucase unhex unicode upper url_decode url_encode
    """
    # numbers
    """
    abs add bit_count cbrt ceil ceiling divide even exp factorial fdiv floor fmod gcd
    greatest isfinite isinf isnan lcm least ln log log10 log2 mod multiply nullif pi pow
    power round round_even sign signbit sqrt subtract trunc
    """
    # times
    """
    century date_add date_diff date_part date_sub date_trunc datediff datepart datesub
    datetrunc day dayname dayofmonth dayofweek dayofyear decade epoch epoch_ms epoch_ns
    epoch_us era hour isodow isoyear julian last_day make_date make_time make_timestamp
    make_timestamp_ms make_timestamp_ns make_timestamptz microsecond millennium
    millisecond minute month monthname nanosecond quarter second strftime strptime
    time_bucket timezone timezone_hour timezone_minute to_centuries to_days to_decades
    to_hours to_microseconds to_millennia to_milliseconds to_minutes to_months
    to_quarters to_seconds to_timestamp to_weeks to_years try_strptime week weekday
    weekofyear year yearweek
    """
    # lists, structs and maps
    """
    apply array_append array_apply array_cat array_concat array_contains array_distinct
    array_extract array_filter array_has array_has_all array_has_any array_indexof
    array_intersect array_length array_position array_prepend array_reduce array_reverse
    array_reverse_sort array_select array_slice array_sort array_to_string
    array_transform array_unique array_value array_where array_zip cardinality
    element_at filter flatten list_aggregate list_any_value list_append list_apply
    list_avg list_bool_and list_bool_or list_concat list_contains list_count
    list_distinct list_element list_extract list_filter list_first list_has list_has_all
    list_has_any list_indexof list_intersect list_last list_max list_median list_min
    list_mode list_position list_prepend list_product list_reduce list_resize
    list_reverse list_reverse_sort list_select list_slice list_sort list_string_agg
    list_sum list_transform list_unique list_value list_where list_zip map map_concat
    map_contains map_entries map_extract map_extract_value map_from_entries map_keys
    map_values reduce row struct_concat struct_contains struct_extract struct_extract_at
    struct_insert struct_pack struct_update
    """
    # JSON and types
    """
    array_to_json from_json from_json_strict json json_array json_array_length
    json_contains json_exists json_extract json_extract_path json_extract_path_text
    json_extract_string json_keys json_merge_patch json_object json_quote
    json_structure json_transform json_transform_strict json_type json_valid json_value
    row_to_json to_json typeof
    """
)
FUNCTIONS = frozenset(_FUNCTIONS.split())
# Kinds of expression over one row: no subquery, window or parameter.
_KINDS = """
    BETWEEN CASE CAST COLLATE COLUMN_REF COMPARISON CONJUNCTION CONSTANT FUNCTION LAMBDA
    OPERATOR
"""
KINDS = frozenset(_KINDS.split())


def check(text: str) -> None:
    """Refuse a text that is anything but one expression over the columns of a row.

    It may name columns, combine them by operators and call FUNCTIONS. DuckDB's own
    parser says what the text is; nothing is evaluated.

    Raises:
        ValueError: If it is more or something else; the message says what.
    """
    alone = _parsed(f"select {text}")
    # In brackets, as it will stand in our queries, it must mean the same: several
    # columns or a clause would not. (The line break ends a comment.)
    if alone != _parsed(f"select ({text}\n)"):
        raise ValueError(
            "it must be one SQL expression over the file's columns, and nothing else"
        )
    for part in _parts(alone):
        kind = part["class"].lower().replace("_", " ")
        if part["class"] not in KINDS:
            raise ValueError(f"an expression over one row can hold no {kind}")
        name = part.get("function_name")
        if name and name not in FUNCTIONS:
            close = difflib.get_close_matches(name, FUNCTIONS, n=1, cutoff=0.85)
            hint = f"did you mean {close[0]}? " if close else ""
            raise ValueError(
                f"{name} is no function that a source map may call: {hint}"
                f"leadscore/expressions.py lists them"
            )


def check_time_format(text: str) -> None:
    """Refuse a format of times that strptime does not know.

    Raises:
        ValueError: If it is none; the message is DuckDB's.
    """
    try:
        _parser().execute("select try_strptime('', ?)", [text])
    except duckdb.InvalidInputException as error:
        message = str(error).splitlines()[0].removeprefix("Invalid Input Error: ")
        raise ValueError(f"'{text}' is no format of times: {message}") from error


def columns_in(text: str) -> list[str]:
    """Return the columns that an expression reads, in their order."""
    return list(dict.fromkeys(_references(_parsed(f"select ({text}\n)"), frozenset())))


def _references(node: object, parameters: frozenset[str]) -> Iterator[str]:
    if isinstance(node, list):
        for part in node:
            yield from _references(part, parameters)
    elif isinstance(node, dict) and node.get("class") == "LAMBDA":
        parameters |= frozenset(_references(node["lhs"], frozenset()))
        yield from _references(node["expr"], parameters)
    elif isinstance(node, dict):
        if node.get("class") == "COLUMN_REF":
            name = str(node["column_names"][0])
            if name not in parameters:
                yield name
        for part in node.values():
            yield from _references(part, parameters)


def _parsed(query: str) -> Any:
    """Return a query as DuckDB's parser sees it, but for the places in its text."""
    found = _parser().execute("select json_serialize_sql(?)", [query]).fetchone()
    tree = json.loads(found[0]) if found else {}
    if tree.get("error") or not tree:
        message = str(tree.get("error_message")).splitlines()[0]
        raise ValueError(f"it is no SQL expression: {message}")
    return _without_places(tree)


def _parts(tree: Any) -> Iterator[dict[str, Any]]:
    """Yield every expression in a tree."""
    if isinstance(tree, dict):
        if "class" in tree:
            yield tree
        for value in tree.values():
            yield from _parts(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _parts(value)


def _without_places(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {
            key: _without_places(value)
            for key, value in tree.items()
            if key != "query_location"
        }
    if isinstance(tree, list):
        return [_without_places(value) for value in tree]
    return tree


@cache
def _parser() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()
