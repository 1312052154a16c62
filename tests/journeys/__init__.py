"""What people do in a real browser, from the log-in to the last click."""
