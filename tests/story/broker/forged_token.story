# Who guesses a token gets a session of its own, with nothing of anybody's: neither all zeros nor a token that ends like another one opens it.
broker lines=1
m1 joins as manager on line 0
a joins as client session=11111111111111111111111111111111
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
b opens remote=1
b > HELLO role=client session=21111111111111111111111111111111
expect b < WELCOME session=nil
b > STATUS uuid=u1 corr=1
expect b < ERROR code=NOT_OWNER corr=1
c opens
c > HELLO role=client session=00000000000000000000000000000000
expect c < WELCOME session=nil
d opens remote=1
d > HELLO role=client session=00000000000000000000000000000000
expect d < WELCOME session=nil
d > CANCEL uuid=u1 corr=2
expect d < ERROR code=NOT_OWNER corr=2
expect counts clients=4 absent=0
a > STATUS uuid=u1
expect a < STATUS state=running
