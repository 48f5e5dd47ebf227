# A log record above what the boss accepts goes up without its body.
shim workers=1
hide STARTED WAITING
boss joins as boss max_body=1000
w1 joins as worker in slot 0
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect w1 < SUBMIT return_address=(nil,7,0)
w1 > LOG task=(nil,7,0) root=(nil,7,0) level=20 logger="x" text="a long one" body="r"*1001
expect boss < LOG text="a long one" body=""
