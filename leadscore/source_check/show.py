"""What `leadscore sources check` prints."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from leadscore.errors import counted
from leadscore.loading.row_sql import ROW, identifier
from leadscore.loading.source_columns import record_outcomes, record_rest
from leadscore.rules.vocabulary import kept_as
from leadscore.settings import Settings
from leadscore.source_check.known_words import (
    EMAILS,
    NO_ADDRESS,
    Answer,
    Models,
    ask_all,
    nobodys,
)
from leadscore.source_check.trial import Trial
from leadscore.source_check.write import SNAPSHOTS
from leadscore.source_maps import Column
from leadscore.terminal import as_table

ROWS = 2  # of the file, beside what becomes of them
FAILURES = 5
WIDEST = 32
JUDGED_LATER = (
    "Not judged here: what Great Expectations asks of a delivery (too many ids that "
    "repeat, or emails that\nare none; dates to come; a snapshot that shrank)."
)
ONCE = (
    "[bold]The key is the row's number[/]: once rows have moved it names another one, "
    "so deliver such an export\nonce, and give later ones an id.\n"
)


@dataclass(frozen=True)
class FirstRow:
    """A row as it came and as it was loaded."""

    number: int
    theirs: dict[str, object]
    ours: dict[str, object]


def show(trial: Trial, settings: Settings, console: Console) -> None:
    """Print what a map makes of a file."""
    console.print(
        escape(
            f"{counted(trial.rows, 'row')}: {trial.loaded:,} would be loaded into "
            f"{trial.file_map.table}, {trial.rows - trial.loaded:,} rejected"
            + (f"; {trial.left_out:,} left out by `where`" if trial.left_out else "")
        ),
        soft_wrap=True,
    )
    for table, rows in trial.further.items():
        if rows:
            console.print(f"and {counted(rows, 'row')} made of them into {table}")
    console.print()
    console.print(_columns(trial))
    if any(column.row_number for column in trial.file_map.columns.values()):
        console.print(ONCE)
    if trial.rest:
        console.print(_leftovers(trial))
    if failures := _failures(trial):
        console.print("[bold]Rejected rows[/]")
        for line in failures:
            console.print(f"  {escape(line)}", soft_wrap=True)
    if trial.file_map.table in SNAPSHOTS and (told := _repetitions(trial)):
        console.print(f"[bold]Repeated[/]: {escape(told)}", soft_wrap=True)
    if trial.loaded:
        _show_words(trial, settings, console)
    console.print(JUDGED_LATER)
    if trial.refusal:
        console.print(
            f"\n[red]The file would be refused[/]: {escape(trial.refusal)}",
            soft_wrap=True,
        )


def _columns(trial: Trial) -> Table:
    columns = trial.file_map.columns
    filled = _filled(trial, f"raw.{trial.file_map.table}", list(columns))
    rows = _first_rows(trial)
    outcomes = _outcomes(trial)
    return as_table(
        "Columns",
        ["ours", "theirs", "filled", *(f"row {row.number}" for row in rows)],
        [
            (
                name + (" (outcome)" if name in outcomes else ""),
                _short(_origin(column)),
                f"{filled[name]:,} of {trial.loaded:,}",
                *(_example(row, name, column) for row in rows),
            )
            for name, column in columns.items()
        ],
    )


def _leftovers(trial: Trial) -> Table:
    filled = _filled(trial, trial.taken, trial.rest)
    outcomes = _outcomes(trial)
    return as_table(
        kept_as(trial.file_map.table),
        ["theirs", "filled", "most often"],
        [
            (
                escape(name) + (" (outcome)" if name in outcomes else ""),
                f"{filled[name]:,} of {trial.rows:,}",
                _frequent(trial, name),
            )
            for name in trial.rest
        ],
    )


def _failures(trial: Trial) -> list[str]:
    if not trial.rejected:
        return [
            f"{counted(count, 'row')}: {column}"
            for column, count in trial.failures().items()
        ]
    kinds = Counter(row.column or "the row as a whole" for row in trial.rejected)
    lines = [f"{count:,} by {column}" for column, count in kinds.most_common()]
    for row in trial.rejected[:FAILURES]:
        column = f"{row.column}: " if row.column else ""
        lines.append(f"line {row.line}: {column}{row.reason}")
    if len(trial.rejected) > FAILURES:
        lines.append("...")
    return lines


def _repetitions(trial: Trial) -> str:
    """Say how many rows are another one, or name the same record."""
    told = []
    names = ", ".join(identifier(name) for name in trial.originals())
    same = trial.connection.execute(
        f"select {ROW}, min({ROW}) over (partition by {names}) as first "
        f"from {trial.taken} qualify first < {ROW} order by {ROW}"
    ).fetchall()
    if same:
        row, first = same[0]
        told.append(
            f"{counted(len(same), 'row')} word for word (row {row} is row {first})"
        )
    key = trial.file_map.canonical.key
    twice = trial.connection.execute(
        f"select {key} from raw.{trial.file_map.table} group by {key} "
        f"having count(*) > 1 order by count(*) desc, {key}"
    ).fetchall()
    if twice:
        stand = "stands" if len(twice) == 1 else "stand"
        told.append(
            f"{counted(len(twice), 'value')} of {key} {stand} in more than one row "
            f"(such as {twice[0][0]})"
        )
    return "; ".join(told)


def _show_words(trial: Trial, settings: Settings, console: Console) -> None:
    models = Models(trial, settings)
    answers = ask_all(models, trial.file_map.table)
    if told := nobodys(models, trial.file_map.table):
        console.print(f"[bold]Nobody's[/]: {told}")
    if trial.file_map.table == "crm_leads" and (emails := models.rows(EMAILS)):
        kinds = ", ".join(
            f"{count:,} {kind}" + (f" (such as {email})" if kind == NO_ADDRESS else "")
            for kind, count, email in emails
        )
        console.print(f"[bold]Emails[/]: {escape(kinds)}", soft_wrap=True)
    if answers:
        console.print(
            as_table(
                "Words that a mapping should know",
                ["what", "mapping", "known", "not known (rows)"],
                [
                    (
                        answer.question.about,
                        f"{answer.question.mapping}.csv",
                        f"{answer.known:,} of {answer.rows:,}",
                        _unknown(answer),
                    )
                    for answer in answers
                ],
            )
        )


def _unknown(answer: Answer) -> str:
    words = [f"{_short(value)} ({count:,})" for value, count in answer.unknown]
    return ", ".join(words) + (f" and {answer.more:,} more" if answer.more else "")


def _filled(trial: Trial, table: str, columns: list[str]) -> dict[str, int]:
    """Return in how many rows each column is known."""
    counts = ", ".join(f"count({identifier(name)})" for name in columns)
    row = trial.connection.execute(f"select {counts} from {table}").fetchone()
    return dict(zip(columns, row or (), strict=True))


def _first_rows(trial: Trial) -> list[FirstRow]:
    table = f"raw.{trial.file_map.table}"
    numbers = (
        f"(select source_row from {table} order by source_row limit {ROWS})"
        if trial.loaded
        else f"(select {ROW} from incoming order by {ROW} limit {ROWS})"
    )
    theirs = _by_number(trial, f"from incoming where {ROW} in {numbers}", ROW)
    ours = _by_number(
        trial, f"from {table} where source_row in {numbers}", "source_row"
    )
    return [
        FirstRow(number, theirs[number], ours.get(number, {}))
        for number in sorted(theirs)
    ]


def _by_number(trial: Trial, query: str, key: str) -> dict[int, dict[str, object]]:
    found = trial.connection.execute(query)
    names = [column[0] for column in found.description]
    rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    return {int(row[key]): row for row in rows}


def _outcomes(trial: Trial) -> set[str]:
    """Return the columns that no rule may price, as the loader would record them."""
    source_map, table = trial.source_map, trial.file_map.table
    place = [source_map.source, source_map.name, table]
    record_rest(trial.connection, place, trial.file_map, trial.rest)
    record_outcomes(trial.connection, [source_map])
    rows = trial.connection.execute(
        "select column_name from raw.source_columns where table_name = ? "
        "and is_outcome",
        [table],
    ).fetchall()
    return {name for (name,) in rows}


def _example(row: FirstRow, name: str, column: Column) -> str:
    """Return a value as it came and as it is now, or once if it is the same."""
    ours = "" if row.ours.get(name) is None else str(row.ours[name])
    if column.column is None:
        return _short(ours)
    theirs = row.theirs.get(column.column)
    before = "" if theirs is None else str(theirs)
    if not row.ours:
        return _short(before)
    return _short(before) if before == ours else f"{_short(before)} -> {_short(ours)}"


def _origin(column: Column) -> str:
    if column.row_number:
        return "the row's number"
    return column.column or column.sql or f"always '{column.value}'"


def _frequent(trial: Trial, name: str) -> str:
    rows = trial.connection.execute(
        f"select value, count(*) "
        f"from (select {identifier(name)}::varchar as value from {trial.taken}) "
        f"where value is not null group by value order by 2 desc, value limit 3"
    ).fetchall()
    return ", ".join(f"{_short(value)} ({count:,})" for value, count in rows)


def _short(text: str) -> str:
    text = " ".join(text.split())
    return escape(text if len(text) <= WIDEST else text[: WIDEST - 3] + "...")
