"""Draws figures as SVG, with pygal."""

import re
from collections.abc import Sequence
from typing import Any

import pygal
from pygal.style import Style

from bench.figures import Figure, Plot, format_value

_FONT = "system-ui, sans-serif"
_STYLE = Style(
    background="white",
    plot_background="white",
    colors=("#00796b", "#c2410c", "#4338ca", "#a16207", "#be185d", "#475569"),
    opacity="0.85",
    font_family=_FONT,
    label_font_family=_FONT,
    legend_font_family=_FONT,
    value_font_family=_FONT,
    title_font_family=_FONT,
    major_label_font_family=_FONT,
    label_font_size=13,
    major_label_font_size=13,
    legend_font_size=14,
    title_font_size=15,
    value_font_size=12,
    guide_stroke_color="#d4d4d4",
    major_guide_stroke_color="#bdbdbd",
    guide_stroke_dasharray="2,2",
    major_guide_stroke_dasharray="2,2",
)
_WIDTH = 860
_LINES_HEIGHT = 420
_BAR_HEIGHT, _BARS_MARGIN = 24, 130
_DROPPED = re.compile(r"<!--.*?-->|<script.*?</script>", flags=re.DOTALL)
"""Comments, which name the day of the drawing, and what pygal's script would read."""
_DECADES = tuple(10.0**exponent for exponent in range(-3, 9))


def draw(figure: Figure, plot: Plot) -> str:
    """Return the SVG of a figure."""
    names = [column.name for column in figure.columns]
    # The lowest bar is the first row of pygal.
    rows = list(reversed(figure.rows)) if plot.kind == "bars" else figure.rows
    series = {name: [_get_number(row.values[names.index(name)]) for row in rows] for name in plot.columns}
    (unit,) = {column.unit for column in figure.columns if column.name in plot.columns}
    chart = _create_chart(figure, plot, unit)
    # Otherwise it is random, and the file changes whenever it is drawn.
    chart.uuid = figure.name
    chart.x_labels = [row.name.replace("`", "") for row in rows]
    for name, numbers in series.items():
        chart.add(name, numbers)
    _scale(chart, [number for numbers in series.values() for number in numbers if number], plot)
    return _DROPPED.sub("", chart.render(is_unicode=True)) + "\n"


def _get_number(value: object) -> float | None:
    return value if isinstance(value, int | float) else None


def _create_chart(figure: Figure, plot: Plot, unit: str) -> Any:  # noqa: ANN401 - pygal has no types
    options: dict[str, Any] = {
        "style": _STYLE,
        "width": _WIDTH,
        # No script: pygal's is loaded from a server.
        "js": (),
        "legend_at_bottom": True,
        "truncate_legend": -1,
        "truncate_label": -1,
        "margin_right": 40,
        "logarithmic": plot.logarithmic,
        "value_formatter": lambda value: format_value(value, unit),
    }
    if plot.kind == "lines":
        line = {"stroke_style": {"width": 2}, "dots_size": 4}
        return pygal.Line(
            **options, **line, height=_LINES_HEIGHT, show_minor_y_labels=plot.logarithmic, x_title=figure.title
        )
    height = _BARS_MARGIN + _BAR_HEIGHT * len(figure.rows) * (len(plot.columns) + 1)
    return pygal.HorizontalBar(
        **options, height=height, show_minor_x_labels=plot.logarithmic, title=figure.title, print_values=True
    )


def _scale(chart: Any, values: Sequence[float], plot: Plot) -> None:  # noqa: ANN401 - pygal has no types
    """Give the axis of the values whole decades, or let it begin at zero."""
    if plot.logarithmic:
        low = max(decade for decade in _DECADES if decade < min(values))
        high = min(decade for decade in _DECADES if decade >= max(values))
        chart.range, chart.zero = (low, high), low
        chart.y_labels = [decade for decade in _DECADES if low <= decade <= high]
    else:
        chart.range = (0, max(values))
