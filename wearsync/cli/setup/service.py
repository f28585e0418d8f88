"""The last steps: the daemon as a service of the person's own, or how to run it by hand; and what now.

Rule: what is written and what is run is said before it is asked for.
"""

import os
import shlex

from wearsync.cli.service import this_program
from wearsync.cli.setup.evening import Evening
from wearsync.cli.terminal import has_unicode
from wearsync.errors import Unavailable
from wearsync.service.install import has_manager, linger, lingers, switch_on, user_unit_path, write_unit
from wearsync.service.units import user_unit

_ABOUT = "The daemon has to run all day, to hear of your holds and to remind you."


async def service(evening: Evening) -> None:
    """Offer it. Raises `Left`; `Unavailable` where nobody can be asked again."""
    talk, answers = evening.talk, evening.answers
    talk.head("All day", _ABOUT)
    status, by_hand = await evening.running(), shlex.join(("wearsync", *_before(evening), "run"))
    path = user_unit_path(os.environ)
    if status is not None:
        talk.say(f"It runs already (process {status.pid}).")
        return
    if answers.service is False or not await has_manager():
        why = "" if answers.service is False else "Users of this computer have no systemd of their own. "
        talk.say(f"{why}Run it by hand: `{by_hand}`. As a service of the system: docs/howto/service.md.")
        return
    talk.say(f"As a service of yours: it is written to {path}, and started by systemctl --user.")
    if not (answers.service or await talk.yes("Install it, and start it now?")):
        talk.say(f"By hand: `{by_hand}`")
        return
    try:
        kept = write_unit(path, user_unit((*this_program(), *_before(evening))))
        if kept is not None:
            talk.say(f"another one was there: it is {kept} now")
        await switch_on()
        talk.say("It runs: `systemctl --user status wearsync`.")
        await _lingers(evening)
    except Unavailable as error:
        if not talk.is_there:
            raise
        talk.say(f"{error}\nBy hand: `{by_hand}`")


async def _lingers(evening: Evening) -> None:
    talk = evening.talk
    if await lingers():
        return
    talk.say("A service of yours ends when you log out, unless it may linger (loginctl enable-linger).")
    if talk.is_there and await talk.yes("May it?"):
        await linger()


def _before(evening: Evening) -> tuple[str, ...]:
    """What has to stand before `run`, so that it finds this configuration."""
    options = evening.options
    file = () if options.config_file is None else ("--config", str(options.config_file.absolute()))
    state = () if options.state_dir is None else ("--state-dir", str(options.state_dir.absolute()))
    return (*file, *state)


def farewell(evening: Evening) -> None:
    """What there is now."""
    dot = "·" if has_unicode() else "-"
    commands = (
        ("wearsync start", "begins a session: the watch asks for a tap"),
        ("wearsync live", "shows it while it runs"),
        ("wearsync today", "what you have done; `wearsync history`: the weeks"),
        ("wearsync page", "on a phone or a tablet; without a page, how to have one"),
        ("wearsync doctor", "when something does not work"),
        ("wearsync reload", f"after you have changed {evening.file}"),
    )
    evening.talk.head("What now", "")
    for command, what in commands:
        evening.talk.say(f"{dot} {command}: {what}")
    if evening.kept is not None:
        evening.talk.say(f"Your configuration as it was: {evening.kept}")
