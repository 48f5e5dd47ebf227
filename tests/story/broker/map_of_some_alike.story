# Tasks of a map that are alike but for their slots are kept and written by the one before: what differs in one is its own, and goes no further than it should.
broker lines=1
m1 joins as manager on line 0 workers=20 idle=20 room=20 features=128
a joins as client session=s1
a is deaf
a sends hex=960108cf0000000000000001cf00000000000000009b9a93c000000090c41075310000000000000000000000000000a6707974686f6e00cc8001a166c4009a93c000010090c0a6707974686f6e00cc8001a166c4009a93c000020090c0a6707974686f6e00cc8001a166c4009a93c000030090c0a6707974686f6e00cc8001a167c4009a93c000040090c0a6707974686f6e00cc8001a167c4009a93c000050090c0a6707974686f6e00ccc801a166c4009a93c000060090c0a6707974686f6e00ccc801a166c4009a93c000070090c0a6707974686f6e00cc8001a166c4016d9a93c000080090c0a6707974686f6e00cc8001a166c4016d9a93c000090090c0a6707974686f6e00cc8011a166c4016d9a93c0000a0090c0a6707974686f6e00cc8011a166c4016d9b0000000000000000000000
expect m1 < SUBMIT return_address=(nil,M1,5) comp_task_id=M1 name="f" priority=200 flags=0 meta=""
expect m1 < SUBMIT return_address=(nil,M1,6) comp_task_id=M1 name="f" priority=200 flags=0 meta=""
expect m1 < SUBMIT return_address=(nil,M1,0) comp_task_id=M1 name="f" priority=128 flags=0 meta=""
expect m1 < SUBMIT return_address=(nil,M1,1) comp_task_id=M1 name="f" priority=128 flags=0 meta=""
expect m1 < SUBMIT return_address=(nil,M1,2) comp_task_id=M1 name="f" priority=128 flags=0 meta=""
expect m1 < SUBMIT return_address=(nil,M1,3) comp_task_id=M1 name="g" priority=128 flags=0 meta=""
expect m1 < SUBMIT return_address=(nil,M1,4) comp_task_id=M1 name="g" priority=128 flags=0 meta=""
expect m1 < SUBMIT return_address=(nil,M1,7) comp_task_id=M1 name="f" priority=128 flags=0 meta="m"
expect m1 < SUBMIT return_address=(nil,M1,8) comp_task_id=M1 name="f" priority=128 flags=0 meta="m"
expect m1 < SUBMIT return_address=(nil,M1,9) comp_task_id=M1 name="f" priority=128 flags=16 meta="m"
expect m1 < SUBMIT return_address=(nil,M1,10) comp_task_id=M1 name="f" priority=128 flags=16 meta="m"
