"""The time ledger, over HTTP."""
