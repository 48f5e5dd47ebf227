"""The protocol in Python, a second time: messages as bytes, the link, a worker's line. Small and slow.

C has what users run; this was written from PROTOCOL.md too, so what both agree on is what the document says.
The recorded vectors hold them to each other, and tests play with it what the programs are told.

Rooms: `kinds` (numbers), `fields` (types), `header` (what all messages are), `messages` (a dataclass for each
kind), `wire` (to bytes and back: whoever uses messages takes them from there), `text` (as a line of text),
`link` (numbers and acknowledgements), `worker` (what a worker says to which mail).
"""
