# A child without ancestors, a CANCEL without a root, and batches whose lengths do not add up, are MALFORMED from a manager.
broker lines=4
m1 joins as manager on line 0
m1 > SUBMIT return_address=(m1,1,0) body="f"
expect m1 < ERROR code=MALFORMED text~"breadcrumbs"
expect m1 is closed
m2 joins as manager on line 1
m2 > CANCEL addresses=[(m2,1,0)]
expect m2 < ERROR code=MALFORMED text~"root"
expect m2 is closed
m3 joins as manager on line 2
m3 > RESULT_BATCH return_addresses=[(nil,1000,0)] completed_by=m3 bodies=["1"] body="12"
expect m3 < ERROR code=MALFORMED text~"lengths"
expect m3 is closed
m4 joins as manager on line 3
m4 > SUBMIT_BATCH return_address=(m4,1,0) breadcrumbs=[(nil,1000,0)] bodies=["1"] body="12"
expect m4 < ERROR code=MALFORMED text~"lengths"
expect m4 is closed
