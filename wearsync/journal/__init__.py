"""The host's journal: SQLite behind the `Journal` port, and the only importer of sqlite3.

    store       SqliteJournal: the port; one thread that reads and writes, off the loop
    database    one file: opened, reopened, recovered, transactions
    writing     what a transaction changes          reading     what is asked of it
    backlog     how much waits, what goes           erasure     deleting for good
    rows        values ⇄ columns
    schema      the tables                          migrations  from one schema to the next
    checking    looking for damage                  recovery    going on from a copy
    backup      the copies                          mark        how far the journal once was
    ballast     room for when the disk is full      health      how the storage does
    failures    SQLite's errors in our words        lock        one wearsync a state directory

Rule: SQL and columns stay in here; what goes in and out are the values of `ports` and `model`.
"""
