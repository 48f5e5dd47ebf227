# A shim that has workers does not take a manager below it.
shim workers=1
m1 opens
m1 > HELLO role=manager
expect m1 < ERROR code=REFUSED text~"a manager is not expected"
