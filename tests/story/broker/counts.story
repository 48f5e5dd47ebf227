# COUNTS gives the broker's numbers, each with its name, to any client.
broker lines=2
m1 joins as manager on line 0 workers=4 runtimes=python,bqskit
m2 joins as manager on line 1 workers=2 runtimes=python
a joins as client session=s1 remote=1
b joins as client session=s2
b > DISCONNECT detach=1
expect b < DISCONNECT
expect b is closed
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
a > SUBMIT uuid=u2 body="f(2)"
expect m1 < SUBMIT return_address=(nil,M2,0)
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="1"
after 3000 ms
a > COUNTS corr=7
expect a < COUNTS corr=7 counts=[(uptime,3000),(clients,2),(absent,1),(submitted,2),(finished,1),(failed,0),(cancelled,0),(kept,8192),(managers,2),(workers,6),(idle,4),(tasks,1),(queued,0),(memory,0),(discarded,0),(misbehaved,0),("runtime python",2),("runtime bqskit",1)]
