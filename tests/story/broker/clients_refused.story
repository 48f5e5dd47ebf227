# Who is no admin may neither ask for CLIENTS nor LIST the tasks of others.
broker lines=1
a joins as client session=s1 remote=1
a > CLIENTS corr=1
expect a < ERROR code=REFUSED corr=1 text~"CLIENTS: only an admin"
a > LIST corr=2 all=1
expect a < ERROR code=REFUSED corr=2 text~"only an admin"
a > LIST corr=3 all=7 after=u1
expect a < ERROR code=REFUSED corr=3 text~"only an admin"
expect nothing
a > LIST corr=4
expect a < LIST corr=4 all=0
