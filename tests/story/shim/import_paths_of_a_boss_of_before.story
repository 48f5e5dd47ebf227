# A boss that does not say whose its tasks are gives its import paths to all of them: a worker gets those so far with its first
# task, and what comes later at once.
shim workers=1
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0 features=16
boss > IMPORTPATH paths=["/data/a"]
expect nothing
boss > SUBMIT return_address=(nil,1,0) comp_task_id=1 body="f(1)"
expect w1 < IMPORTPATH paths=["/data/a"] session=0
expect w1 < SUBMIT body="f(1)"
boss > IMPORTPATH paths=["/data/b"]
expect w1 < IMPORTPATH paths=["/data/b","/data/a"] session=0
