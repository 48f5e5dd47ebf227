# Untrue: a broker has no such setting.
broker colour=1
