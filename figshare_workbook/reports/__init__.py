"""What the reports (notebooks 10 to 15) ask and count, a room each."""
