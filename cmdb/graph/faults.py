"""Translate what the driver raises into the house's vocabulary, once. Nothing above this room sees a driver error."""

from __future__ import annotations

import neo4j.exceptions as driver_errors

from cmdb.errors import CmdbError, GraphConflict, GraphConstraint, GraphError, GraphTimeout, GraphUnavailable

_CONSTRAINT_CODES = ("Neo.ClientError.Schema.ConstraintValidationFailed", "Neo.DatabaseError.Schema.ConstraintCreationFailed")
_TIMEOUT_CODES = (
    "Neo.ClientError.Transaction.TransactionTimedOut",
    "Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration",
    "Neo.TransientError.Transaction.TransactionTimedOut",
)
# The embedded engine names the Java exception in the message and gives one general code for all of them.
_EMBEDDED_DUPLICATE = ("DuplicatedKeyException", "Duplicated key", "duplicated key")
_EMBEDDED_TIMEOUT = ("TimeoutException", "timed out", "exceeded the timeout")
_EMBEDDED_CONFLICT = ("ConcurrentModificationException", "NeedRetryException", "LockTimeoutException")
# … except for what its wrapper hides: with the code of a semantic error, this text stands for the first writer of a new label or relation
# type being overtaken by the second (TypeAlreadyExistsException, seen in its log).
_EMBEDDED_HIDDEN = "Error executing Cypher command"
_SCHEMA_RACE_CODE = "Neo.ClientError.Schema.EquivalentSchemaRuleAlreadyExists"
_SEMANTIC_CODE = "Neo.ClientError.Statement.SemanticError"
_DISK_FULL = ("No space left on device", "not enough space")
_CLOSED_WORDS = "Driver closed"

_SIGN_IN = "The graph engine does not accept the user name and password; check MOORINGS_GRAPH_USER and MOORINGS_GRAPH_PASSWORD_FILE."
_GONE = "The graph engine cannot be reached at the moment; try again in a few seconds."
_CLOSED = "The graph was closed while this was still under way; the next start takes it up again."
_FULL = "The disk of the graph engine is full; free some space and try again."
_TAKEN = "Somebody else created the same thing at the same moment; look at it again and repeat."
_COLLIDED = "Several writers changed the same thing at the same time; try again."
_SLOW = "The query passed its time limit and was stopped; ask for less at once."
_POOL = "All connections to the graph engine are in use; try again in a few seconds."


def translate(error: Exception) -> CmdbError:
    """The house's error for one the driver raised; an unknown one becomes a plain `GraphError` with the engine's own words."""
    first = error.__cause__ or error.__context__
    if isinstance(error, driver_errors.ResultFailedError) and isinstance(first, Exception):
        return translate(first)  # the driver tells of a later result only that an earlier one failed
    text = str(error)
    if isinstance(error, driver_errors.ConnectionAcquisitionTimeoutError):
        return GraphUnavailable(_POOL)
    if isinstance(error, driver_errors.AuthError):
        return GraphUnavailable(_SIGN_IN)
    if any(words in text for words in _DISK_FULL):
        return GraphUnavailable(_FULL)
    code = getattr(error, "code", None) or ""
    if code in _TIMEOUT_CODES or any(words in text for words in _EMBEDDED_TIMEOUT):
        return GraphTimeout(_SLOW)
    if code in _CONSTRAINT_CODES or any(words in text for words in _EMBEDDED_DUPLICATE):
        return GraphConstraint(_TAKEN)
    if unavailable(error):
        return GraphUnavailable(_GONE)
    if isinstance(error, driver_errors.DriverError) and _CLOSED_WORDS in text:
        return GraphUnavailable(_CLOSED)
    if isinstance(error, driver_errors.TransientError) or any(words in text for words in _EMBEDDED_CONFLICT):
        return GraphConflict(_COLLIDED)
    return GraphError(f"The graph engine refused the query: {text}")


def unavailable(error: Exception) -> bool:
    """True where the engine was not reached (as opposed to: it answered, and said no)."""
    return isinstance(error, driver_errors.ServiceUnavailable | driver_errors.SessionExpired | OSError)


def conflict(error: Exception) -> bool:
    """True where writers collided and the same work may simply be done again."""
    return isinstance(translate(error), GraphConflict)


def overtaken(error: Exception) -> bool:
    """True where another writer was first to make the same index, label or relation type: worth a few more tries.

    Neo4j says so (IF NOT EXISTS looks before it takes the lock); the embedded engine hides it behind a general text.
    """
    code = getattr(error, "code", None)
    return code == _SCHEMA_RACE_CODE or (code == _SEMANTIC_CODE and _EMBEDDED_HIDDEN in str(error))
