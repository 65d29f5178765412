"""What only lessons need: parameters, forms, the explorer, exercises."""
