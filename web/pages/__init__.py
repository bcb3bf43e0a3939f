"""Pages: one file per group, each view short, HTML from templates."""
