"""How a program of ours ends: its exit code, and one line on stderr when something is wrong.

Rule: an expected error is one line that says what to do; a traceback is there for who asks (-v -v).
"""

import errno
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TextIO, cast

import typer

from wearsync.errors import StorageError, UsageError, WearsyncError

# What the system says where there is no room to write.
FULL = (errno.ENOSPC, errno.EDQUOT)

# What shells expect of a program that Ctrl-C has ended.
INTERRUPTED = 130

# How pydantic says what the line says anyway, or what is none of a person's affairs.
_PYDANTIC = (
    ("Value error, ", ""),
    ("Input should be", "it should be"),
    (", unable to parse string as an integer", ""),
)

# The root of what a parser says about options and arguments; typer gives only its leaves a name.
_Misused: type[Exception] = typer.BadParameter.__bases__[0]


def exit_code(
    program: str,
    run: Callable[[], object],
    *,
    tracebacks: bool = False,
    more: str = "; with -v -v it says more",
) -> int:
    """Run it, and give the code to end with. `run` gives a code too, or anything else for 0.

    `more`: how the person gets to see the traceback of a defect.
    """
    code = _code_of(program, run, tracebacks=tracebacks, more=more)
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):
            # What is still to be written can't be: a full disk, a terminal that is gone. Python would try
            # once more, and end with a code of its own (120).
            _hear_no_more(stream)
    return code


def _code_of(program: str, run: Callable[[], object], *, tracebacks: bool, more: str) -> int:
    try:
        code = run()
        if sys.stdout is not None:  # None: started with it closed
            sys.stdout.flush()
    except _Misused as misuse:
        return _told(program, _usage(program, misuse), tracebacks=tracebacks)
    except WearsyncError as error:
        return _told(program, error, tracebacks=tracebacks)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return _unheard()
    except SystemExit as end:
        # typer turns a closed pipe into an exit of its own.
        return _unheard() if isinstance(end.__context__, BrokenPipeError) else _as_code(end.code)
    except OSError as error:
        return _told(program, _unwritten(error, more), tracebacks=tracebacks)
    except Exception as defect:  # noqa: BLE001  # the last boundary: a defect of ours, one line of it
        return _told(program, _internal(defect, more), tracebacks=tracebacks)
    return _as_code(code)


def parsed(app: typer.Typer, program: str, arguments: Sequence[str] | None = None) -> Callable[[], object]:
    """The command line as something that `exit_code` runs; without `arguments`, those of the process."""
    return lambda: app(args=arguments, prog_name=program, standalone_mode=False)


def verbosity(arguments: list[str]) -> int:
    """How often -v was said, whatever else is wrong with the arguments."""
    short = sum(len(each) - 1 for each in arguments if each.startswith("-v") and set(each[1:]) == {"v"})
    return short + arguments.count("--verbose")


def _told(program: str, error: WearsyncError, *, tracebacks: bool) -> int:
    with suppress(OSError):  # nobody can be told; the code still says it
        if tracebacks:
            traceback.print_exception(error)
        elif text := " ".join(str(error).split()):
            sys.stderr.write(f"{program}: {text}\n")
    return error.exit_code


def _usage(program: str, misuse: Exception) -> UsageError:
    said = cast("typer.BadParameter", misuse)
    error = UsageError()
    if text := said.format_message().strip().rstrip("."):
        path = said.ctx.command_path if said.ctx is not None else program
        for word, ours in _PYDANTIC:
            text = text.replace(word, ours)
        error = UsageError(f"{text[:1].lower()}{text[1:]}: see `{path} --help`")
    error.__cause__ = misuse
    return error


def _unwritten(error: OSError, more: str) -> WearsyncError:
    """A full disk behind our output is no defect."""
    if error.errno not in FULL:
        return _internal(error, more)
    told = StorageError(f"there is no room for the output ({error.strerror}): free some space")
    told.__cause__ = error
    return told


def _internal(defect: Exception, more: str) -> WearsyncError:
    error = WearsyncError(f"internal error: {type(defect).__name__}: {defect}{more}")
    error.__cause__ = defect
    return error


def _unheard() -> int:
    """The reader of our output has left: nothing to say, nowhere to say it, and nothing is wrong."""
    _hear_no_more(sys.stdout)
    return 0


def _hear_no_more(stream: TextIO) -> None:
    """Whatever is still written to stdout, or to stderr, goes nowhere."""
    original, number = (sys.__stderr__, 2) if stream is sys.stderr else (sys.__stdout__, 1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), original.fileno() if original else number)


def _as_code(code: object) -> int:
    return code if isinstance(code, int) else 0
