# The ids of a manager that had a task and is lost are not given out again, to nobody.
broker lines=1 redial=1000
m1 opens on line 0
expect m1 < HELLO
m1 > WELCOME role=manager ids=4
expect m1 < CONNECT ranges=[(0,4)]
m1 > STARTED total_workers=1 runtimes=[(python,"")]
m1 > WAITING idle=1 room=1
a joins as client
a > SUBMIT uuid=u1 body="f"
expect m1 < SUBMIT
m1 > DISCONNECT
expect a < LOG
expect m1 is closed
after 1000 ms
m2 opens on line 0
expect m2 < HELLO
m2 > WELCOME role=manager ids=4
expect m2 < CONNECT ranges=[(4,8)]
m2 > EMPLOYEE_LOST ranges=[(5,7)]
m2 > IDS count=2
expect m2 < CONNECT ranges=[(8,10)]
