# A shim has one boss. While one that has dialled it is alive, its own line rests; when that one is gone, it is dialled again.
shim workers=0 dials=1 redial=1000
hide STARTED WAITING
expect line 0 is dialled
line 0 is refused "connection refused"
other joins as boss
after 5000 ms
expect nothing
other > DISCONNECT text="bye"
expect other is closed
expect line 0 is dialled
boss joins as boss on line 0
other opens
other > HELLO role=boss
expect other < ERROR code=REFUSED text~"another boss"
