# What descends from a manager's own tasks is looked for, and given to it, a part at a time; what others ask is answered meanwhile.
broker lines=2 work=32
m1 joins as manager on line 0
a joins as client session=s1
b joins as client session=s2
a > SUBMIT uuid=u1 body="f"
expect m1 < SUBMIT return_address=(nil,M1,0)
m1 > SUBMIT_BATCH return_address=(m1,1,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] bodies=["0","1","2","3","4","5","6","7"]
after 0 ms
m1 > WAITING idle=0 room=0 own_room=8
b > STATUS uuid=u2 corr=1
expect m1 < SUBMIT return_address=(m1,1,7)
expect m1 < SUBMIT return_address=(m1,1,6)
expect m1 < SUBMIT return_address=(m1,1,5)
expect m1 < SUBMIT return_address=(m1,1,4)
expect b < STATUS corr=1 state=unknown
expect nothing
turn
expect m1 < SUBMIT return_address=(m1,1,3)
expect m1 < SUBMIT return_address=(m1,1,2)
expect m1 < SUBMIT return_address=(m1,1,1)
expect m1 < SUBMIT return_address=(m1,1,0)
expect nothing
# one of another manager's own stands behind many that are not
m1 > SUBMIT return_address=(m1,2,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] body="g"
m2 joins as manager on line 1 idle=1 room=1
expect m2 < SUBMIT return_address=(m1,2,0)
m2 > SUBMIT return_address=(m2,3,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0),(m1,2,0)] body="h"
m1 > SUBMIT_BATCH return_address=(m1,4,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] bodies=["x","x","x","x","x","x","x","x","x","x","x","x","x","x","x","x","x","x","x","x","x","x","x","x","x","x","x","x","x","x","x","x","x","x","x","x","x","x","x","x"]
after 0 ms
m2 > WAITING idle=0 room=0 own_room=1
expect nothing
turn
expect m2 < SUBMIT return_address=(m2,3,0)
expect nothing
