# Untrue: there is no core.
