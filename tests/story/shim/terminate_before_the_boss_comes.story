# A manager that was never served by a boss ends at once at SIGTERM.
shim workers=1
w1 opens for workers
worker 0 starts
terminate
expect exit 0
