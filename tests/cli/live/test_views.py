"""What is known of the watches, as the daemon tells and is asked."""

from tests.cli.live.stage import BEGAN, HOLD, SUMMARY, status
from wearsync.cli.live.views import Scene
from wearsync.control.results import LiveState


def told(scene: Scene, watch: str, *watches: str) -> None:
    scene.told(
        LiveState(
            watch=watch, state=HOLD.json_text(), summary=SUMMARY.json_text(), watches=watches or (watch,)
        )
    )


def test_the_first_watch_is_looked_at_and_tab_goes_round() -> None:
    scene = Scene()
    assert scene.view is None
    scene.turn(1)
    told(scene, "A", "A", "B")
    told(scene, "B", "A", "B")
    assert scene.chosen == "A"
    scene.turn(1)
    assert scene.chosen == "B"
    scene.turn(1)
    assert scene.chosen == "A"
    scene.turn(-1)
    assert scene.chosen == "B"


def test_a_watch_that_is_renamed_or_forgotten_is_let_go() -> None:
    scene = Scene()
    told(scene, "A")
    told(scene, "X")
    assert (list(scene.views), scene.chosen) == (["X"], "X")
    scene.asked((), only=None, now=BEGAN)
    assert scene.view is None


def test_how_a_watch_is_reached_is_asked_for() -> None:
    scene = Scene()
    scene.asked(status("A", "B", link="searching: out of range", heard_s=9).watches, only="B", now=BEGAN)
    assert list(scene.views) == ["B"]
    assert scene.view is not None
    assert (scene.view.link, scene.view.heard_s, scene.view.state) == ("searching: out of range", 9, None)
