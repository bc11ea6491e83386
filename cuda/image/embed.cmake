# Writes the bytes of the file IMAGE to OUT, as image.cc includes them.
#
#   cmake -DIMAGE=<file> -DOUT=<file> -P embed.cmake
file(READ "${IMAGE}" bytes HEX)
if(bytes STREQUAL "")
  message(FATAL_ERROR "${IMAGE} is empty")
endif()
string(REGEX REPLACE "(................................)" "\\1\n" bytes "${bytes}") # short lines
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
file(WRITE "${OUT}" "${bytes}")
