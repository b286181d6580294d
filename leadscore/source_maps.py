"""Source maps: how a vendor's files become the raw tables, as YAML that users write."""

from __future__ import annotations

import codecs
import difflib
import re
import zoneinfo
from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from leadscore.canonical import TABLES, Table
from leadscore.errors import LeadscoreError
from leadscore.expressions import check, check_time_format
from leadscore.settings import PROJECT, Settings

# What an entry says of its own table alone, and not of those under `also`.
OF_ONE_TABLE = (
    *("table", "where", "columns", "optional", "ignore", "outcomes", "also"),
)
EPOCHS = ("epoch_seconds", "epoch_milliseconds", "epoch_microseconds")


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _tab(value: object) -> object:
    return "\t" if value in ("\\t", "tab") else value


def _known_zone(name: str | None) -> str | None:
    if name is not None and name not in zoneinfo.available_timezones():
        raise ValueError(f"'{name}' is no time zone: use a name like Europe/Berlin")
    return name


def _one_expression(sql: str | None) -> str | None:
    if sql is not None:
        check(sql)
    return sql


def _known_formats(formats: list[str] | None) -> list[str] | None:
    for text in formats or []:
        if text not in EPOCHS:
            check_time_format(text)
    return formats


Texts = Annotated[list[str], BeforeValidator(_as_list)]
TimeFormats = Annotated[Texts | None, AfterValidator(_known_formats)]
TimeZone = Annotated[str | None, BeforeValidator(_known_zone)]
Expression = Annotated[str | None, AfterValidator(_one_expression)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Column(_Strict):
    """Where a canonical column comes from: `column`, `sql`, `value` or `row_number`.

    Attributes:
        column: A column of the file.
        sql: A DuckDB expression over the file's columns. It may use DuckDB's functions
            of texts, numbers, times, lists and JSON (those in leadscore/expressions.py)
            and these: `param(list, key)` finds a value in a list of keys and values as
            Google Analytics nests them; `addresses(text)` is the list of the email
            addresses that a cell names; `listed(text)` the list of what commas or
            semicolons divide; `as_time(value)` a time like that of a column, so that a
            date alone is the company's day.
        value: The same text in every row.
        row_number: Only for a table's key, if the rows have none: an id made of the
            row's number in its file. It names another row once rows have moved, so it
            is for an export that is delivered once.
        timestamp_format: As in FileMap, for this column only.
        time_zone: As in FileMap, for this column only.
    """

    column: str | None = None
    sql: Expression = None
    value: str | None = None
    row_number: Literal[True] | None = None
    timestamp_format: TimeFormats = None
    time_zone: TimeZone = None

    @model_validator(mode="after")
    def _one_origin(self) -> Column:
        origins = (self.column, self.sql, self.value, self.row_number)
        if sum(origin is not None for origin in origins) != 1:
            raise ValueError("needs exactly one of column, sql, value or row_number")
        return self


class FileMap(_Strict):
    """How the files of one pattern become rows of one raw table.

    Attributes:
        pattern: File names, with * and ?; one or a list.
        table: The raw table that the files feed.
        where: An expression over the file's columns, as in Column: only rows for which
            it is true are rows of this table. What no `where` of an entry takes is
            left out, and counted.
        delivery: `snapshot` (each day brings all rows) or `changes` (only new ones).
        required: Whether a day waits for such a file.
        columns: Canonical column to where it comes from.
        optional: Canonical columns that are null when the file has no such column (in
            an expression over several columns, those that it lacks are null), and
            columns of the file that are read as null when it has none.
        ignore: Columns of the file that are left out of raw; * stands for any text.
        outcomes: Columns (of the file or canonical) that are written after the lead was
            won or lost, or worked; rules may not price them. A name with * may fit any
            number of columns, or none.
        null_values: Texts that mean null, besides the empty one.
        delimiter: Between the fields of a CSV file; .tsv files always use tabs, and in
            .log and .txt files each line is a row with one column, `line`.
        quote: Around fields of a CSV file; empty if the files have no quoting.
        encoding: Of text files, a name that Python knows.
        decimal: The decimal sign of numbers, a dot or a comma.
        timestamp_format: strptime formats of times, or one of `epoch_seconds`,
            `epoch_milliseconds` and `epoch_microseconds`; absent: ISO 8601.
        time_zone: Of times that carry no offset; absent, it is UTC for times, and for
            dates alone the company's, LEADSCORE_TIME_ZONE.
        salesforce_ids: Whether ids of 15 characters are made the 18 that Salesforce's
            own tools write, so that both name one record.
        also: Further tables that the same rows feed, each with table, columns and
            `where` of its own and all else as here. Where a row says nothing of the
            further table's key it feeds nothing, and a list there feeds a row for each
            of its values; a file without the columns feeds nothing at all.
        max_rejected_pct: A file with more bad rows is refused whole (up to five bad
            rows are always borne, except with 0).
        max_gone_pct: A snapshot that lacks more of the last one's keys is refused; of
            several patterns that feed one table the highest number counts.
        max_gone_rows: So few keys may always be gone, however small the snapshot is.
    """

    pattern: Texts = Field(min_length=1)
    table: str
    where: Expression = None
    delivery: Literal["snapshot", "changes"]
    required: bool = True
    columns: dict[str, Column]
    optional: list[str] = []
    ignore: list[str] = []
    outcomes: list[str] = []
    null_values: Texts = []
    delimiter: Annotated[str, BeforeValidator(_tab), Field(max_length=1)] = ","
    quote: str = Field('"', max_length=1)
    encoding: str = "utf-8"
    decimal: Literal[".", ","] = "."
    timestamp_format: TimeFormats = None
    time_zone: TimeZone = None
    max_rejected_pct: float = Field(1, ge=0, le=100, strict=False)
    max_gone_pct: float = Field(20, ge=0, le=100, strict=False)
    max_gone_rows: int = Field(4, ge=0)
    salesforce_ids: bool = False
    also: list[FileMap] = []

    @field_validator("columns", mode="before")
    @classmethod
    def _a_name_means_a_column(cls, value: object) -> object:
        if not isinstance(value, dict):
            return value
        return {
            name: {"column": origin} if isinstance(origin, str) else origin
            for name, origin in value.items()
        }

    @field_validator("table")
    @classmethod
    def _known_table(cls, name: str) -> str:
        if name not in TABLES:
            raise ValueError(f"no such table{hint(name, TABLES)}")
        return name

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, name: str) -> str:
        try:
            return codecs.lookup(name).name
        except LookupError as error:
            raise ValueError(f"'{name}' is no encoding that Python knows") from error

    @model_validator(mode="after")
    def _columns_fit_the_table(self) -> FileMap:
        table = self.canonical
        for name in (*self.columns, *self.optional):
            if name not in table.columns and name not in self.optional_of_file:
                raise ValueError(
                    f"{self.table} has no column '{name}'{hint(name, table.columns)}"
                )
        for names in (table.subjects, *((name,) for name in table.required)):
            if not any(name in self.columns for name in names):
                one = "' or '".join(names)
                raise ValueError(f"columns must say where '{one}' comes from")
            if len(names) == 1 and names[0] in self.optional:
                raise ValueError(
                    f"'{names[0]}' cannot be optional: {self.table} needs it"
                )
        if self.rest is None and "attributes" not in self.columns:
            for name in self.outcomes:
                if not fits_any([name], [*table.columns, *self.file_columns]):
                    raise ValueError(f"outcomes: the map reads no column '{name}'")
        return self

    @model_validator(mode="after")
    def _only_the_key_is_numbered(self) -> FileMap:
        key = self.canonical.key
        for name, column in self.columns.items():
            if column.row_number and name != key:
                raise ValueError(f"row_number can only make the key, {key}")
        return self

    @model_validator(mode="after")
    def _further_tables_are_others(self) -> FileMap:
        tables = [self.table, *(further.table for further in self.also)]
        for name in tables:
            if tables.count(name) > 1:
                raise ValueError(f"also: {name} is fed twice by the same rows")
        for further in self.also:
            if further.also:
                raise ValueError("also: a further table feeds no others")
            if further.pattern != self.pattern:
                raise ValueError("also: the pattern is that of the entry itself")
        return self

    @property
    def canonical(self) -> Table:
        """The raw table that the files feed."""
        return TABLES[self.table]

    @property
    def subjects(self) -> list[str]:
        """The mapped columns of which a row needs one, to say what it is about."""
        return [name for name in self.canonical.subjects if name in self.columns]

    @property
    def every(self) -> list[FileMap]:
        """The entry, and one for each further table that its rows feed."""
        return [self, *self.also]

    @property
    def rest(self) -> str | None:
        """The JSON column that keeps what the map does not name, if there is one."""
        for name in ("attributes", "properties"):
            if name in self.canonical.columns and name not in self.columns:
                return name
        return None

    @property
    def optional_of_file(self) -> list[str]:
        """The columns of the file that are read as null if it has none."""
        parts = [self.where, *(column.sql for column in self.columns.values())]
        sql = " ".join(filter(None, parts))
        return [
            name
            for name in self.optional
            if (
                name not in self.canonical.columns
                if name in self.file_columns
                else re.search(rf"(?<!\w){re.escape(name)}(?!\w)", sql)
            )
        ]

    @property
    def file_columns(self) -> set[str]:
        """The columns of the file that the map names outside of SQL."""
        return {origin.column for origin in self.columns.values() if origin.column}


class SourceMap(_Strict):
    """One vendor's files.

    Attributes:
        source: crm, email, web or feedback.
        name: The map's file name without its ending.
        path: Where the map lies.
        files: What its files feed.
        skip: Names, with * and ?, of files that nobody wants: whatever the patterns
            say, this map does not read them.
    """

    source: str
    name: str
    path: Path
    files: list[FileMap] = Field(min_length=1)
    skip: Texts = []


def fits_any(wanted: list[str], names: Iterable[str]) -> list[str]:
    """Return those of the names that are wanted; * in a wanted one is any text."""
    pattern = "|".join(
        ".*".join(re.escape(part) for part in name.split("*")) for name in wanted
    )
    return [name for name in names if wanted and re.fullmatch(pattern, name, re.DOTALL)]


def hint(name: str, known: Any) -> str:
    """Return ': did you mean ...?' with the known name that is most like `name`."""
    close = difflib.get_close_matches(name, list(known), n=1)
    return (
        f": did you mean '{close[0]}'?"
        if close
        else f": choose from {', '.join(known)}"
    )


def load_maps(settings: Settings, source: str) -> list[SourceMap]:
    """Read the source maps in use for a source, by name.

    They are all those of the user's own folder for the source, if there is one; or else
    those of the project that the setting `maps` names, or else its generic one.

    Raises:
        LeadscoreError: If there is none, or one cannot be understood; the message names
            the file and the key.
    """
    own = settings.config / "sources" / source if settings.config else None
    if own and own.is_dir():
        paths = sorted([*own.glob("*.yml"), *own.glob("*.yaml")])
    else:
        paths = _shipped(settings, source)
    if not paths:
        raise LeadscoreError(
            f"{own} holds no source map: copy one from {PROJECT / 'sources'} there "
            f"and say which of your columns is which"
        )
    return [read_map(path, source) for path in paths]


def read_map(path: Path, source: str) -> SourceMap:
    """Read one source map.

    Raises:
        LeadscoreError: If it cannot be understood; the message names file and key.
    """
    return _read_map(path, source, path.stat().st_mtime_ns)


def _shipped(settings: Settings, source: str) -> list[Path]:
    every = {path.stem for path in (PROJECT / "sources").glob("*/*.yml")}
    for name in settings.maps_in_use:
        if name not in every:
            raise LeadscoreError(
                f"MAPS or --maps: there is no source map '{name}'"
                f"{hint(name, sorted(every))}"
            )
    folder = PROJECT / "sources" / source
    named = [folder / f"{name}.yml" for name in sorted(settings.maps_in_use)]
    return [path for path in named if path.exists()] or [folder / "generic.yml"]


def find_map(maps: list[SourceMap], file_name: str) -> tuple[SourceMap, FileMap] | None:
    """Return the map that reads files of this name, if any does.

    Raises:
        LeadscoreError: If more than one pattern fits the name.
    """
    found = [
        (source_map, file_map)
        for source_map in maps
        if not fits(source_map.skip, file_name)
        for file_map in source_map.files
        if matches(file_map, file_name)
    ]
    if len(found) > 1:
        places = ", ".join(
            f"{source_map.path.name} ({', '.join(file_map.pattern)})"
            for source_map, file_map in found
        )
        raise LeadscoreError(
            f"{found[0][0].path.parent}: the file name '{file_name}' fits more than "
            f"one pattern: {places}. Make the patterns narrower"
        )
    return found[0] if found else None


def matches(file_map: FileMap, file_name: str) -> bool:
    """Say whether one of the file map's patterns fits the name, in any case."""
    return fits(file_map.pattern, file_name)


def is_skipped(maps: list[SourceMap], file_name: str) -> bool:
    """Say whether a map skips files of this name, and no other reads them."""
    skips = any(fits(source_map.skip, file_name) for source_map in maps)
    return skips and find_map(maps, file_name) is None


def fits(patterns: list[str], file_name: str) -> bool:
    """Say whether one of the patterns fits a file's name, in any case."""
    name = file_name.lower()
    return any(fnmatchcase(name, pattern.lower()) for pattern in patterns)


@lru_cache(maxsize=64)
def _read_map(path: Path, source: str, _changed: int) -> SourceMap:
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_UniqueKeys)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise LeadscoreError(f"{path} is no valid YAML: {error}") from error
    if not isinstance(content, dict) or not isinstance(content.get("files"), list):
        raise LeadscoreError(
            f"{path}: the map needs a list `files:`, each with pattern, table, "
            f"delivery and columns"
        )
    of_map = {"skip": content["skip"]} if "skip" in content else {}
    shared = {k: v for k, v in content.items() if k not in ("files", "skip")}
    files = [
        _with_further({**shared, **entry}) if isinstance(entry, dict) else entry
        for entry in content["files"]
    ]
    try:
        source_map = SourceMap.model_validate(
            {
                **{"source": source, "name": path.stem, "path": path},
                **{"files": files, **of_map},
            }
        )
    except ValidationError as error:
        raise LeadscoreError(_explain(path, error)) from error
    for file_map in (each for entry in source_map.files for each in entry.every):
        if file_map.canonical.source != source:
            raise LeadscoreError(
                f"{path}: {file_map.table} belongs to the source "
                f"{file_map.canonical.source}, this map lies in {source}: move it to "
                f"sources/{file_map.canonical.source}/"
            )
    return source_map


def _with_further(entry: dict[str, Any]) -> dict[str, Any]:
    """Give the further tables of an entry what it says for all its tables."""
    if not isinstance(entry.get("also"), list):
        return entry
    common = {key: value for key, value in entry.items() if key not in OF_ONE_TABLE}
    also = [
        {**common, "ignore": ["*"], **further} if isinstance(further, dict) else further
        for further in entry["also"]
    ]
    return {**entry, "also": also}


def _explain(path: Path, error: ValidationError) -> str:
    problems = []
    for problem in error.errors(include_url=False):
        place = ".".join(
            f"[{part + 1}]" if isinstance(part, int) else str(part)
            for part in problem["loc"]
        ).replace(".[", "[")
        message = problem["msg"].removeprefix("Value error, ")
        if problem["type"] == "extra_forbidden":
            key = str(problem["loc"][-1])
            known = Column if "columns" in problem["loc"] else FileMap
            message = f"no such key{hint(key, known.model_fields)}"
        elif problem["type"] == "string_type":
            message = f"must be text, not {problem['input']!r}: put it in quotes"
        problems.append(f"{place}: {message}")
    return f"{path}: " + "; ".join(problems)


class _UniqueKeys(yaml.SafeLoader):
    """YAML that refuses a key written twice instead of keeping the last one."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen: set[object] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    problem=f"'{key}' stands twice", problem_mark=key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)
