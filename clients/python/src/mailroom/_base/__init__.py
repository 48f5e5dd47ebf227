"""What every room may stand on: what is pickled, keys out of files, the clock, where code runs."""
