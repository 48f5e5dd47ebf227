# A client that dials a shim instead of the broker is refused with a reason.
shim workers=1
a opens
a > HELLO role=client session=s1
expect a < ERROR code=REFUSED seq=0
