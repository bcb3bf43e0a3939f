-- Reports that carry a time of their own, by a keyed hash of what was sent, beside the entry that was accepted for each: the same bytes once
-- more are no news of their device. A hash says nothing of whom it is about, and stays as long as the entry's row.
CREATE TABLE report_seen (
    digest BLOB PRIMARY KEY,
    entry TEXT NOT NULL
) STRICT, WITHOUT ROWID;
