# Makes libmailroom.3 of its beginning and of the headers, as they are.
#   cmake -D BEGINNING=... -D INCLUDE=... -D MADE=... -P manual.cmake
file(READ ${BEGINNING} page)
foreach(header mailroom.h mailroom/client.h mailroom/worker.h)
  file(READ ${INCLUDE}/${header} text)
  string(REPLACE "\\" "\\e" text "${text}")
  string(REPLACE "-" "\\-" text "${text}")
  string(REGEX REPLACE "\n([.'])" "\n\\\\&\\1" text "${text}")
  string(APPEND page ".SH ${header}\n.nf\n${text}.fi\n")
endforeach()
string(APPEND page ".SH SEE ALSO\n.BR mailroom (1),\n.BR mailroomd (8),\n.BR mailroom\\-shim (8)\n")
file(WRITE ${MADE} "${page}")
