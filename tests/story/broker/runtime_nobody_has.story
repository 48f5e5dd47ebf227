# A task for a runtime that no manager has waits, STATUS says why, and others pass it by. It runs when such a manager comes.
broker lines=2
m1 joins as manager on line 0 workers=2 runtimes=python,plain
a joins as client session=s1
a > SUBMIT uuid=u1 runtime=bqskit body="compile"
a > SUBMIT uuid=u2 runtime=plain body="sort"
expect m1 < SUBMIT runtime=plain body="sort"
a > STATUS uuid=u1
expect a < STATUS state=queued why~"runtime"
m2 joins as manager on line 1 workers=1 runtimes=bqskit
expect m2 < SUBMIT runtime=bqskit body="compile"
