"""osquery's TLS API (docs/wiki/deployment/remote.md of osquery): what it is asked, what it enrols with, and its logs as reports. Pure.

Every answer that leaves here is checked to hold no key `error`: osquery takes even `"error": null` for a failure and sends the same lines
again, in growing batches (measured with 5.20).
"""

from __future__ import annotations
