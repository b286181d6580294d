"""The parts of the report of `leadscore judge`: what each says, shows and lists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from leadscore.errors import counted
from leadscore.judging import charts
from leadscore.judging.charts import Interval
from leadscore.judging.estimate import FEWEST_SUCCESSES, TOO_FEW, Estimate
from leadscore.judging.probability import Trained
from leadscore.judging.wording import (
    MINUS,
    between,
    estimate_of,
    met,
    number,
    percent,
    points,
    times,
    wanting,
)
from leadscore.report.parts import Figure, Row, Section, Table

# The bar of the guides: the two best bands hold so much of the leads and at least so
# much of the successes, and the best succeeds so many times as often as the worst.
SHARE_OF_LEADS = (0.15, 0.35)
SHARE_OF_SUCCESSES = 0.6
TIMES_THE_WORST = 10

POINTS = 20  # of a band

# What to look at comes first.
VERDICTS = {
    "inverted": (
        "The whole interval of the lift lies on the side of 1 that the points deny: "
        "look why before you turn the sign."
    ),
    "priced too low": (
        "The sign is right, and these leads differ even more from the others than "
        "their total points let expect: the rule deserves more."
    ),
    "priced too high": (
        "The sign is right, but these leads differ less from the others than their "
        "total points let expect: the rule deserves less."
    ),
    "useless": (
        "The interval of the lift holds 1 and lies between a half and 2: the rule "
        "moves leads and does not tell them apart."
    ),
    "earns": "The whole interval of the lift lies on the side that its points say.",
    TOO_FEW: (
        "Fewer than five succeeded and fewer than five were expected, or the interval "
        "is too wide. Where it is the leads that are missing, their number is given."
    ),
}
UNPRICED = {
    "priced too low": "Worth points: more succeed than their points let expect.",
    "priced too high": "Worth a deduction: fewer succeed than their points let expect.",
}
FIGURES = [
    "leads",
    "succeeded",
    "rate (95 % interval)",
    "times the base rate (95 % interval)",
]


def summary(whole: Row, bands: list[Row], rules: list[Row]) -> Section:
    """Say of whom, how well, and what the bar of the field says."""
    when = f"as they are known on {whole['last_cut_off']}"
    if whole["is_dated"]:
        when = (
            f"at {counted(whole['finished_cut_offs'], 'cut-off')}, "
            f"{whole['first_cut_off']} to {whole['last_cut_off']}"
        )
    sentences = [
        f"{counted(whole['leads'], 'lead')} ({number(whole['people'])} people) {when}: "
        f"{number(whole['successes'])} succeeded, {estimate_of(whole, 'base_rate')}.",
        _auc_in_words(whole),
    ]
    if whole["description"] and whole["is_dated"]:
        sentences.insert(
            0,
            f"Success means: {whole['description']}, within {whole['horizon_days']} "
            f"days after the cut-off.",
        )
    sentences += _beside_the_bar("Grade", _letters(_of_kind(bands, "grade")))
    sentences += _beside_the_bar("Level", _of_kind(bands, "level"))
    verdicts = Counter(row["verdict"] for row in rules if row["item_kind"] == "rule")
    if verdicts:
        told = (f"{verdicts[name]} {name}" for name in VERDICTS if verdicts[name])
        sentences.append(f"Of {counted(verdicts.total(), 'rule')}: {', '.join(told)}.")
    return Section("Summary", sentences)


def order(bands: list[Row]) -> Section:
    """Show whether those with more points succeed more often."""
    tenths = _of_kind(bands, "tenth")
    section = _section(
        "Do those with more points succeed more often?",
        tenths,
        "The leads of each cut-off in ten parts of equal size, by their total "
        "points. The further the curve of the gain stands above the dashed line of "
        "chance, the better.",
    )
    if not tenths or tenths[0]["lift"] is None:  # nobody succeeded
        return section
    best = tenths[min(1, len(tenths) - 1)]
    shares = [(row["share_of_leads"], row["gain"]) for row in tenths]
    section.figures += [
        Figure(
            "Gain",
            charts.gain(shares),
            f"The best {percent(best['share_of_leads'])} of the leads hold "
            f"{percent(best['gain'])} of the successes.",
        ),
        _compared("Lift by tenth, 1 has the most points", "lift", "band", tenths, 1),
    ]
    rows = [
        [*row_of, percent(row["share_of_leads"]), percent(row["gain"])]
        for row_of, row in zip(_bands_table("tenth", tenths).rows, tenths, strict=True)
    ]
    columns = ["tenth", *FIGURES, "leads up to here", "successes up to here"]
    section.tables.append(Table("By tenth", columns, rows, is_folded=True))
    return section


def calibration(bands: list[Row], steps: Sequence[tuple[float, float]]) -> Section:
    """Show how often leads of so many points succeeded.

    Args:
        bands: Those of score_performance.
        steps: From how many points on which rate is expected, rising.
    """
    bands = sorted(_of_kind(bands, "points"), key=lambda row: int(row["band"]))
    section = _section(
        "What do points foretell?",
        bands,
        "How often leads succeeded by their total points, in bands of 20. The grey "
        "line fits them best of all that never fall as points rise; what the "
        "leads of a rule let expect is read from it.",
    )
    if not bands:
        return section
    first, last = bands[0], bands[-1]
    section.figures.append(
        Figure(
            "Calibration",
            charts.calibration(
                [
                    (int(row["band"]) + POINTS / 2, _estimate(row, "rate"))
                    for row in bands
                ],
                steps,
            ),
            f"{percent(first['rate'])} of the lowest band succeeded, and "
            f"{percent(last['rate'])} of those from {last['band']} points on.",
        )
    )
    cells = [[row["band"].replace("-", MINUS), *_figures(row)] for row in bands]
    columns = ["from points", *FIGURES]
    section.tables.append(
        Table("By points", columns, cells, is_folded=True, is_printed=False)
    )
    return section


def grades(bands: list[Row]) -> Section:
    """Show how often grades, levels, segments and stages succeeded."""
    section = _section(
        "Grades and levels",
        bands,
        "A grade says how well a lead fits, a level how engaged it is: A and 1 are "
        "the best. An interval that is longer than the chart is cut there; in the "
        "table it is whole.",
    )
    for kind in ("grade", "level"):
        if rows := _of_kind(bands, kind):
            base = rows[0]["base_rate"]
            title = f"Rate by {kind}"
            section.figures.append(_compared(title, "rate", "band", rows, base))
    for kind in ("grade", "level", "segment", "stage"):
        if rows := _of_kind(bands, kind):
            section.tables.append(_bands_table(kind, rows))
    return section


def rules(rows: list[Row], reasons: dict[str, str]) -> Section:
    """Show which rules earn their points.

    Args:
        rows: Those of rule_performance.
        reasons: What a rule says of a lead.
    """
    section = _section(
        "Which rules earn their points?",
        rows,
        "What became of the leads that each rule held for, and how many successes "
        "their total points let expect. By the guides' method 20 times the base "
        "rate earns 20 points. A rule is judged alone: it is praised or blamed for "
        "what goes with it too.",
    )
    of_rules = [row for row in rows if row["item_kind"] == "rule"]
    said = [
        row for verdict in VERDICTS for row in of_rules if row["verdict"] == verdict
    ]
    if told := [row for row in said if row["verdict"] != TOO_FEW]:
        section.figures.append(_rules_chart(told))
    columns = ["rule", "reason", "points", "by the guides", *FIGURES, "expected"]
    for verdict, sentence in VERDICTS.items():
        of_verdict = [row for row in said if row["verdict"] == verdict]
        if of_verdict:
            cells = [
                [
                    *(row["item"], reasons.get(row["item"]) or ""),
                    *(points(row["average_points"]), number(row["points_by_lift"])),
                    *(*_figures(row), number(row["successes_expected"])),
                    *([wanting(row)] if verdict == TOO_FEW else []),
                ]
                for row in of_verdict
            ]
            more = ["leads more"] if verdict == TOO_FEW else []
            caption = f"{verdict.capitalize()} ({len(of_verdict)})"
            section.tables.append(
                Table(
                    *(caption, [*columns, *more], cells, sentence),
                    is_folded=verdict == TOO_FEW,
                    is_printed=verdict != TOO_FEW,
                )
            )
    return section


def feedback(rows: list[Row], reasons: dict[str, str]) -> Section:
    """Show where the score and those who worked with the leads agree.

    Args:
        rows: Those of feedback_performance.
        reasons: What a rule says of a lead.
    """
    whole = next((row for row in rows if row["item_kind"] == "all"), None)
    section = Section("Do those who worked with the leads agree?", [])
    left_out = sum(row["leads"] for row in rows if row["item_kind"] == "not scored")
    if left_out:
        section.sentences.append(
            f"Left out: {counted(left_out, 'lead')} with a verdict that had no score "
            f"the day before it."
        )
    if whole is None:
        section.sentences.insert(0, "Nobody has given a verdict on a scored lead.")
        return section
    section.sentences.insert(
        0,
        f"Of {counted(whole['leads'], 'lead')} with a verdict "
        f"{_share_good(whole)} were called good, {number(whole['bad'])} bad, "
        f"{number(whole['wrong_person'])} the wrong person, and of "
        f"{number(whole['bad_data'])} the data was bad. Each counts once, with its "
        f"newest verdict and the score of the day before. Verdicts price nothing.",
    )
    for kind in ("rule", "grade", "level", "stage"):
        of_kind = [row for row in rows if row["item_kind"] == kind]
        told = [row for row in of_kind if kind != "rule" or row["finding"] != TOO_FEW]
        if kind == "rule" and of_kind:
            section.sentences.append(_agreement(of_kind))
        cells = [
            [
                *(row["item"], reasons.get(row["item"]) or ""),
                *(points(row["average_points"]), number(row["leads"])),
                *(_share_good(row), _share_good(row, "other_"), row["finding"]),
            ]
            for row in told
        ]
        columns = ["rule", "reason", "points", "leads", "good (95 % interval)"]
        columns += ["of the others", "finding"]
        if kind != "rule":
            columns = [kind, *columns[3:]]
            cells = [[cell[0], *cell[3:]] for cell in cells]
        if cells:
            section.tables.append(
                Table(f"Called good by {kind}", columns, cells, is_folded=True)
            )
    return section


def _share_good(row: Row, whose: str = "") -> str:
    names = ("share_good", "low", "high")
    return between(Estimate(*(row[f"{whose}{name}"] for name in names)), percent)


def _agreement(rules: list[Row]) -> str:
    """Say with how many rules the verdicts agree, by the sign of their points."""
    agreed = {"more often good": 1, "less often good": -1}
    signs = [
        agreed[row["finding"]] * row["average_points"]
        for row in rules
        if row["finding"] in agreed
    ]
    few = sum(row["finding"] == TOO_FEW for row in rules)
    return (
        f"Of {counted(len(rules), 'rule')} verdicts agree with "
        f"{sum(sign > 0 for sign in signs)} and disagree with "
        f"{sum(sign < 0 for sign in signs)}; of {few} there are {TOO_FEW}."
    )


def unpriced(rows: list[Row]) -> Section:
    """Show which signals and activities tell something that no rule asks for."""
    others = [row for row in rows if row["item_kind"] != "rule"]
    telling = sum(row["verdict"] in UNPRICED for row in others)
    section = _section(
        "What tells, and no rule asks for",
        rows,
        f"Of {counted(len(others), 'value')} of signals and activities that no rule of "
        f"this ruleset prices, {telling} tell more than the points do. Some may follow "
        f"from a sale and not foretell it: ask who writes them, and when.",
    )
    for verdict, sentence in UNPRICED.items():
        cells = [
            [
                *(row["item"], row["value"]),
                *(*_figures(row), number(row["successes_expected"])),
            ]
            for row in others
            if row["verdict"] == verdict
        ]
        if cells:
            columns = ["signal or activity", "value", *FIGURES, "expected"]
            caption = f"{verdict.capitalize()} ({len(cells)})"
            section.tables.append(Table(caption, columns, cells, sentence))
    return section


def thresholds(rows: list[Row]) -> Section:
    """Show what it would bring to call leads from so many points on."""
    section = _section(
        "Thresholds",
        rows,
        "What it would bring to call every lead from so many points on. Precision: "
        "how many of them succeed; recall: how many of all successes are among "
        "them; specificity: how many of the others are spared.",
        "Marked are: the wanted rate and the capacity of calls of "
        "mappings/targets.csv; the balance of recall and specificity; the "
        "quartiles of the points that leads had the day before they succeeded.",
    )
    if not rows:
        return section
    marked = [row for row in rows if row["marks"]]
    if not any("wanted rate" in row["marks"] for row in marked):
        section.sentences.append("No threshold yields the wanted rate.")
    section.figures.append(
        Figure(
            "By threshold",
            charts.thresholds(rows, [row["min_points"] for row in marked]),
            "Dotted: the marked thresholds, "
            + ", ".join(number(row["min_points"]) for row in marked)
            + " points.",
        )
    )
    section.tables += [
        _thresholds_table("Marked thresholds", marked),
        _thresholds_table("Every threshold", rows, is_all=True),
    ]
    return section


def sources(rows: list[Row]) -> Section:
    """Show which sources, partners and campaigns send good leads."""
    section = _section(
        "Sources and partners",
        rows,
        "Each lead once, as it was at the first cut-off after it came. Better or "
        "worse: the whole interval of the lift lies on one side of 1. By month "
        "they stand in the table source_performance.",
    )
    for kind in dict.fromkeys(row["source_kind"] for row in rows):
        name = kind.replace("_", " ")
        of_kind = [row for row in rows if row["source_kind"] == kind]
        if told := [row for row in of_kind if row["verdict"] != TOO_FEW]:
            base = told[0]["base_rate"]
            title = f"Rate by {name}"
            section.figures.append(_compared(title, "rate", "source", told, base))
        letters = ["A", "B", "C", "D", "F"]
        cells = [
            [
                *(row["source"], row["verdict"], wanting(row), *_figures(row)),
                *(number(row["mqls"]), number(row["amount"] and round(row["amount"]))),
                number(row["average_score"]),
                *(number(row[f"grade_{letter.lower()}"]) for letter in letters),
                number(row["grade_unknown"]),
            ]
            for row in of_kind
        ]
        columns = [name, "verdict", "leads more", *FIGURES, "MQLs", "amount", "score"]
        columns += [*letters, "no grade"]
        section.tables.append(Table(f"By {name}", columns, cells))
    return section


def drift(rows: list[Row], bands: list[Row]) -> Section:
    """Show what differs from the cut-offs before."""
    section = _section(
        "What shifted",
        rows,
        "Each cut-off beside those before it, taken together. Signals, activities "
        "and points: by their population stability index. Rates, and successes beside "
        "those expected (calibration): if the interval of the difference leaves none.",
    )
    days = [row for row in bands if row["band_kind"] == "all" and row["cut_off"]]
    if days:
        base = sum(row["successes"] for row in days) / sum(row["leads"] for row in days)
        title = "Rate by cut-off"
        section.figures.append(_compared(title, "rate", "cut_off", days, base))
        cells = [[str(row["cut_off"]), *_figures(row)] for row in days]
        columns = ["cut-off", *FIGURES]
        section.tables.append(
            Table("By cut-off", columns, cells, is_folded=True, is_printed=False)
        )
    verdicts = Counter(row["verdict"] for row in rows)
    if rows:
        told = (f"{number(count)} {name}" for name, count in verdicts.most_common())
        section.sentences.append(
            f"Of {counted(len(rows), 'comparison')}: {', '.join(told)}."
        )
    cells = [
        [
            *(row["item"], row["kind"], str(row["cut_off"])),
            *(_drifted(row, end) for end in ("before", "now")),
            times(row["stability_index"]),
        ]
        for row in rows
        if row["verdict"] == "shifted"
    ]
    if cells:
        columns = ["what", "kind", "cut-off", "before", "then", "stability index"]
        section.tables.append(Table("Shifted, the newest first", columns, cells))
    return section


def probability(trained: Trained | None) -> Section:
    """Say how probable success is at so many points, or why nobody can.

    Args:
        trained: What was found; None if cut-offs were chosen.
    """
    section = Section("How probable is success?", [])
    if trained is None:
        section.sentences.append(
            "Probabilities are fitted to the leads of all months' ends: judge without "
            "--cut-off."
        )
        return section
    row = trained.row
    formula = "No model is in force."
    if trained.in_force == row["model"]:
        formula = (
            f"The model {row['model']} is in force, log odds = {row['intercept']:.4f} "
            f"+ {row['slope']:.5f} x {row['input']}."
        )
    elif trained.in_force:
        formula = f"The model {trained.in_force} stays in force."
    section.sentences += [formula, row["reason"]]
    if trained.bands:
        cells = [
            [
                percent(band.predicted),
                number(band.leads),
                between(band.observed, percent),
            ]
            for band in trained.bands
        ]
        columns = ["foretold", "leads", "succeeded (interval)"]
        section.tables.append(Table("At the later cut-offs", columns, cells))
    return section


def leaks(sentences: list[str]) -> Section:
    """Name the signals that give away who succeeded, which nobody declared outcomes."""
    return Section(
        "What gives away who succeeded",
        sentences
        or ["No signal does, but for those that are declared outcomes already."],
    )


def not_judged(whole: Row) -> Section:
    """Say what is left out or cannot be known, and why."""
    sentences = [
        "Who was excluded on the day, or had succeeded by then: nobody would have sold "
        "to them."
    ]
    if whole["unfinished_cut_offs"]:
        sentences.append(
            f"The cut-offs {whole['unfinished_cut_offs']}: their days have not ended, "
            f"so only early successes are known."
        )
    if not whole["is_dated"]:
        sentences.append(
            "What comes later: nobody says when leads succeeded, so they are judged as "
            "they are known now, and what is known of a lead may be younger than its "
            "success. What is learned from them (`rules suggest`) is cross-validated."
        )
    elif whole["backdated_share"]:
        sentences.append(
            f"What was known by then: {percent(whole['backdated_share'])} of these "
            f"leads stand here as a later delivery first told of them, and what the "
            f"CRM learnt in between is taken for known. Do not trust rules on what "
            f"sales writes, such as budget or status."
        )
    return Section("What is not judged, and why", sentences)


def _section(title: str, rows: Sequence[object], *sentences: str) -> Section:
    """Return a part without figures and tables yet, which says so if it has no rows."""
    return Section(title, [*sentences] if rows else ["Nothing was judged yet."])


def _auc_in_words(whole: Row) -> str:
    if whole["successes"] < FEWEST_SUCCESSES:
        return f"With fewer than five successes there are {TOO_FEW} more."
    if whole["auc"] is None:
        return "Nobody succeeded, or everybody did: nothing can be told apart."
    verdict = "chance could do that"
    if whole["auc_low"] > 0.5:
        verdict = "the points tell them apart"
    elif whole["auc_high"] < 0.5:
        verdict = "the points stand the wrong way round"
    return (
        f"Of a lead that succeeded and one that did not, the first had more points in "
        f"{estimate_of(whole, 'auc')} of all pairs (AUC; 50 % is chance): {verdict}."
    )


def _letters(bands: list[Row]) -> list[Row]:
    """Return the grades without their signs, best first."""
    letters: dict[str, Row] = {}
    for grade in bands:
        name = grade["band"][0]
        letter = letters.setdefault(name, {"band": name, "leads": 0, "successes": 0})
        letter["leads"] += grade["leads"]
        letter["successes"] += grade["successes"]
    return list(letters.values())


def _beside_the_bar(name: str, bands: list[Row]) -> Iterator[str]:
    """Say of bands, best first, whether they meet each part of the bar."""
    leads, successes = (sum(row[of] for row in bands) for of in ("leads", "successes"))
    known = [row for row in bands if row["band"] != "-"]  # no grade is no band
    if len(known) < 2 or successes < FEWEST_SUCCESSES:
        yield f"{name}s beside the bar of the field: {TOO_FEW}."
        return
    best, second, worst = known[0], known[1], known[-1]
    held = (best["leads"] + second["leads"]) / leads
    gained = (best["successes"] + second["successes"]) / successes
    low, high = SHARE_OF_LEADS
    yield (
        f"{name}s {best['band']} and {second['band']} hold {percent(held)} of the "
        f"leads (the bar of the field, {100 * low:.0f} to {100 * high:.0f} %, is "
        f"{met(low <= held <= high)}) and {percent(gained)} of the successes (at least "
        f"{100 * SHARE_OF_SUCCESSES:.0f} %: {met(gained >= SHARE_OF_SUCCESSES)})."
    )
    rates = [row["successes"] / row["leads"] for row in (best, worst)]
    if any(
        max(row["successes"], row["leads"] * successes / leads) < FEWEST_SUCCESSES
        for row in (best, worst)
    ):
        verdict = f"{TOO_FEW}, of {best['leads']:,} and {worst['leads']:,} leads"
    elif rates[1] == 0:
        verdict = f"{met(rates[0] > 0)}, as none of {worst['band']} did"
    else:
        verdict = (
            f"{met(rates[0] >= TIMES_THE_WORST * rates[1])}, it is "
            f"{times(rates[0] / rates[1])} times"
        )
    yield (
        f"{name} {best['band']} should succeed at least {TIMES_THE_WORST} times as "
        f"often as {worst['band']}: {verdict}."
    )


def _rules_chart(rows: list[Row]) -> Figure:
    """Return the chart of lifts, under a heading for each verdict."""
    drawn: list[Interval | str] = []
    for row in rows:
        if (heading := f"{row['verdict']}:") not in drawn:
            drawn.append(heading)
        drawn.append(_interval(row, "item", "lift"))
    return Figure(
        "Times the base rate, by verdict",
        charts.intervals(drawn, "Times the base rate", 1, is_log=True),
        "On a logarithmic scale. Rules of whose leads too few succeeded are left out.",
    )


def _bands_table(kind: str, rows: list[Row]) -> Table:
    cells = [[row["band"], *_figures(row)] for row in rows]
    is_printed = kind in ("grade", "level")
    return Table(
        f"By {kind}", [kind, *FIGURES], cells, is_folded=True, is_printed=is_printed
    )


def _thresholds_table(caption: str, rows: list[Row], is_all: bool = False) -> Table:
    columns = ["from points", "marked as", "leads", "MQLs a week", "successes a week"]
    columns += ["precision (95 % interval)", "recall", "specificity", "F1", "accuracy"]
    cells = [
        [
            *(number(row["min_points"]), row["marks"] or "", number(row["leads"])),
            number(row["mqls_per_week"]),
            number(row["expected_successes_per_week"]),
            estimate_of(row, "precision_rate", "precision"),
            *(percent(row[of]) for of in ("recall", "specificity", "f1", "accuracy")),
        ]
        for row in rows
    ]
    return Table(caption, columns, cells, is_folded=is_all, is_printed=not is_all)


def _figures(row: Row) -> list[str]:
    """Return the cells of the columns FIGURES."""
    return [
        *(number(row["leads"]), number(row["successes"])),
        *(estimate_of(row, "rate"), between(_estimate(row, "lift"), times)),
    ]


def _estimate(row: Row, name: str) -> Estimate:
    return Estimate(*(row[name + end] for end in ("", "_low", "_high")))


def _drifted(row: Row, end: str) -> str:
    return (percent if row["kind"] == "base rate" else times)(row[end])


def _compared(
    title: str, column: str, name: str, rows: list[Row], base: float
) -> Figure:
    """Return the chart of rates or lifts with their intervals."""
    drawn = [_interval(row, name, column) for row in rows]
    is_share = column == "rate"
    axis = "Succeeded" if is_share else "Times the base rate"
    told = percent if is_share else times
    most, least = (pick(drawn, key=lambda of: of.value) for pick in (max, min))
    words = (
        f"Most: {most.name} ({told(most.value)}); least: {least.name} "
        f"({told(least.value)}); dashed line: all leads ({told(base)})."
    )
    picture = charts.intervals(drawn, axis, base, is_share=is_share)
    return Figure(title, picture, words)


def _interval(row: Row, name: str, column: str) -> Interval:
    ends = (column, f"{column}_low", f"{column}_high")
    return Interval(str(row[name]), *(row[end] for end in ends))


def _of_kind(bands: list[Row], kind: str) -> list[Row]:
    """Return the bands of a kind, all cut-offs together."""
    return [row for row in bands if row["band_kind"] == kind and not row["cut_off"]]
