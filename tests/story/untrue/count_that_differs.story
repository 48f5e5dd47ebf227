# Untrue: there is no task.
broker
expect counts tasks=1
