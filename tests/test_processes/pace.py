"""How fast the processes under test are: seconds of a lease and between two looks, and before another try."""

LEASE = 5
LOOK = 2
RETRY = [1, 2, 4]
