# Worker ids are given in lots, and those of a manager that never had a task are taken back when it is gone: nobody is told of them, and the next one gets them.
broker
m1 opens
m1 > HELLO role=manager ids=1000000
expect m1 < WELCOME
expect m1 < CONNECT ranges=[(0,4096)]
m2 opens
m2 > HELLO role=manager ids=10
expect m2 < WELCOME
expect m2 < CONNECT ranges=[(4096,4106)]
m1 > DISCONNECT
expect m1 is closed
expect nothing
m3 opens
m3 > HELLO role=manager ids=3
expect m3 < WELCOME
expect m3 < CONNECT
m2 > EMPLOYEE_LOST ranges=[(4097,4098)]
expect m3 < EMPLOYEE_LOST
m2 > DISCONNECT
expect m2 is closed
expect m3 < EMPLOYEE_LOST ranges=[(4096,4106)]
