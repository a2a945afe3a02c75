"""The secret of every test: where one role seals or signs, another opens."""

SECRET = b"only for tests, 32 bytes or more"
