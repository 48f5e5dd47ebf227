"""What is said to a broker in a session, and the futures of what comes of it.

Rooms: `futures`, `maps` and `answers` (what users hold, and are told), `shown` (how that looks is said by
others) and `watch` (interrupts while they wait), `outstanding`, `releases` and `questions` (what is waited
for, not needed any more, asked), `correspondence` (who says all this, by libmailroom), `by_pyzmq` (the same
by a socket of pyzmq's), `arrivals` (what comes), `whys` (the library's errors as exceptions), `tasks`,
`submit` and `operators` (what users may ask, the parts of a `Client`).
"""
