"""Looking at the world: SSH, SNMP and agent reports become Observations. Never touches the graph."""
