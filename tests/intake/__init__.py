"""Tests of the door of observations."""
