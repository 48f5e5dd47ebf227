# Of a map each result has its own times; STATUS says the sums of what the tasks ran and took, and the most of all else. What failed has waited and was away, too.
broker lines=1
m1 joins as manager on line 0 workers=3 features=128
a joins as client session=s1 features=128
a > SUBMIT_BATCH uuid=u1 flags=17 bodies=["x","y","z"]
expect m1 < SUBMIT return_address=(nil,M1,0) flags=16
expect m1 < SUBMIT return_address=(nil,M1,1) flags=16
expect m1 < SUBMIT return_address=(nil,M1,2) flags=16
after 100 ms
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 ran=90000 cpu=10 memory=300 body="1"
m1 > RESULT return_address=(nil,M1,1) completed_by=m1+1 ran=1000 cpu=20 memory=500 body="2"
expect a < RESULT uuid=u1 return_address=(nil,M1,0) ran=90000 memory=300 held=100000
expect a < RESULT uuid=u1 return_address=(nil,M1,1) ran=1000 memory=500 held=100000
after 100 ms
m1 > ERROR code=TASK_FAILED text="ValueError" task=(nil,M1,2) root=(nil,M1,2)
expect m1 < CANCEL addresses=[(nil,M1,2)]
expect a < ERROR uuid=u1 slot=2
a > STATUS corr=1 uuid=u1
expect a < STATUS corr=1 state=failed timed=1 ran=91000 cpu=30 memory=500 waited=0 held=200000 age=0
