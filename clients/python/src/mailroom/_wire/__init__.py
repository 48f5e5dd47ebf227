"""The messages as Python values and as bytes (PROTOCOL.md sections 2 to 7); whoever uses them takes `wire`.

Rooms: `kinds` (numbers), `fields` (types), `header` (what all messages are), `messages` (a dataclass for each
kind), `wire` (to bytes and back).
"""
