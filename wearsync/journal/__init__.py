"""The host's journal: SQLite behind the `Journal` port, and the only importer of sqlite3.

    store       SqliteJournal: the port; one thread that reads and writes, off the loop
    database    one file: opened, reopened, transactions
    writing     what a transaction changes          reading    what is asked of it
    rows        values ⇄ columns
    schema      the tables                          migrations from one schema to the next
    failures    SQLite's errors in our words
    lock        one wearsync a state directory

Rule: SQL and columns stay in here; what goes in and out are the values of `ports` and `model`.
"""
