"""The WeChat official-account callback: pure parts, and the door that answers it."""
