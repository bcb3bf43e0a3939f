"""One file per part of a device. Each names the columns it wants (`COLUMNS`) and has a pure `parse` that knows nothing of the network."""
