"""``bench/figures.py`` and ``bench/plots.py``: the results of benchmarks, and what is made of them."""

import re
from dataclasses import replace

import pytest

from bench.figures import Bound, Column, Figure, Origin, Plot, Row, Value, describe_origin, format_value, read_figures
from bench.plots import draw

PLOT = Plot("bars", ("handler",), logarithmic=True)
FIGURE = Figure(
    name="sends",
    title="size",
    compared="the handler with nothing.",
    repeated="once.",
    origin=Origin("a machine", "3.13", "abc1234", "2026-11-30"),
    columns=(Column("handler", "ms"), Column("requests")),
    rows=(Row("10", (3.5, "Query")), Row("100", (35.0, None))),
    plot=PLOT,
    bounds=(Bound("at most 40 ms", 35.0, 40.0),),
)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (7.8, "ms", "7.8 ms"),
        (9.0, "ms", "9 ms"),
        (1.074, "", "1.07"),
        (30.0, "", "30"),
        (45.16, "s", "45.2 s"),
        (100, "", "100"),
        (48_445.8, "ms", "48,446 ms"),
        (0, "units", "0 units"),
        (0.00123, "s", "0.0012 s"),
        (14.9, "$", "$14.90"),
        ("Query + Query", "", "Query + Query"),
        (None, "ms", ""),
    ],
)
def test_values_have_three_or_four_digits(value: Value, unit: str, text: str) -> None:
    assert format_value(value, unit) == text


def test_figure_is_read_as_it_was_written() -> None:
    read = Figure.from_json("sends", FIGURE.to_json())

    assert read.to_json() == FIGURE.to_json()
    assert [*map(list, read.build_table())] == [
        ["size", "handler", "requests"],
        ["10", "3.5 ms", "Query"],
        ["100", "35 ms", ""],
    ]


def test_bound_above_its_limit_is_reported() -> None:
    slower = replace(FIGURE, bounds=(Bound("at most 40 ms", 41.5, 40.0),))

    assert list(FIGURE.find_excesses()) == []
    assert list(slower.find_excesses()) == ["sends: at most 40 ms: 41.5 is above 40"]


@pytest.mark.parametrize("plot", [PLOT, Plot("lines", ("handler",)), Plot("lines", ("handler",), logarithmic=True)])
def test_plot_shows_the_rows_and_needs_no_server(plot: Plot) -> None:
    drawn = draw(FIGURE, plot)

    assert {"handler", "10", "100"} <= set(re.findall(r">([^<>]+)</text>", drawn))
    assert re.findall(r"(?:href|src|url)\W+http", drawn) == []
    assert "<script" not in drawn


def test_plot_is_the_same_every_time() -> None:
    assert draw(FIGURE, PLOT) == draw(FIGURE, PLOT)


def test_every_result_says_what_was_compared_how_often_and_on_what() -> None:
    incomplete = [
        figure.name
        for figure in read_figures().values()
        if not all((figure.compared, figure.repeated, figure.origin.machine, figure.origin.commit, figure.origin.date))
    ]

    assert incomplete == []


def test_origin_names_the_commit() -> None:
    assert re.match(r"[0-9a-f]{7,}( with changes)?$", describe_origin().commit)
