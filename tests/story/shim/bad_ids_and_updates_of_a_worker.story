# A worker has one id, and no root ends with an UPDATE.
shim workers=3
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
w2 joins as worker in slot 1
w1 > IDS count=5
expect w1 < ERROR code=UNEXPECTED text~"IDS"
expect w1 is closed
expect worker 0 is killed
expect boss < EMPLOYEE_LOST ranges=[(w1,endw1)]
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f"
expect w2 < SUBMIT
w2 > UPDATE addresses=[(nil,7,0)]
expect w2 < ERROR code=MALFORMED text~"UPDATE"
expect w2 is closed
expect worker 1 is killed
expect boss < EMPLOYEE_LOST ranges=[(w2,endw2)]
expect boss < RETURN reason=2 addresses=[(nil,7,0)]
w3 joins as worker in slot 2
w3 > CANCEL addresses=[(w3,1,0)]
expect w3 < ERROR code=MALFORMED text~"root"
expect w3 is closed
expect worker 2 is killed
expect boss < EMPLOYEE_LOST ranges=[(w3,endw3)]
