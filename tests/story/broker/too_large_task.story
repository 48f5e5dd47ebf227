# A task whose name or runtime is above its limit is refused by its uuid, and the link goes on.
broker
a joins as client session=s1
a > SUBMIT uuid=u1 name="nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"
expect a < ERROR code=TOO_LARGE uuid=u1 slot=nil about=2 text~"name"
a > SUBMIT uuid=u2 runtime="rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr"
expect a < ERROR code=TOO_LARGE uuid=u2 text~"runtime"
a > SUBMIT uuid=u5
a > STATUS uuid=u5
expect a < STATUS uuid=u5 state=queued
