run who who
if have loginctl; then run loginctl t 5 loginctl list-sessions --no-legend --no-pager; fi
if have getent; then run groups t 5 getent group sudo wheel admin; fi
run groups_file grep -E '^(sudo|wheel|admin):' /etc/group
run passwd cat /etc/passwd
