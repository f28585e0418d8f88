"""The command blocks of a page, in order, with what comments in the source say of them.

A comment directly above a block, invisible to the reader of the page:

    <!-- not run: REASON -->                          left out, and why
    <!-- with a simulated watch -->                   from here on one is there, in pairing mode, and a broker
    <!-- with a simulated watch: banglejs -->         of another family
    <!-- then COMMAND says within S s: TEXT -->       of a command that goes on: this comes of it (anywhere)

Rule: reads text and gives values; runs nothing. A comment that is none of these, and a block without a
language, are errors.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

NOT_RUN = "not run"
RUN = ("sh", "console")
# What else may stand on a page, for reading only.
READ = ("text", "toml", "ini", "json", "yaml", "python", "sql", "openhab")

# In a list they are indented.
_FENCE = re.compile(r"^( *)(`{3,})(\w*)\s*$")
_COMMENT = re.compile(r"^ *<!-- *(.+?) *-->$")
_THEN = re.compile(r"then (?P<command>.+?) says within (?P<within>\d+) s: (?P<text>.+)")
_STAGE = re.compile(r"with a simulated watch(?:: (?P<driver>\w+))?")
_HERE_DOCUMENT = re.compile(r"<<-?\s*['\"]?(\w+)['\"]?")


class PageError(Exception):
    """A page that can't be walked: where, and why."""


@dataclass(frozen=True, slots=True)
class Block:
    """One block. `number`: its line in the page; `stage`: the family of the watch that has to be there from
    here on; `not_run`: why it is left out.
    """

    number: int
    language: str
    lines: tuple[str, ...]
    not_run: str = ""
    stage: str = ""


@dataclass(frozen=True, slots=True)
class Then:
    """What must come of a command that goes on."""

    number: int
    command: str
    within_s: int
    text: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """A command of a console block, and what is shown below it."""

    command: str
    shown: tuple[str, ...]


def blocks(text: str) -> Iterator[Block | Then]:
    """All blocks of a page that are for running, left-out ones too. Raises `PageError`."""
    pending = Block(0, "", ())
    lines = iter(enumerate(text.splitlines(), start=1))
    for number, line in lines:
        if fence := _FENCE.match(line):
            yield from _block(replace(pending, number=number), fence, lines)
            pending = Block(0, "", ())
        elif comment := _COMMENT.match(line):
            if then := _THEN.fullmatch(comment[1]):
                yield Then(number, then["command"], int(then["within"]), then["text"])
            else:
                pending = _told(pending, comment[1], number)
        elif line.strip() and pending != Block(0, "", ()):
            raise PageError(f"line {number}: the comment above stands above no block")


def joined(parts: Iterable[Block | Then]) -> Iterator[Block | Then]:
    """A console block that begins without a command goes on with the conversation of the one before: words
    may stand between. Raises `PageError`.
    """
    before: Block | Then | None = None
    for part in parts:
        if isinstance(part, Then) or part.language != "console" or part.lines[0].startswith("$ "):
            if before is not None:
                yield before
            before = part
        elif isinstance(before, Block) and before.language == "console":
            before = replace(before, lines=(*before.lines, *part.lines))
        else:
            raise PageError(f"line {part.number}: a console block begins with a command, or goes on with one")
    if before is not None:
        yield before


def commands(lines: tuple[str, ...]) -> Iterator[str]:
    """The commands of a shell block; what goes on over several lines is one."""
    whole, ends_with = "", ""
    for line in lines:
        whole = f"{whole}\n{line}" if whole else line
        if not ends_with and (opened := _HERE_DOCUMENT.search(line)):
            ends_with = opened[1]
        elif ends_with and line.strip() == ends_with:
            ends_with = ""
        if ends_with or line.endswith("\\"):
            continue
        if whole.strip() and not whole.lstrip().startswith("#"):
            yield whole
        whole = ""


def exchanges(lines: tuple[str, ...]) -> tuple[Exchange, ...]:
    """The commands of a console block, each with the lines that are shown below it."""
    found: list[Exchange] = []
    for line in lines:
        if line.startswith("$ "):
            found.append(Exchange(line.removeprefix("$ "), ()))
        elif found:
            found[-1] = replace(found[-1], shown=(*found[-1].shown, line))
    return tuple(found)


def _block(pending: Block, fence: re.Match[str], lines: Iterator[tuple[int, str]]) -> Iterator[Block]:
    indented, marks, language = fence.groups()
    inside = []
    for _, line in lines:
        if line.strip() == marks:
            break
        inside.append(line.removeprefix(indented))
    if language in RUN:
        yield replace(pending, language=language, lines=tuple(inside))
    elif language not in READ:
        raise PageError(
            f"line {pending.number}: a block in {language or 'no language'}: say sh, console or text"
        )


def _told(pending: Block, comment: str, number: int) -> Block:
    if comment.startswith(f"{NOT_RUN}:"):
        return replace(pending, not_run=comment.removeprefix(f"{NOT_RUN}:").strip())
    if stage := _STAGE.fullmatch(comment):
        return replace(pending, stage=stage["driver"] or "wearsync")
    raise PageError(f"line {number}: what does this comment mean: {comment}?")
