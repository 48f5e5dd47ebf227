"""A line to a peer that outlives its connections (PROTOCOL.md section 3); whoever uses it takes `connection`.

Rooms: `link` (numbers and acknowledgements), `handshake` (HELLO and WELCOME), `line` (one ZeroMQ connection),
`dialler` (the next one), `connection` (the thread, and those who wait for it).
"""
