"""Walks the pages that people follow: each command block runs as it stands, and says what is shown.

blocks       the command blocks of a page, and what comments in its source say of them
transcript   what is shown, held against what was said; the answers that are shown
site         the links of the rendered site
shell        a reader's shell, with commands that go on behind
"""
