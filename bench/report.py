"""Makes the page of benchmarks and its plots from the results: ``python -m bench.report [--check]``.

The text of ``docs/benchmarks.md`` is written by hand; a figure is between ``<!-- generated: NAME -->`` and
``<!-- end -->``, where NAME is that of its file in ``bench/results``.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from bench.figures import Bound, Figure, read_figures
from bench.plots import draw
from tools import documents
from tools.documents import ROOT

PAGE = ROOT / "docs/benchmarks.md"
_PLOTS = "images/bench"


def generate() -> dict[Path, str]:
    """Return the text of the page and of each plot.

    Raises
    ------
    SystemExit
        If the page names a figure that does not exist, or lacks one.
    """
    figures = read_figures()
    used: set[str] = set()

    def build_part(name: str) -> str:
        if name not in figures:
            raise SystemExit(f"{PAGE.name}: there is no bench/results/{name}.json.")
        used.add(name)
        return "\n".join(_build_figure(figures[name]))

    page = documents.fill_parts(PAGE.read_text(encoding="utf-8"), build_part)
    if missing := figures.keys() - used:
        raise SystemExit(f"{PAGE.name} has no place for {', '.join(sorted(missing))}.")
    return {PAGE: page} | _draw_all(figures)


def _draw_all(figures: Mapping[str, Figure]) -> dict[Path, str]:
    return {
        PAGE.parent / _PLOTS / f"{name}.svg": draw(figure, figure.plot)
        for name, figure in figures.items()
        if figure.plot
    }


def _build_figure(figure: Figure) -> Iterator[str]:
    if figure.plot:
        yield from (f"![{figure.title}: {', '.join(figure.plot.columns)}]({_PLOTS}/{figure.name}.svg)", "")
    yield from documents.build_table(*_split(figure))
    yield ""
    yield f"- **Compared:** {figure.compared}"
    yield f"- **How often:** {figure.repeated}"
    yield f"- **On what:** {figure.origin}"
    for bound in figure.bounds:
        yield f"- **Bound:** {_describe(bound)}"
    if figure.note:
        yield from ("", figure.note)


def _split(figure: Figure) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    header, *rows = map(tuple, figure.build_table())
    return header, rows


def _describe(bound: Bound) -> str:
    return f"{bound.sentence}: {bound.value:g} of at most {bound.limit:g}, {'holds' if bound.holds else '**exceeded**'}"


if __name__ == "__main__":
    documents.write_all("the page of benchmarks", "bench.report", generate)
