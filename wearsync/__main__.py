"""`wearsync`: the program.

Rule: nothing but the way in; what it does is in `cli`, how it ends in `cli/ending.py`.
"""

import os
import sys

__all__ = ["main"]

# The code that shells give for Ctrl-C; as in cli/ending.py, which may not be there yet.
INTERRUPTED = 130


def main() -> None:
    """Run the command line; ends the process."""
    try:
        from wearsync.cli import completion
        from wearsync.cli.app import build
        from wearsync.cli.ending import exit_code, parsed, verbosity
        from wearsync.cli.terminal import speak_plainly

        speak_plainly()
        if completion.ASKED in os.environ:
            from wearsync.cli.shell import offer

            sys.exit(offer(lambda: exit_code("wearsync", parsed(build(), "wearsync")), os.environ))
        sys.exit(exit_code("wearsync", parsed(build(), "wearsync"), tracebacks=verbosity(sys.argv[1:]) > 1))
    except KeyboardInterrupt:  # while it still reads its own files, or is on its way out
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
