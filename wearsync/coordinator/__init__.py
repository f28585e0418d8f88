"""The coordinator: what to do with what happens, decided without I/O.

`machine.step` takes a state (`state`) and an input (`events`) and gives the next state and what is to be done
(`effects`); `log` writes and folds the inputs; `dose` reckons what was held. The rest are the parts of
`machine`.
"""
