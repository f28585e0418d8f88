"""The hold profile, version 1, host side, without I/O (docs/hold-profile.md; examples: docs/vectors/).

    gatt        section 1   UUIDs, Info, what is advertised, limits
    frames      section 2   bytes ⇄ frames
    records     section 3   bytes ⇄ records of `wearsync.messages`
    words       2 and 3     numbers on the wire ⇄ words of `wearsync.model`
    trust       section 4   key ids, proofs, tags
    session     4 and 5     handshake, stream, cursor, window
    commands    6 and 7     messages down → frames
    clock       section 8   tick ⇄ host time
    liveness    section 8   when to PING, when to give up

Rule: bytes, times and random bits come in as arguments. Comments quote the sentence that they carry out.
"""
