# A session's import paths go to a worker before the first task of it that the worker gets, and the end of the session too; a
# child has its parent's session, whatever its worker says. (Manager.handle_message, IMPORTPATH)
shim workers=1
hide STARTED WAITING
boss joins as boss features=16
w1 joins as worker in slot 0 features=16
boss > IMPORTPATH paths=["/data/a"] session=7
boss > IMPORTPATH paths=["/data/b"] session=8
expect nothing
boss > SUBMIT return_address=(nil,1,0) comp_task_id=1 session=7 body="f(1)"
expect w1 < IMPORTPATH paths=["/data/a"] session=7
expect w1 < SUBMIT session=7 body="f(1)"
w1 > SUBMIT return_address=(w1,1,0) comp_task_id=1 breadcrumbs=[(nil,1,0)] session=8 body="f(2)"
expect boss < SUBMIT session=7 body="f(2)"
boss > IMPORTPATH paths=[] session=8
expect nothing
boss > CANCEL addresses=[(nil,1,0)] root=(nil,1,0)
boss > IMPORTPATH paths=[] session=7
expect w1 < CANCEL addresses=[(nil,1,0)]
expect w1 < IMPORTPATH paths=[] session=7
