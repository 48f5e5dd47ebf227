"""What is said to a broker in a session, and the futures of what comes of it.

Rooms: `futures`, `maps` and `answers` (what users hold, and are told), `shown` (how that looks is said by
others) and `watch` (interrupts while they wait), `outstanding`, `releases`,
`questions` and `comparison` (what is waited for, not needed any more, asked, and asked on a new link),
`backlog` and `retries` (what the broker has no room for), `correspondence` (who says all this, and
when), `arrivals` (what comes unasked),
`tasks`, `submit` and `operators` (what users may ask, the parts of a `Client`).
"""
