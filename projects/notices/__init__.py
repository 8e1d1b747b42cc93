"""Whom each thing that happens concerns, and what is asked of them: handed on to be delivered.

A handler of the outbox reads what happened (a decision, a message, an idea, a reminder) and hands
the portal one `notice` a person: the cause, a sentence's key with its values (codes, never prose),
the address where it is acted upon. How and when it is sent is not decided here. Nobody is told of
their own acts, and a person is told once of one cause: what asks something of them comes first.

The handlers stand in `decisions`, `ready`, `amendments`, `descriptions`, `exchanges`, `findings`,
`harvests`, `ideas`, `incidents`, `convocations`, `minutes`, `delays`, `nights`, `quality`,
`register`, `reservations` and `spaces`, imported at start-up. `acts` says what each state asks of
whom and where it is done, `people` who they are; `told` hands it on, `words` reads what was written
behind a cause, `standing` whether it is still asked.
"""
