"""The event of a change that no observation made, as this room has always called it; it lives with the model (cmdb/model/events.py)."""

from __future__ import annotations

from cmdb.model.events import event_of

__all__ = ["event_of"]
