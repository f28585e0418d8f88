"""`wearsync`: the program.

Rule: nothing but the way in; what it does is in `cli`, how it ends in `cli/ending.py`.
"""

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line; ends the process."""
    from wearsync.cli.app import build
    from wearsync.cli.ending import exit_code, parsed, verbosity
    from wearsync.cli.terminal import speak_plainly

    speak_plainly()
    sys.exit(exit_code("wearsync", parsed(build(), "wearsync"), tracebacks=verbosity(sys.argv[1:]) > 1))


if __name__ == "__main__":
    main()
