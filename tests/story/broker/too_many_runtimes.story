# A client's task for one runtime too many is BUSY: it is taken when there is a place; the client stays.
broker lines=1
m1 joins as manager on line 0 runtimes=aa,ab,ac,ad,ae,af,ag,ah,ai,aj,ak,al,am,an,ao,ap,aq,ar,as,at,au,av,aw,ax,ay,az,ba,bb,bc,bd,be,bf
a joins as client session=s1
a > SUBMIT uuid=u1 runtime=python body="f(1)"
expect a < ERROR code=BUSY uuid=u1 text~"runtimes"
a > STATUS uuid=u1
expect a < STATUS state=unknown
a > SUBMIT uuid=u2 runtime=bf body="f(2)"
expect m1 < SUBMIT body="f(2)"
