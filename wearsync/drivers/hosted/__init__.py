"""A watch played by the host, for firmware that keeps no journal and knows no cue plans.

A driver puts it between the coordinator and such a watch: it takes the messages that a watch of the hold
profile takes, does what such a watch does when a host leads (docs/hold-profile.md, sections 6 and 7), and
writes the records. What is to be seen and felt the driver carries to the wrist.
"""

from wearsync.drivers.hosted.watch import (
    NOTHING_SHOWN,
    Face,
    Gesture,
    HostedWatch,
    Shown,
    Told,
    hosted_ready,
)

__all__ = ["NOTHING_SHOWN", "Face", "Gesture", "HostedWatch", "Shown", "Told", "hosted_ready"]
