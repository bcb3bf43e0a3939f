"""Every policy by every source that can report: what each is able to prove, through the real doors."""
