# A nested task for a version that no worker has fails its root.
broker lines=1
m1 joins as manager on line 0 workers=2 runtimes=python,python/3495
a joins as client session=s1
a > SUBMIT uuid=u1 runtime=python body="f"
expect m1 < SUBMIT return_address=(nil,M1,0)
m1 > SUBMIT return_address=(m1,0,0) breadcrumbs=[(nil,M1,0)] comp_task_id=M1 runtime="python/3531" body="g"
expect a < ERROR uuid=u1 code=OTHER_VERSION text~"python/3531"
expect m1 < CANCEL
