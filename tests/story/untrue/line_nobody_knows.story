# Untrue: no story has such a line.
broker
a dances
