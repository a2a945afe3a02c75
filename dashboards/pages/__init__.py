"""The pages: the front page, the board and the overlay of the console, the gateway's vote page."""
