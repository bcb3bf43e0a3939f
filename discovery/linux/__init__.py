"""Linux hosts: the script that looks at one, pure parsers of what it prints, and the Observation made from it."""
