"""The simulated Bangle.js 2: a Nordic UART on the air, a JavaScript console behind it, and our app in that.

`simulated_bangle.SimulatedBangle` is the way in. What is inside is an `Engine`: the app's own JavaScript
under node, or a model of it. Written from docs/watches/banglejs.md; it shares no line with the driver.
"""
