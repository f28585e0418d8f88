"""`wearsync live`: the running daemon in the terminal, for the person on the floor.

`picture` draws, with `letters`, `facts`, `words` and `signs`; `views` is what it draws from, `keys` says what
was pressed: all pure. `screen` is the terminal, `session` what goes on between it and the daemon, `follow`
the command.
"""
