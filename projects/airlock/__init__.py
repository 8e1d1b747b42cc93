"""What the airlock looks at by itself in a file of results, before a person reads it.

Pure: bytes in, findings out; knows neither Django nor the database. `examining` opens a file by its
content (one reader a format) and hands the tables and texts found in it to the checks (one module a
check). `apart` does it in a process of its own, with limits: what is deposited is hostile until it
was read. A finding names its rule; `rules` says how grave it is and which manual asks for it.
"""
