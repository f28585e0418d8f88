"""The person at the terminal while a watch is paired: reads codes, says yes or no.

Rule: without a terminal nothing is asked and nothing is assumed, but what `--yes` and `--passkey-stdin` say
(docs/decisions/0006).
"""

import sys

from wearsync.cli.keyboard import Keyboard
from wearsync.cli.terminal import note, wrapped
from wearsync.control.protocol import (
    Answer,
    ChoiceQuestion,
    GoAheadQuestion,
    JustWorksQuestion,
    NameQuestion,
    NumberQuestion,
    PasskeyQuestion,
    PersonalQuestion,
    Question,
)
from wearsync.control.results import Progress
from wearsync.errors import UsageError

CODE_DIGITS = 6
YES = {"y", "yes"}
NO = {"n", "no"}
# Who has mistyped twice knows the list by now.
TRIES = 3
DONE_PERCENT = 100


class Person:
    """Answers the questions of pairing; a `ports.PairingAgent` too."""

    def __init__(self, *, yes: bool, passkey_stdin: bool, keyboard: Keyboard | None = None) -> None:
        self._keyboard = keyboard or Keyboard()
        self._yes = yes
        self._passkey_stdin = passkey_stdin
        self.paired_as: str | None = None

    @property
    def _is_there(self) -> bool:
        """Whether somebody can be asked what only people can say."""
        return not self._yes and sys.stdin.isatty()

    def require_name(self, name: str | None) -> None:
        """Without anybody who could say, the watch is named on the command line. Raises `UsageError`."""
        if name is None and not self._is_there:
            raise UsageError("name the watch with --name")

    def told(self, text: str) -> None:
        """Progress."""
        note(wrapped(text))

    def progressed(self, percent: int) -> None:
        """How far the last thing told has come: at a terminal only, on one line."""
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{percent:3} %" + ("\n" if percent == DONE_PERCENT else ""))
            sys.stderr.flush()

    def event(self, text: str) -> None:
        """Progress that comes from the daemon."""
        progress = Progress.model_validate_json(text)
        if progress.paired is not None:
            self.paired(progress.paired)
        elif progress.percent is not None:
            self.progressed(progress.percent)
        else:
            self.told(progress.text)

    def paired(self, name: str) -> None:
        """From now on the watch is theirs, whatever comes."""
        self.paired_as = name

    async def answer(self, question: Question) -> Answer:
        """Answer a question of the daemon."""
        match question:
            case NumberQuestion(number=number):
                return Answer(yes=await self.confirm_number(number))
            case PasskeyQuestion():
                return Answer(passkey=await self.passkey())
            case JustWorksQuestion():
                return Answer(yes=await self.confirm_just_works())
            case GoAheadQuestion(text=text):
                return Answer(yes=await self.go_ahead(text))
            case PersonalQuestion(text=text, default=default):
                said = await self.asked(text, default)
                return Answer(yes=bool(said), nobody=said is None)
            case ChoiceQuestion(text=text, options=options):
                choice = await self.choose(text, options)
                return Answer(choice=choice, nobody=choice is None)
            case NameQuestion(text=text, default=default):
                name = await self.named(text, default)
                return Answer(name=name, nobody=name is None)

    async def go_ahead(self, text: str) -> bool:
        """Go on with this?"""
        if self._yes:
            return True
        if not sys.stdin.isatty():
            note(f"{text} Nobody can say so: run this in a terminal, or with --yes")
            return False
        return bool(await self._yes_or_no(text, default=False))

    async def asked(self, text: str, default: bool) -> bool | None:
        """What only a person can say; None: nobody is there, or says. An empty line is the default."""
        return await self._yes_or_no(text, default=default) if self._is_there else None

    async def choose(self, text: str, options: tuple[str, ...]) -> int | None:
        """Which of them, from 0, by its number or a part of its words; None: nobody says."""
        if not self._is_there:
            return None
        for number, option in enumerate(options, start=1):
            note(f"{number:3}  {option}")
        for _ in range(TRIES):
            said = await self._keyboard.line(f"{text} [1–{len(options)}] ")
            if said is None:
                return None
            choice = chosen(said, options)
            if choice is not None:
                return choice
            note(f"type a number from 1 to {len(options)}, or a part of the name that only one has")
        return None

    async def named(self, text: str, default: str) -> str | None:
        """In their words; None: nobody is there. An empty line is the default."""
        if not self._is_there:
            return None
        said = await self._keyboard.line(f"{text} [{default}] ")
        return said if said is None else said or default

    async def confirm_number(self, number: int) -> bool:
        """Does the watch show these six digits?"""
        digits = f"{number:06}"
        code = f"{digits[:3]} {digits[3:]}"
        if self._passkey_stdin:
            typed = await self._typed("Code shown on the watch: ")
            if typed:
                return _code(typed) == number
        elif not self._yes and sys.stdin.isatty():
            return bool(await self._yes_or_no(f"Does the watch show {code}?", default=False))
        if self._yes:
            note(f"the code {code} was not compared (--yes without a code on standard input)")
            return True
        note("nobody can compare the code: run this in a terminal, or give it with --passkey-stdin")
        return False

    async def passkey(self) -> int | None:
        """The six digits that the watch shows."""
        if not self._passkey_stdin and not sys.stdin.isatty():
            note("nobody can type the code: run this in a terminal, or give it with --passkey-stdin")
            return None
        typed = await self._typed("Type the code shown on the watch: ")
        return _code(typed) if typed else None

    async def confirm_just_works(self) -> bool:
        """Go on without any code? Never by --yes alone: nothing would stand behind the watch's word."""
        if not sys.stdin.isatty():
            note("this watch can't show a code; pairing without one is confirmed in a terminal only")
            return False
        question = "This watch shows no code, so nobody can tell it from another. Go on?"
        return bool(await self._yes_or_no(question, default=False))

    async def _yes_or_no(self, text: str, *, default: bool) -> bool | None:
        """The answer; an empty line is the default, None: nobody says one or the other."""
        for _ in range(TRIES):
            said = await self._keyboard.line(f"{text} [{'Y/n' if default else 'y/N'}] ")
            if said is None:
                return None
            if not said:
                return default
            if said.lower() in YES | NO:
                return said.lower() in YES
            note("type y for yes, or n for no")
        return None

    async def _typed(self, prompt: str) -> str:
        """A line of standard input, without any blanks; empty at its end."""
        return "".join((await self._keyboard.line(prompt) or "").split())


def chosen(said: str, options: tuple[str, ...]) -> int | None:
    """The option that is meant by a number from 1, or by words that only one of them has."""
    if said.isascii() and said.isdigit():
        return int(said) - 1 if 1 <= int(said) <= len(options) else None
    has = [number for number, option in enumerate(options) if said and said.lower() in option.lower()]
    return has[0] if len(has) == 1 else None


def _code(typed: str) -> int | None:
    """Six digits as a number; anything else is no code, and so not the right one."""
    if len(typed) != CODE_DIGITS or not (typed.isascii() and typed.isdigit()):
        note("the code has six digits, as the watch shows them")
        return None
    return int(typed)
