# A batch whose lengths do not add up ends the link that it came on.
shim workers=2
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
w2 joins as worker in slot 1
w1 > RESULT_BATCH return_addresses=[(nil,7,0)] completed_by=w1 bodies=["1"] body="12"
expect w1 < ERROR code=MALFORMED text~"lengths"
expect w1 is closed
expect worker 0 is killed
expect boss < EMPLOYEE_LOST ranges=[(w1,endw1)]
boss > SUBMIT_BATCH return_address=(nil,7,0) comp_task_id=7 bodies=["f"] body="f and more"
expect boss < ERROR code=MALFORMED text~"lengths"
expect boss is closed
expect w2 < DISCONNECT
expect w2 is closed
expect worker 1 is killed
