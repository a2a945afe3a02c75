"""Rundowns, and the spreadsheets they come in, over HTTP."""
