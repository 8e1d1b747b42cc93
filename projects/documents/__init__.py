"""The papers the portal makes: decisions, the receipt of a deposit, a session's calendar."""
