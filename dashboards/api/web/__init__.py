"""What every address shares: who asks, errors, bodies, entity tags, the API's own document."""
