"""What follows from what is said: pure reducers, and the Faust worker that runs them."""
