"""The steps of the releases so far: `mNNNN_what_it_does.cypher` or `.py`. A step that was released never changes again."""
