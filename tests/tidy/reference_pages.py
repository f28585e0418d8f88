"""The generated pages of docs/reference: written, or held against the code (scripts/reference).

Rule: what a page says is the affair of the module of its name.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.tidy import reference_commands, reference_configuration, reference_control

ROOT = Path(__file__).parents[2]
PAGES = (reference_commands, reference_configuration, reference_control)


def problems(root: Path) -> Iterator[str]:
    """What is wrong, a line each."""
    for module in PAGES:
        path = root / module.PAGE
        if not path.exists() or path.read_text(encoding="utf-8") != module.page():
            yield f"{module.PAGE}: not as the code: run scripts/reference"


def main(arguments: Sequence[str], root: Path = ROOT) -> int:
    """The script."""
    parser = argparse.ArgumentParser(prog="scripts/reference", description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say what is wrong")
    if not parser.parse_args(arguments).check:
        for module in PAGES:
            (root / module.PAGE).write_text(module.page(), encoding="utf-8")
    found = list(problems(root))
    for problem in found:
        sys.stderr.write(f"{problem}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
