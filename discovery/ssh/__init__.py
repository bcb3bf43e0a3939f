"""Looking at hosts over SSH. The only room that imports paramiko."""
