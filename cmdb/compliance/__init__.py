"""Endpoint compliance: policies as data, judged on what sources said and when. Silence is never a pass."""
