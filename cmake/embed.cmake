# Writes the bytes of FILE as the items of a C array into OUT: cmake -DFILE=... -DOUT=... -P embed.cmake
file(READ ${FILE} bytes HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
file(WRITE ${OUT} "${bytes}\n")
