"""The tables of the journal, schema by schema.

Rule: STRICT tables; what is stored is never rewritten, save cursor, checkpoint, cues and the outbox's state.
A step that was released is not edited any more: `migrations` gets another one.

A journal is numbered here (`journal_row`), so that a record costs no 40 bytes for its watch and journal.
Every `_ms` column is milliseconds: `host_ms` of the host's time, `unix_ms` the wall clock's label for it,
`tick_ms` after the watch's boot.
"""

SCHEMA_1 = (
    # cursor: the next sequence number wanted; name: journal_id, plus .1 … for a local epoch.
    """
    CREATE TABLE journals (
        journal_row INTEGER PRIMARY KEY,
        watch_id    TEXT NOT NULL,
        journal_id  INTEGER NOT NULL,
        epoch       INTEGER NOT NULL,
        name        TEXT NOT NULL,
        cursor      INTEGER NOT NULL,
        UNIQUE (watch_id, journal_id, epoch),
        UNIQUE (watch_id, name)
    ) STRICT
    """,
    # The stamp is fixed at ingest; all NULL: the clock was not known.
    """
    CREATE TABLE records (
        journal_row    INTEGER NOT NULL REFERENCES journals,
        seq            INTEGER NOT NULL,
        boot           INTEGER NOT NULL,
        tick_ms        INTEGER NOT NULL,
        kind           TEXT NOT NULL,
        raw            BLOB NOT NULL,
        host_ms        INTEGER,
        unix_ms        INTEGER,
        utc_offset_min INTEGER,
        error_ms       INTEGER,
        PRIMARY KEY (journal_row, seq)
    ) STRICT, WITHOUT ROWID
    """,
    # Records from_seq … next_seq - 1 are lost.
    """
    CREATE TABLE gaps (
        journal_row INTEGER NOT NULL REFERENCES journals,
        from_seq    INTEGER NOT NULL,
        next_seq    INTEGER NOT NULL,
        PRIMARY KEY (journal_row, from_seq, next_seq)
    ) STRICT, WITHOUT ROWID
    """,
    # A record that came again with other content.
    """
    CREATE TABLE quarantine (
        journal_row INTEGER NOT NULL REFERENCES journals,
        seq         INTEGER NOT NULL,
        boot        INTEGER NOT NULL,
        tick_ms     INTEGER NOT NULL,
        kind        TEXT NOT NULL,
        raw         BLOB NOT NULL,
        PRIMARY KEY (journal_row, seq, boot, tick_ms, raw)
    ) STRICT, WITHOUT ROWID
    """,
    # The coordinator's log since its checkpoint.
    """
    CREATE TABLE inputs (
        input_row INTEGER PRIMARY KEY,
        watch_id  TEXT NOT NULL,
        host_ms   INTEGER NOT NULL,
        payload   TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX inputs_of_watch ON inputs (watch_id)",
    """
    CREATE TABLE checkpoints (
        watch_id TEXT PRIMARY KEY,
        state    TEXT NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE cues (
        watch_id TEXT NOT NULL,
        cue_id   INTEGER NOT NULL,
        session  INTEGER NOT NULL,
        cue      TEXT NOT NULL,
        boot     INTEGER,
        due_ms   INTEGER,
        attempts INTEGER NOT NULL,
        result   TEXT,
        PRIMARY KEY (watch_id, cue_id)
    ) STRICT, WITHOUT ROWID
    """,
    # local_date: of the start, by the offset that held then; a day's dose is asked for by it.
    """
    CREATE TABLE holds (
        event_id       TEXT PRIMARY KEY,
        watch_id       TEXT NOT NULL,
        wearer         TEXT NOT NULL,
        local_date     TEXT NOT NULL,
        session        INTEGER NOT NULL,
        step           INTEGER NOT NULL,
        side           TEXT NOT NULL,
        variant        TEXT NOT NULL,
        round          INTEGER NOT NULL,
        planned_s      INTEGER NOT NULL,
        measured_s     REAL,
        credited_s     REAL NOT NULL,
        outcome        TEXT NOT NULL,
        source         TEXT NOT NULL,
        host_ms        INTEGER NOT NULL,
        unix_ms        INTEGER NOT NULL,
        utc_offset_min INTEGER NOT NULL,
        error_ms       INTEGER NOT NULL,
        replayed       INTEGER NOT NULL
    ) STRICT
    """,
    "CREATE INDEX holds_by_day ON holds (wearer, local_date)",
    """
    CREATE TABLE sessions (
        event_id       TEXT PRIMARY KEY,
        watch_id       TEXT NOT NULL,
        wearer         TEXT NOT NULL,
        local_date     TEXT NOT NULL,
        session        INTEGER NOT NULL,
        ended          TEXT NOT NULL,
        source         TEXT NOT NULL,
        variant        TEXT NOT NULL,
        holds          INTEGER NOT NULL,
        left_s         REAL NOT NULL,
        right_s        REAL NOT NULL,
        full           INTEGER NOT NULL,
        host_ms        INTEGER NOT NULL,
        unix_ms        INTEGER NOT NULL,
        utc_offset_min INTEGER NOT NULL,
        error_ms       INTEGER NOT NULL,
        finished_host_ms        INTEGER NOT NULL,
        finished_unix_ms        INTEGER NOT NULL,
        finished_utc_offset_min INTEGER NOT NULL,
        finished_error_ms       INTEGER NOT NULL,
        replayed       INTEGER NOT NULL
    ) STRICT
    """,
    "CREATE INDEX sessions_by_day ON sessions (wearer, local_date)",
    # pruned: sent long ago; the row stays without its content, so neither event_id nor row_id comes twice.
    """
    CREATE TABLE outbox (
        row_id   INTEGER PRIMARY KEY,
        event_id TEXT NOT NULL UNIQUE,
        topic    TEXT NOT NULL,
        payload  TEXT NOT NULL,
        host_ms  INTEGER NOT NULL,
        state    TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'parked', 'pruned')),
        sent_ms  INTEGER,
        reason   TEXT
    ) STRICT
    """,
    # Partial: as small as what waits, however much was sent.
    "CREATE INDEX outbox_waiting ON outbox (row_id) WHERE state = 'waiting'",
    "CREATE INDEX outbox_parked ON outbox (row_id) WHERE state = 'parked'",
    "CREATE INDEX outbox_sent ON outbox (sent_ms) WHERE state = 'sent'",
    # One row: the greatest host time of an input, and what the wall clock said when that was committed.
    """
    CREATE TABLE host_time (
        only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
        host_ms  INTEGER NOT NULL,
        unix_ms  INTEGER NOT NULL
    ) STRICT
    """,
)

SCHEMA_2 = (
    # The key's columns first, in the table's order: else SQLite 3.40 (Debian 12) takes sound rows for damaged
    # when it is asked to check them ("NULL value in quarantine.kind").
    "ALTER TABLE quarantine RENAME TO quarantine_1",
    """
    CREATE TABLE quarantine (
        journal_row INTEGER NOT NULL REFERENCES journals,
        seq         INTEGER NOT NULL,
        boot        INTEGER NOT NULL,
        tick_ms     INTEGER NOT NULL,
        raw         BLOB NOT NULL,
        kind        TEXT NOT NULL,
        PRIMARY KEY (journal_row, seq, boot, tick_ms, raw)
    ) STRICT, WITHOUT ROWID
    """,
    "INSERT INTO quarantine SELECT journal_row, seq, boot, tick_ms, raw, kind FROM quarantine_1",
    "DROP TABLE quarantine_1",
    # The watch's nonces of its last handshakes: one that comes again is a recording, or a broken generator.
    """
    CREATE TABLE nonces (
        nonce_row INTEGER PRIMARY KEY,
        watch_id  TEXT NOT NULL,
        nonce     BLOB NOT NULL,
        UNIQUE (watch_id, nonce)
    ) STRICT
    """,
    # Corrections of holds; the latest one of a hold stands. NULL: as it was.
    """
    CREATE TABLE amendments (
        amendment_row  INTEGER PRIMARY KEY,
        event_id       TEXT NOT NULL UNIQUE,
        amends         TEXT NOT NULL REFERENCES holds,
        side           TEXT,
        credited_s     REAL,
        void           INTEGER NOT NULL,
        host_ms        INTEGER NOT NULL,
        unix_ms        INTEGER NOT NULL,
        utc_offset_min INTEGER NOT NULL,
        error_ms       INTEGER NOT NULL
    ) STRICT
    """,
    "CREATE INDEX amendments_of_hold ON amendments (amends, amendment_row)",
    # What is being deleted for good: until the row goes, it is not sure to be gone from the file. "" is NULL
    # of the port: everybody, all dates.
    """
    CREATE TABLE erasures (
        erasure_row INTEGER PRIMARY KEY,
        wearer      TEXT NOT NULL,
        before_date TEXT NOT NULL
    ) STRICT
    """,
    # Telemetry that had to go because too much was waiting: pruned unsent, with a reason.
    "CREATE INDEX outbox_dropped ON outbox (row_id) WHERE state = 'pruned' AND sent_ms IS NULL",
)

SCHEMA_3 = (
    # A wearer's local day, reckoned in each commit that touches it (`ledger`): a summary reads no holds. Left
    # and right: credited seconds, holds, those too short, too much, or in pain, whether one counts; streak …:
    # at the end of that day.
    """
    CREATE TABLE days (
        wearer         TEXT NOT NULL,
        local_date     TEXT NOT NULL,
        left_s         REAL NOT NULL,
        left_holds     INTEGER NOT NULL,
        left_short     INTEGER NOT NULL,
        left_too_much  INTEGER NOT NULL,
        left_pain      INTEGER NOT NULL,
        left_counts    INTEGER NOT NULL,
        right_s        REAL NOT NULL,
        right_holds    INTEGER NOT NULL,
        right_short    INTEGER NOT NULL,
        right_too_much INTEGER NOT NULL,
        right_pain     INTEGER NOT NULL,
        right_counts   INTEGER NOT NULL,
        full           INTEGER NOT NULL,
        streak         INTEGER NOT NULL,
        longest_streak INTEGER NOT NULL,
        missed         INTEGER NOT NULL,
        since_missed   INTEGER NOT NULL,
        PRIMARY KEY (wearer, local_date)
    ) STRICT, WITHOUT ROWID
    """,
    # Days on which the wearer could not stretch, as a watch was told; last_date NULL: still away.
    """
    CREATE TABLE away (
        wearer     TEXT NOT NULL,
        watch_id   TEXT NOT NULL,
        first_date TEXT NOT NULL,
        last_date  TEXT,
        PRIMARY KEY (wearer, watch_id, first_date)
    ) STRICT, WITHOUT ROWID
    """,
    # The checkpoints had them so far, for whoever wore the watch last; of these, only being away stays there.
    """
    INSERT OR REPLACE INTO away
    SELECT wearer, watch_id, value ->> 'first', value ->> 'last'
    FROM checkpoints, json_each(iif(json_valid(state), state, '{}'), '$.away_spans') JOIN (
        SELECT watch_id, wearer, max(host_ms) FROM (
            SELECT watch_id, wearer, host_ms FROM holds
            UNION ALL SELECT watch_id, wearer, host_ms FROM sessions
        ) GROUP BY watch_id
    ) USING (watch_id)
    ORDER BY key
    """,
    """
    UPDATE checkpoints SET state = json_set(
        json_remove(state, '$.away_spans'), '$.away_since',
        (SELECT value ->> 'first' FROM json_each(state, '$.away_spans') WHERE value ->> 'last' IS NULL)
    )
    WHERE json_valid(state) AND state -> '$.away_spans' NOT NULL
    """,
    "CREATE INDEX sessions_by_end ON sessions (wearer, finished_unix_ms)",
)
