"""The steps of the watch: paired as `wearsync pair` does it, and the routine that it is to run.

Rule: a pairing that fails leaves the watch a stranger, and may be tried again; what the file says of the
routine is the default of each question.
"""

from wearsync.cli.options import Options, checked
from wearsync.cli.pair import enrol, paired_words
from wearsync.cli.person import Person
from wearsync.cli.setup.evening import Evening
from wearsync.config import write_default
from wearsync.config.edit import Value
from wearsync.control.calls import PairParams
from wearsync.errors import ConfigError
from wearsync.model import Variant

_PAIR = (
    "The watch and this computer get to know each other, so that nobody else can pose as either. Have the "
    "watch at hand, awake, and not connected to a phone.\n"
    "- Bangle.js 2: nothing to prepare; our app is installed over the air.\n"
    "- PineTime: nothing to prepare; it shows a code that you type.\n"
    "- others: switch its pairing mode on."
)
_ROUTINE = (
    "One hold of each side is a round. The usual is two rounds of 30 seconds a side, every day; it gets "
    "longer by itself when that goes well. Enter keeps what is in brackets."
)
# What a `Routine` takes: told at once, and not when all has been answered.
ROUNDS = range(1, 11)
HOLD_S = range(30, 61)


async def watch(evening: Evening) -> None:
    """Pair one, or another one. Raises `Left`; `WearsyncError` where nobody can be asked again."""
    talk, answers = evening.talk, evening.answers
    there = evening.settings().watches
    talk.head("Your watch", _PAIR)
    if there:
        talk.say(f"Yours already: {', '.join(each.name for each in there)}.")
    wanted = answers.pair if answers.pair is not None else not there
    if answers.pair is None and talk.is_there:
        wanted = await talk.yes("Pair another one?" if there else "Pair it now?", default=wanted)
    if wanted:
        await talk.until_done(lambda: _paired(evening))
    if not evening.settings().watches:
        talk.say("no watch yet: `wearsync setup` or `wearsync pair` does that another time")


async def _paired(evening: Evening) -> None:
    talk, answers = evening.talk, evening.answers
    if not evening.file.exists():
        write_default(evening.file)
        evening.is_ours = True
        talk.say(f"wrote {evening.file}, with a comment on each line")
    person = Person(yes=answers.yes, passkey_stdin=answers.passkey_stdin, keyboard=evening.talk.keyboard)
    person.require_name(answers.name)
    params = checked(
        PairParams,
        name=answers.name,
        address=answers.address,
        driver=answers.driver,
        wearer=answers.wearer,
        yes=answers.yes,
    )
    chosen = Options(evening.file, evening.options.state_dir, evening.options.verbose)
    is_asked = await evening.running() is not None
    result, _ = await enrol(chosen, None if is_asked else answers.radio, params, person)
    for line in paired_words(result):
        talk.say(line)
    if answers.radio is not None and not is_asked:
        await evening.write({"radio.spec": answers.radio})


async def routine(evening: Evening) -> None:
    """How a session goes, and when to ask for it. Raises `Left`, `ConfigError`."""
    talk = evening.talk
    if not talk.is_there:
        return
    talk.head("Your routine", _ROUTINE)
    asked = await _asked(evening)
    while True:
        try:
            await evening.write(asked | await _asked_times(evening))
        except ConfigError as error:
            talk.say(str(error))
        else:
            return


async def _asked(evening: Evening) -> dict[str, Value]:
    talk, now = evening.talk, evening.settings().routine
    variants = ("kneeling, with a pillow under the knee", "standing, with a hand on something firm")
    variant = await talk.choice(
        "How do you stretch?", variants, default=0 if now.variant is Variant.KNEELING else 1
    )
    rounds = await _number(evening, "Rounds", now.rounds, ROUNDS)
    seconds = await _number(evening, "Seconds a hold", now.left_s, HOLD_S)
    changes: dict[str, Value] = {
        "routine.variant": (Variant.KNEELING, Variant.STANDING)[variant].value,
        "routine.rounds": rounds,
    }
    if seconds != now.left_s:
        changes |= {"routine.left_s": seconds, "routine.right_s": seconds}
    return changes


async def _asked_times(evening: Evening) -> dict[str, Value]:
    shown = " ".join(evening.settings().reminder.times) or "none"
    said = await evening.talk.line("Remind you at (such as 07:30 19:00, or none):", shown)
    if said == shown:
        return {}
    return {"reminder.times": [] if said.lower() == "none" else said.replace(",", " ").split()}


async def _number(evening: Evening, text: str, default: int, allowed: range) -> int:
    between, numbers = f"{allowed[0]} to {allowed[-1]}", {str(number): number for number in allowed}
    while True:
        said = await evening.talk.line(f"{text}, {between}:", str(default))
        if said in numbers:
            return numbers[said]
        evening.talk.say(f"type a number from {between}")
