"""What a new watch is called: a name that is free, asked of whoever is there.

Rule: names that would share a topic are one name.
"""

from wearsync.config import Settings, WatchSettings
from wearsync.control.calls import NAME_MAX_CHARS
from wearsync.daemon.pairing.owner import Owner
from wearsync.errors import UsageError
from wearsync.publish.topics import slug

# Who has mistyped twice gets the name that was proposed.
TRIES = 3
UNNAMED = "Watch"


def holder(name: str, settings: Settings) -> WatchSettings | None:
    """The watch that has the name, or one that shares its topics."""
    return settings.watch(name) or settings.watch(slug(name))


def name_taken(name: str) -> UsageError:
    """The watch can't be called so."""
    return UsageError(f"another watch is called {name!r} already: choose another --name")


def is_free(name: str, watch_id: str, settings: Settings) -> bool:
    """Whether that watch may have the name."""
    taken = holder(name, settings)
    return taken is None or taken.id == watch_id


def proposed(advertised: str, watch_id: str, settings: Settings) -> str:
    """A free name: the one that it has, the one that it advertises, or that with a number."""
    known = settings.watch(watch_id)
    if known is not None:
        return known.name
    plain = "".join(letter for letter in advertised if letter.isprintable()).strip()
    plain = plain[: NAME_MAX_CHARS - 4].strip() or UNNAMED
    names = (plain, *(f"{plain} {number}" for number in range(2, len(settings.watches) + 3)))
    return next(name for name in names if is_free(name, watch_id, settings))


async def name_of(watch_id: str, proposal: str, settings: Settings, owner: Owner) -> str:
    """What the person calls it; the proposal if nobody says."""
    for _ in range(TRIES):
        said = await owner.named("What do you call this watch?", proposal)
        if said is None or said == proposal:
            break
        if problem := _problem(said, watch_id, settings):
            owner.say(problem)
            continue
        return said
    return proposal


def wearer_problem(name: str) -> str | None:
    """Why a wearer can't be called so."""
    return _malformed(name)


def _problem(name: str, watch_id: str, settings: Settings) -> str | None:
    if problem := _malformed(name):
        return problem
    return None if is_free(name, watch_id, settings) else f"another watch is called {name!r} already"


def _malformed(name: str) -> str | None:
    if not name.strip() or not name.isprintable():
        return "a name needs a letter, and nothing that can't be printed"
    return None if len(name) <= NAME_MAX_CHARS else f"a name has at most {NAME_MAX_CHARS} characters"
