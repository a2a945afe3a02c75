"""What must hold, whatever happened; each oracle raises or says what does not."""
