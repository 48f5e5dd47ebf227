# Untrue: nobody said what M7 is.
broker
a joins as client session=s1
a > SUBMIT uuid=u1 return_address=(nil,M7,0)
