"""One fuzz target under atheris: `python -m tests.fuzz.run TARGET …` and what libFuzzer takes; scripts/fuzz.

Rule: what is to be guided by is imported under its instrumentation, so nothing of the product before it.
"""

import sys
from importlib import import_module


def main() -> None:
    """Never returns: libFuzzer ends the process, with 77 when something was found."""
    atheris = import_module("atheris")  # installed by scripts/fuzz alone, and it has no types
    with atheris.instrument_imports(include=["wearsync", "wearsync_simulators", "tomllib"]):
        from tests.fuzz.targets import TARGETS
    target = TARGETS[sys.argv.pop(1)]
    atheris.Setup(sys.argv, target)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
