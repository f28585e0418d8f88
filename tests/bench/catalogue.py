"""The figures, in the order in which they are told."""

from tests.bench.figure import Figure
from tests.bench.figures.commit import COMMIT
from tests.bench.figures.cues import CUE_LATENESS, CUE_PRECISION
from tests.bench.figures.drain import DRAIN, DRAIN_CPU, EFFICIENCY
from tests.bench.figures.fleet import FLEET
from tests.bench.figures.forward import FORWARD
from tests.bench.figures.history import HISTORY
from tests.bench.figures.idle import IDLE
from tests.bench.figures.ingest import INGEST
from tests.bench.figures.live import LIVE_LATENCY
from tests.bench.figures.recovery import RECOVERY
from tests.bench.figures.soak import SOAK
from tests.bench.figures.startup import STARTUP
from tests.bench.figures.world import WORLD

__all__ = ["FIGURES"]

FIGURES: tuple[Figure, ...] = (
    CUE_PRECISION,
    CUE_LATENESS,
    LIVE_LATENCY,
    DRAIN,
    DRAIN_CPU,
    EFFICIENCY,
    COMMIT,
    INGEST,
    FORWARD,
    FLEET,
    IDLE,
    SOAK,
    RECOVERY,
    HISTORY,
    STARTUP,
    WORLD,
)
