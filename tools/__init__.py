"""Small scripts of the house: installing, checking, locking."""
