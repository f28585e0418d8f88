"""scripts/growth: measures how cost grows, and writes the points down as JSON for scripts/draw_growth.py."""

import json
import shutil
import sys
import tempfile
from pathlib import Path

from tests.bench.__main__ import PLACE
from tests.bench.growth import Growth
from tests.bench.growth.journal import JOURNAL
from tests.bench.growth.records import RECORDS
from tests.bench.growth.watches import WATCHES
from tests.bench.growth.years import YEARS
from tests.bench.machine import machine

GROWTHS: tuple[Growth, ...] = (WATCHES, RECORDS, JOURNAL, YEARS)


def main() -> int:
    """FILE [NAME…]: the growths that are named, or all; points of the others stay in the file."""
    file, chosen = Path(sys.argv[1]), sys.argv[2:]
    known = [each.name for each in GROWTHS]
    if unknown := [name for name in chosen if name not in known]:
        sys.stderr.write(f"growth: there is no {', '.join(unknown)}; there are: {', '.join(known)}\n")
        return 2
    PLACE.mkdir(parents=True, exist_ok=True)
    said = json.loads(file.read_text()) if file.exists() else {}
    for each in GROWTHS:
        if not chosen or each.name in chosen:
            said[each.name] = _measure(each)
            file.write_text(json.dumps(said, indent=1) + "\n")
    return 0


def _measure(growth: Growth) -> dict[str, object]:
    place = Path(tempfile.mkdtemp(dir=PLACE, prefix="g."))
    about = machine(place)
    points: dict[str, list[tuple[float, float]]] = {name: [] for name in growth.panels}
    try:
        for point in growth.measured(place):
            points[point.panel].append((point.x, point.y))
            sys.stdout.write(
                f"{growth.name:10} {point.x:>12,g}  {point.y:>12,.4g}  {growth.panels[point.panel]}\n"
            )
            sys.stdout.flush()
    finally:
        shutil.rmtree(place, ignore_errors=True)
    panels = {name: {"y": label, "points": points[name]} for name, label in growth.panels.items()}
    return {"title": growth.title, "x": growth.x, "machine": dict(about), "panels": panels}


if __name__ == "__main__":
    sys.exit(main())
