# STARTED comes again when the runtimes below change, and the tasks that waited for one go.
broker lines=1
m1 joins as manager on line 0 workers=2 runtimes=python
a joins as client session=s1
a > SUBMIT uuid=u1 runtime=bqskit body="compile"
expect nothing
m1 > STARTED total_workers=2 runtimes=[("python","3.11"),("bqskit","1.2.1")]
expect m1 < SUBMIT body="compile"
