"""Draws growth-NAME.svg into a directory, of what scripts/growth measured: FILE DIRECTORY.

Rule: points as they were measured, joined by straight lines; both axes say their units and begin where the
points begin.
"""

import json
import sys
from pathlib import Path

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter, NullLocator

STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "growth",
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.edgecolor": "#8a9893",
    "axes.labelcolor": "#1c2b28",
    "text.color": "#1c2b28",
    "xtick.color": "#52625e",
    "ytick.color": "#52625e",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.facecolor": "#fbfcfb",
    "axes.facecolor": "#fbfcfb",
}
PANEL_INCHES = (3.3, 2.5)
COLUMNS = 2


def main() -> None:
    said, directory = json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2])
    for name, growth in said.items():
        with rc_context(STYLE):
            drawn(growth).savefig(
                directory / f"growth-{name}.svg", metadata={"Date": None, "Title": growth["title"]}
            )


def drawn(growth: dict) -> Figure:
    panels = list(growth["panels"].values())
    columns = min(COLUMNS, len(panels))
    rows = -(-len(panels) // columns)
    figure = Figure(figsize=(PANEL_INCHES[0] * columns, PANEL_INCHES[1] * rows + 0.3), layout="constrained")
    axes = list(figure.subplots(rows, columns, squeeze=False).flat)
    for axis, panel in zip(axes, panels, strict=False):
        draw(axis, panel, growth["x"])
    for axis in axes[len(panels) :]:
        axis.remove()
    figure.suptitle(growth["title"], fontsize=11, fontweight="bold", x=0.02, ha="left")
    return figure


def draw(axis: Axes, panel: dict, label: str) -> None:
    xs, ys = zip(*panel["points"], strict=True)
    axis.plot(xs, ys, marker="o", markersize=4, color="#0b6b5c")
    if max(xs) / min(xs) > 20:
        axis.set_xscale("log")
    if min(ys) > 0 and max(ys) / min(ys) > 20:
        axis.set_yscale("log")
    else:
        axis.set_ylim(0, max(ys) * 1.15)
    axis.set_xticks(xs)
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))
    axis.xaxis.set_minor_formatter(NullFormatter())
    axis.xaxis.set_minor_locator(NullLocator())
    axis.yaxis.set_minor_formatter(NullFormatter())
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))
    axis.set_xlabel(label)
    axis.set_title(panel["y"], fontsize=9, loc="left")
    axis.grid(axis="y", color="#d7dfdc", linewidth=0.6)


def short(value: float) -> str:
    for unit, size in (("M", 1e6), ("k", 1e3)):
        if value >= size:
            return f"{value / size:g} {unit}"
    return f"{value:g}"


main()
