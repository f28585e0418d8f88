"""The page: how the sync goes, in a browser on a phone or tablet, with buttons for the verbs.

Rule: one more client of the daemon's desk (`control`), by HTTP: whatever it shows or does goes through that
handler. A fault of the page is the page's own, and never the sync's.
"""
