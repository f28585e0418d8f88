"""What becomes of a watch that has proven itself: ours at once, then named, then seen to work.

Rule: it stands in the configuration before anybody is asked anything more: whoever leaves has a whole watch.
"""

from collections.abc import Callable

from wearsync.config import Settings, WatchSettings, add_watch
from wearsync.control.calls import PairParams
from wearsync.control.results import PairResult
from wearsync.daemon.keys import KeyStore
from wearsync.daemon.pairing.candidates import Candidate
from wearsync.daemon.pairing.ceremony import Proven
from wearsync.daemon.pairing.first_steps import first_steps
from wearsync.daemon.pairing.naming import name_of, proposed, wearer_problem
from wearsync.daemon.pairing.owner import Owner
from wearsync.daemon.pairing.talk import PairingTalk
from wearsync.errors import TryAgain
from wearsync.ports import Clock


class NewWatch:
    """One watch. `advertised`: what it calls itself."""

    def __init__(
        self,
        params: PairParams,
        found: Candidate,
        advertised: str,
        *,
        settings: Settings,
        keys: KeyStore,
        clock: Clock,
        entropy: Callable[[int], bytes],
        owner: Owner,
    ) -> None:
        self._params = params
        self._found = found
        self._advertised = advertised
        self._settings = settings
        self._keys = keys
        self._clock = clock
        self._entropy = entropy
        self._owner = owner

    def commit(self, proven: Proven) -> None:
        """Into the configuration, under a name that is free. Raises `ConfigError`."""
        name = self._params.name or proposed(self._advertised, proven.watch_id, self._settings)
        self._write(proven, name, self._params.wearer)

    async def first_steps(self, proven: Proven, talk: PairingTalk) -> PairResult:
        """Name it, and see that it works."""
        watch = await self._named(proven)
        driver = self._found.driver
        steps = await first_steps(
            talk,
            can=driver.capabilities,
            clock=self._clock,
            entropy=self._entropy,
            owner=self._owner,
            wants_to_learn=self._params.learn,
        )
        return PairResult(
            name=watch.name,
            watch_id=watch.id,
            address=watch.address,
            wearer=self._settings.wearer_of(watch),
            trust=proven.trust,
            buzz=steps.buzz,
            felt=steps.felt,
            clock_was_off_ms=steps.clock_was_off_ms,
            clock_off_ms=steps.clock_off_ms,
            routine_stored=steps.routine_stored,
            quiz_right=steps.quiz_right,
        )

    async def _named(self, proven: Proven) -> WatchSettings:
        """The watch, as the person calls it, and on whose wrist it is."""
        settings, owner, params = self._settings, self._owner, self._params
        name = params.name or proposed(self._advertised, proven.watch_id, settings)
        before = settings.watch(proven.watch_id)
        whose = settings.wearer if before is None else settings.wearer_of(before)
        wearer = params.wearer
        try:
            if params.name is None:
                name = await name_of(proven.watch_id, name, settings, owner)
            if wearer is None:
                said = await owner.named("Who wears it?", whose)
                wearer = None if said in (None, whose) else said
        except TryAgain as error:  # nobody has answered
            owner.say(f"{error}; it is called {name}: `wearsync watches rename` gives it another name")
        if wearer is not None and (problem := wearer_problem(wearer)):
            owner.say(f"{problem}: the wearer is {whose}")
            wearer = None
        return self._write(proven, name, wearer)

    def _write(self, proven: Proven, name: str, wearer: str | None) -> WatchSettings:
        before = self._settings.watch(proven.watch_id)
        driver = self._found.driver
        watch = WatchSettings(
            name=name,
            id=proven.watch_id,
            address=proven.address,
            driver=driver.name,
            wearer=wearer or (None if before is None else before.wearer),
            link=driver.link if before is None else before.link,
        )
        add_watch(self._settings.source, watch)
        if self._keys.has(watch.id):
            self._keys.rename(watch.id, watch.name)
        self._owner.paired(watch.name)
        return watch
