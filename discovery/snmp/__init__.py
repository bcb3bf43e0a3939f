"""Look at devices over SNMP v1, v2c and v3, and say what was seen as one Observation each."""
