"""What is kept of whom, until when, and who may see it."""
