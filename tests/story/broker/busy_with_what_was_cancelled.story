# What is remembered of tasks that have ended counts until they are released: cancelled ones cannot be piled up.
broker max_session_bytes=1800
a joins as client
a > SUBMIT_BATCH uuid=u1 name="of a map" bodies=["","",""]
a > CANCEL uuid=u1
expect a < CANCEL
expect counts tasks=0 jobs=1 kept=248
a > SUBMIT_BATCH uuid=u2 name="of a map" bodies=["","",""]
a > CANCEL uuid=u2
expect a < CANCEL
a > SUBMIT_BATCH uuid=u3 name="of a map" bodies=["","",""]
a > CANCEL uuid=u3
expect a < CANCEL
a > SUBMIT_BATCH uuid=u4 name="of a map" bodies=["","","",""]
expect a < ERROR code=BUSY uuid=u4
a > RELEASE slots=[(u1,nil)]
a > RELEASE slots=[(u2,nil)]
a > SUBMIT_BATCH uuid=u4 name="of a map" bodies=["","","",""]
expect counts tasks=4 jobs=2
