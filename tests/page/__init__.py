"""The page in Debian's Chromium, driven by playwright: before the real server or the real daemon.

Run by scripts/check-page, which has the browser's driver in an environment of its own; not by pytest alone,
whose files are called `test_*`.
"""
