# Import paths go to all workers; one that comes later gets them with its id. (Manager.handle_message, IMPORTPATH)
shim workers=2
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
boss > IMPORTPATH paths=["/data/a"]
expect w1 < IMPORTPATH paths=["/data/a"]
worker 1 starts
w2 opens for workers
w2 > HELLO role=worker name="w1.1"
expect w2 < WELCOME
expect w2 < CONNECT paths=["/data/a"]
