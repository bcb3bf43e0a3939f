"""Small programs that tests start as processes of their own, to kill them or to run them side by side."""
