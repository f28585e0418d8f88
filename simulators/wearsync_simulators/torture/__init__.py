"""Real processes under fire: daemon, watch, air and broker are killed, stopped, cut off and starved, and then
the watch's journal, the host's and a subscriber's are held against each other (`scripts/torture`).
"""
