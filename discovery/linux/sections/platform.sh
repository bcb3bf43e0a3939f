run kernel uname -s
run node uname -n
run release uname -r
run machine uname -m
run uid id -u
run user id -un
run sudo echo "$S"
