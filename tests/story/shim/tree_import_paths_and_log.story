# Import paths go down the tree with the first task of their session, to a manager of before sessions too; logs and errors up.
shim lines=1
hide STARTED WAITING
boss joins as boss features=16
m1 joins as manager on line 0 workers=2
boss > IMPORTPATH paths=["/data/a"] session=7
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 session=7 body="f(1)"
expect m1 < IMPORTPATH paths=["/data/a"] session=7
expect m1 < SUBMIT
m1 > LOG task=(nil,7,0) root=(nil,7,0) level=30 logger="x" text="look"
m1 > ERROR code=WORKER_EXITED text="was killed" task=(nil,7,0) root=(nil,7,0)
expect boss < LOG level=30 text="look"
expect boss < ERROR code=WORKER_EXITED text="was killed" task=(nil,7,0) root=(nil,7,0)
boss > CANCEL addresses=[(nil,7,0)] root=(nil,7,0)
expect m1 < CANCEL addresses=[(nil,7,0)]
